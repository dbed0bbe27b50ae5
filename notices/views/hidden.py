"""Who else should know: who was named, who is affected and in no upgrade, and to whom the ties of stakeholders lead."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required, require
from commsplan.lib import history, keys
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from engagement import nominating
from engagement.enums import Source, Verdict
from engagement.models import Engagement, Nomination
from feedback import referrals
from notices.forms.hidden import DecisionForm, HiddenBulkForm, HiddenFilter, NominationForm
from notices.insight import hidden
from stakeholders import bulk
from stakeholders.models import Group, Person
from upgrades import enrolling
from upgrades.models import Stakeholder, Upgrade

PER_PAGE = 50
NAMES_PER_PAGE = 25
DECIDED_SHOWN = 30
GROUPS_SHOWN = 30


# Who was named


@require_GET
def named(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    waiting = referrals.waiting(Upgrade.objects.filter(pk=upgrade.pk)).get(upgrade.pk, [])
    shown = Paginator(waiting, NAMES_PER_PAGE).get_page(request.GET.get("page"))
    nominating.add_matches(list(shown.object_list))
    stakes = upgrade.stakeholders.exclude(person=None)
    context = {
        "upgrade": upgrade,
        "waiting": shown,
        "inside": set(stakes.values_list("person", flat=True)),
        "decided": decided(upgrade),
    }
    return render(request, "notices/hidden_named.html", context)


def decided(upgrade: Upgrade) -> list[tuple[Nomination, Stakeholder | None]]:
    """The last ones; beside who was accepted, the stakeholder who is not placed on the grid yet."""
    rows = upgrade.nominations.exclude(verdict=Verdict.WAITING).select_related("person", "decided_by", "by")
    found = list(rows.order_by("-decided_at", "-pk")[:DECIDED_SHOWN])
    people = {one.person_id for one in found if one.person_id}
    unplaced = Stakeholder.objects.filter(upgrade=upgrade, person__in=people, assessments=None)
    stakes = {one.person_id: one for one in unplaced.order_by("pk")}
    return [(one, stakes.get(one.person_id)) for one in found]


@require_POST
@permission_required("upgrades.edit")
def nomination_accept(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: this person is no longer in the register.")
        return redirect("upgrade_hidden", slug)
    person = form.cleaned_data["person"]
    if person is None:
        require(request, "people.edit")
    try:
        with transaction.atomic():
            nomination = referrals.take_up(upgrade, name=request.POST["name"], email=form.cleaned_data["email"])
            made = nominating.accept(nomination, by=request.user, now=timezone.now(), person=person)
        undo = reverse("nomination_take_back", args=[slug, history.act()])
        offer_undo(request, f"{made} is a stakeholder now. Next, place them on the grid: see below.", url=undo)
    except nominating.NotPossible as error:
        messages.error(request, str(error))
    return redirect("upgrade_hidden", slug)


@require_POST
@permission_required("upgrades.edit")
def nomination_take_back(request, slug, act):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    try:
        nominating.take_back(upgrade, act)
        messages.success(request, "Taken back: the name waits again.")
    except nominating.NotPossible as error:
        messages.error(request, str(error))
    return redirect("upgrade_hidden", slug)


@require_POST
@permission_required("upgrades.edit")
def nomination_decline(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = DecisionForm(request.POST)
    name, email = (form.data.get("name", ""), form.data.get("email", ""))
    try:
        with transaction.atomic():
            nomination = referrals.take_up(upgrade, name=name, email=email)
            nominating.decline(nomination, by=request.user, now=timezone.now())
        undo = reverse("nomination_reconsider", args=[slug, nomination.pk])
        offer_undo(request, f"{nomination} is declined.", url=undo)
    except nominating.NotPossible as error:
        messages.error(request, str(error))
    return redirect("upgrade_hidden", slug)


@require_POST
@permission_required("upgrades.edit")
def nomination_reconsider(request, slug, pk):
    nomination = get_object_or_404(Nomination, pk=pk, upgrade__slug=slug)
    try:
        nominating.reconsider(nomination)
        messages.success(request, f"{nomination} waits again.")
    except nominating.NotPossible as error:
        messages.error(request, str(error))
    return redirect("upgrade_hidden", slug)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def nomination_new(request, slug):
    """Noted by hand; `?engagement=` is the conversation in which the name fell."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    said_in = Engagement.objects.filter(upgrade=upgrade, pk=keys.number(request.GET.get("engagement"))).first()
    form = NominationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        source = Source.ENGAGEMENT if said_in else Source.HAND
        made = nominating.nominate(upgrade, source=source, **form.cleaned_data)
        messages.success(request, f"{made} waits to be decided.")
        return redirect(said_in or reverse("upgrade_hidden", args=[slug]))
    context = {"form": form, "upgrade": upgrade, "said_in": said_in}
    return render(request, "notices/nomination_new.html", context)


