"""Keeping the register clean: people who are there twice, and people who want to be forgotten."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keys
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from notices.forms.register import EraseForm, MergeForm, OtherFilter, PairsForm
from notices.register import dossier, duplicates, erasing, merging, portrait
from notices.register.erasing import NotErasable
from notices.register.merging import NotMergeable
from stakeholders.models import Person

PAGE = 25
MOST_PAGES = 10_000
CANDIDATES = 20


# Twice in the register


class Pairs:
    """Django's paginator asks for the number and for a slice; both come from one statement."""

    ordered = True

    def __init__(self, wanted: str | None):
        self.first = (min(keys.number(wanted, default=1) or 1, MOST_PAGES) - 1) * PAGE
        self.found = duplicates.find(limit=PAGE, offset=self.first)
        if self.first and not self.found.pairs:
            self.first, self.found = 0, duplicates.find(limit=PAGE)

    def count(self) -> int:
        return self.found.total

    def __getitem__(self, _part: slice):
        return self.found.pairs


@require_GET
def people_duplicates(request: HttpRequest):
    pairs = Pairs(request.GET.get("page"))
    shown: Any = Paginator(pairs, PAGE).get_page(pairs.first // PAGE + 1)  # type: ignore[arg-type]
    return page(request, "notices/person_duplicates.html", {"pairs": shown}, partial="rows")


@require_POST
@permission_required("people.edit")
def people_differ(request: HttpRequest):
    """Of one pair, or of all on a page."""
    form = PairsForm(request.POST)
    pairs = form.pairs if form.is_valid() else []
    if not pairs:
        messages.error(request, "They were merged or erased in the meantime.")
        return redirect("people_duplicates")
    now = timezone.now()
    duplicates.say_different(*pairs, by=request.user, now=now)
    first, second = pairs[0]
    who = f"{first} and {second} are two people" if len(pairs) == 1 else f"{len(pairs)} pairs are two people each"
    offer_undo(
        request, f"{who}. Nobody is asked about them again.", url=reverse("people_differ_undo", args=[now.isoformat()])
    )
    return redirect("people_duplicates")


@require_POST
@permission_required("people.edit")
def people_differ_undo(request: HttpRequest, at: str):
    """`at` is when this account said so."""
    try:
        done = duplicates.take_back(by=request.user, at=datetime.fromisoformat(at))
    except ValueError as error:
        raise Http404 from error
    if done:
        messages.success(request, "They are proposed again.")
    else:
        messages.error(request, "There is nothing to take back any more.")
    return redirect("people_duplicates")


# Merging


@require_GET
@permission_required("people.edit")
def person_merge(request: HttpRequest, pk: int):
    """Who is the other one?"""
    person = get_object_or_404(Person.objects.real(), pk=pk)
    filters = OtherFilter(request.GET)
    others = Person.objects.real().exclude(pk=pk).select_related("site")
    words = filters.chosen.get("q") or person.name.replace(",", " ")
    context = {
        "person": person,
        "filters": filters,
        "others": others.found_by(words).in_order()[:CANDIDATES],
    }
    return page(request, "notices/person_merge.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def person_merge_with(request: HttpRequest, pk: int, other: int):
    people = Person.objects.real().select_related("site", "account")
    kept, gone = (get_object_or_404(people, pk=key) for key in (pk, other))
    form = MergeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            merging.merge(kept, gone, theirs=form.theirs, by=request.user, now=timezone.now())
        except NotMergeable as error:
            messages.error(request, str(error))
            return redirect("person_merge", pk)
        messages.success(request, f"{gone} is merged into {kept}. What they were told is on this page now.")
        return redirect(kept)
    context = {"kept": kept, "gone": gone, "rows": sides(kept, gone), "moving": merging.what_moves(gone)}
    context["kept_name"], context["gone_name"] = told_apart(kept, gone)
    return render(request, "notices/person_merge_with.html", context)


def told_apart(one: Person, other: Person) -> tuple[str, str]:
    """By name; where both have the same, with the first by which they differ."""
    if one.name != other.name:
        return one.name, other.name
    for name in ("email", "external_id", "department"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs:
            missing = f"without {SHORT[name]}"
            return f"{one} ({mine or missing})", f"{other} ({theirs or missing})"
    return f"{one} (entry {one.pk})", f"{other} (entry {other.pk})"


SHORT = {"email": "an address", "external_id": "a number", "department": "a department"}


def sides(kept: Person, gone: Person) -> list[dict]:
    """Each field that differs with both values, and which of them is proposed."""
    better = merging.default_choice(kept, gone, changed=merging.last_changes(kept, gone))
    rows = []
    for name, columns in merging.FIELDS.items():
        mine, theirs = shown(kept, name), shown(gone, name)
        if any(getattr(kept, column) != getattr(gone, column) for column in columns):
            label = LABELS.get(name) or str(Person._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]
            rows.append({"name": name, "label": label, "mine": mine, "theirs": theirs, "is_theirs": name in better})
    return rows


LABELS = {"works_from": "Working hours", "external_id": "External id"}


def shown(person: Person, name: str) -> str:
    if name == "works_from":
        hours = f"{person.works_from:%H:%M}–{person.works_until:%H:%M}" if person.works_from else "not known"
        return f"{portrait.days_of(person.works_on)}, {hours}"
    if name == "email" and person.email:
        return f"{person.email} ({person.get_email_state_display().lower()})"
    value = getattr(person, f"get_{name}_display", lambda: getattr(person, name))()
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value) if value not in ("", None) else ""


# Erasing

ERASED = "Erased. Nothing that is left leads to this person."
ERASED_BUT_ACCOUNT = "Erased. Only the account with which they sign in is left: an administrator removes it."


@require_GET
@permission_required("people.edit")
def person_data(request: HttpRequest, pk: int):
    """What we know about somebody, to hand over when they ask."""
    person = get_object_or_404(Person.objects.real().select_related("site", "account"), pk=pk)
    known = dossier.of(person, now=timezone.now())
    response = JsonResponse(known, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="person-{pk}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@permission_required("people.erase")
def person_erase(request: HttpRequest, pk: int):
    person = get_object_or_404(Person.objects.real().select_related("account", "site"), pk=pk)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            erasing.erase(person, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except NotErasable as error:
            messages.error(request, str(error))
        else:
            messages.success(request, ERASED_BUT_ACCOUNT if person.account else ERASED)
        return redirect("people")
    context = {"person": person, "form": form, "fates": erasing.what_happens(person)}
    status = 422 if form.is_bound else 200
    return render(request, "notices/person_erase.html", context, status=status)