# Who is affected and in no upgrade


@require_GET
def affected(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    filters = HiddenFilter(request.GET, upgrade=upgrade)
    found = filters.filter(hidden.people(upgrade, now=timezone.now())).in_order().values_list("pk", flat=True)
    shown = Paginator(list(found), PER_PAGE).get_page(request.GET.get("page"))  # counted and paged by one question
    people = Person.objects.select_related("site").filter(pk__in=list(shown.object_list)).in_order()
    why = hidden.reasons(people, upgrade)
    context = {
        "upgrade": upgrade,
        "filters": filters,
        "shown": shown,
        "people": [(person, why.get(person.pk)) for person in people],
        "groups": Group.objects.order_by("name", "pk"),
        "forgotten": hidden.groups(upgrade)[:GROUPS_SHOWN],
        "has_services": upgrade.services.exists(),
    }
    return page(request, "notices/hidden_affected.html", context, partial="rows")


@require_POST
@permission_required("upgrades.edit")
def affected_bulk(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    matching = HiddenFilter(request.GET, upgrade=upgrade).filter(hidden.people(upgrade, now=timezone.now()))
    form = HiddenBulkForm(request.POST, matching=matching)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.non_field_errors())) or "Nothing was changed.")
    elif form.cleaned_data["act"] == "group":
        require(request, "people.edit")
        group = form.cleaned_data["group"]
        added = bulk.add_to_group(form.people, group=group)
        undo = reverse("upgrade_hidden_leave", args=[slug, added.act])
        offer_undo(request, f"Added {said(added.people)} to {group}.", url=undo)
    else:
        made = enrolling.people(upgrade, form.people)
        undo = reverse("upgrade_hidden_take_back", args=[slug, made.act])
        offer_undo(request, f"{said(made.count)} made stakeholders.", url=undo)
    return redirect(with_filters(request, slug))


@require_POST
@permission_required("upgrades.edit")
def add(request, slug):
    """One person or one group, from the pages of groups and ties."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    group = Group.objects.filter(pk__in=chosen(request, "group"))
    person = Person.objects.active().filter(pk__in=chosen(request, "person"))
    made = enrolling.groups(upgrade, group) if group else enrolling.people(upgrade, person)
    if made.count:
        who = group.first() or person.first()
        undo = reverse("upgrade_hidden_take_back", args=[slug, made.act])
        offer_undo(request, f"{who} is a stakeholder now.", url=undo)
    else:
        messages.error(request, "Nobody was added: they are stakeholders already, or no longer there.")
    return redirect("upgrade_hidden_ties" if request.POST.get("back") == "ties" else "upgrade_hidden_people", slug)


def chosen(request, name: str) -> list[str]:
    return [value for value in request.POST.getlist(name) if value.isdecimal()]


@require_POST
@permission_required("upgrades.edit")
def take_back(request, slug, act):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    count = enrolling.take_back(upgrade, act)
    messages.success(request, f"No longer stakeholders: {count:,}.")
    return redirect("upgrade_hidden_people", slug)


@require_POST
@permission_required("people.edit")
def leave(request, slug, act):
    messages.success(request, f"Taken out of the group again: {said(bulk.undo(act))}.")
    return redirect("upgrade_hidden_people", slug)


def with_filters(request, slug: str) -> str:
    query = urlencode({name: value for name, value in request.GET.items() if name != "page"})
    return f"{reverse('upgrade_hidden_people', args=[slug])}?{query}"


def said(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


# Ties


@require_GET
def ties(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    return render(request, "notices/hidden_ties.html", {"upgrade": upgrade, "ties": hidden.ties(upgrade)})
