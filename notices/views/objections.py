"""The board of dates that do not work for somebody, the decision about each, and the record of the conflict."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import time
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from engagement.enums import Source
from feedback import objections
from feedback.concerns import NotPossible
from feedback.models import Conflict, ConflictOption, ObjectionWindow
from feedback.objection_forms import WrittenDownForm
from notices.forms.objections import DecideForm, OptionForm, RecordForm, WindowForm
from notices.insight import objection_story
from notices.insight import objections as insight
from notices.pipeline.direct import objections as deciding
from notices.views.calendar import fixed
from stakeholders.models import Person
from upgrades.models import CriticalDays, Milestone, Upgrade

PER_PAGE = 30


@require_GET
def objection_board(request, slug=None):
    """Of all upgrades, or of one among its tabs. `?show=decided` is what became of earlier ones."""
    upgrade = get_object_or_404(Upgrade, slug=slug) if slug else None
    now, shows_decided = timezone.now(), request.GET.get("show") == "decided"
    past = Paginator(insight.decided(upgrade), PER_PAGE).get_page(request.GET.get("page"))
    rows = insight.board(upgrade, now=now)
    context = {
        "upgrade": upgrade,
        "open": [row for row in rows if row.conflict is None],
        "discussed": [row for row in rows if row.conflict],
        "count": len(rows),
        "past": past,
        "shows_decided": shows_decided,
        "without": insight.without_a_date(upgrade),
    }
    return page(request, "notices/objections.html", context, partial="rows")


@require_GET
def milestone_objections(request, slug, pk):
    return show(request, _milestone(slug, pk))


def _milestone(slug: str, pk: int) -> Milestone:
    return get_object_or_404(Milestone.objects.select_related("upgrade"), pk=pk, upgrade__slug=slug)


def show(request: HttpRequest, milestone: Milestone, *, status=200, **forms):
    """With what came back to be corrected in place of the fresh forms."""
    now = timezone.now()
    row = insight.of_milestone(milestone, now=now)
    conflict = row.conflict
    context = {
        "row": row,
        "milestone": milestone,
        "upgrade": milestone.upgrade,
        "readers": deciding.readers(row.found),
        "can_decide": bool(row.found or conflict),
        "fixed": fixed(milestone),
        "decide_form": forms.get("decide") or decide_form(row),
        "window_form": forms.get("window") or WindowForm(instance=_window(milestone), prefix="window"),
        "takes": deciding.takes_objections(milestone, closes=row.closes_at, now=now),
        "past": insight.decided().filter(milestone=milestone)[:10],
        **record_context(conflict or Conflict(upgrade=milestone.upgrade, milestone=milestone), forms),
    }
    return render(request, "notices/milestone_objections.html", context, status=status)


def record_context(conflict: Conflict, forms) -> dict:
    stored = Conflict.objects.get(pk=conflict.pk) if conflict.pk else conflict
    return {
        "conflict": conflict if conflict.pk else None,
        "record_form": forms.get("record") or RecordForm(instance=stored, prefix="record"),
        "option_form": forms.get("option") or OptionForm(prefix="option"),
        "options": list(conflict.options.order_by("pk")) if conflict.pk else [],
        "story": objection_story.of_conflict(conflict) if conflict.pk else [],
    }


def _window(milestone: Milestone) -> ObjectionWindow:
    return ObjectionWindow.objects.filter(milestone=milestone).first() or ObjectionWindow(milestone=milestone)


def decide_form(row: insight.Row, data=None) -> DecideForm:
    return DecideForm(
        data,
        milestone=row.milestone,
        proposed=deciding.alternatives(row.found, now=row.now),
        free=row.slots,
        looked_at=deciding.seen(row.milestone, row.found),
        can_move=not fixed(row.milestone),
        prefix="decide",
    )


@require_POST
@permission_required("objections.decide")
def objection_decide(request, slug, pk):
    milestone = _milestone(slug, pk)
    row = insight.of_milestone(milestone, now=timezone.now())
    form = decide_form(row, request.POST)
    if not form.is_valid():
        return show(request, milestone, status=422, decide=form)
    try:
        conflict = deciding.decide(milestone, **form.values, by=request.user, now=timezone.now())
    except NotPossible as error:
        form.add_error(None, str(error))
        return show(request, milestone, status=409, decide=_looked_again(form, row))
    offer_undo(request, said(conflict), url=reverse("objection_take_back", args=[conflict.pk]))
    return redirect(conflict)


def _looked_again(form: DecideForm, row: insight.Row) -> DecideForm:
    """What was typed, for somebody who now sees what has changed."""
    data = form.data.copy()  # type: ignore[attr-defined]
    data[form.add_prefix("looked_at")] = deciding.seen(row.milestone, row.found)
    form.data = data
    return form


def said(conflict: Conflict) -> str:
    zone = conflict.upgrade.time_zone
    what = "Decided: the date stays."
    if conflict.moves and conflict.became_start:
        what = f"Decided: it moves to {time.window(conflict.became_start, conflict.became_end, zone=zone)}."
    told = deciding.notices_of(conflict).count()
    if not told:
        return f"{what} Nobody is told by mail."
    return f"{what} {told} {'mail goes' if told == 1 else 'mails go'} out in five minutes."


@require_POST
@permission_required("objections.decide")
def objection_take_back(request, pk):
    conflict = get_object_or_404(Conflict.objects.select_related("upgrade"), pk=pk)
    try:
        deciding.take_back(conflict, by=request.user, now=timezone.now())
        messages.success(request, "The decision is taken back. Nobody was told.")
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(conflict)
    return redirect("milestone_objections", conflict.upgrade.slug, conflict.milestone_id)


@require_POST
@permission_required("objections.decide")
def objection_window(request, slug, pk):
    milestone = _milestone(slug, pk)
    form = WindowForm(request.POST, instance=_window(milestone), prefix="window")
    if not form.is_valid():
        return show(request, milestone, status=422, window=form)
    objections.keep_window(milestone, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("milestone_objections", slug, pk)


# The record


@require_POST
@permission_required("objections.decide")
def conflict_begin(request, slug, pk):
    objections.take_up(_milestone(slug, pk))
    messages.success(request, "It is under discussion. Keep what both sides say here.")
    return redirect(f"{reverse('milestone_objections', args=[slug, pk])}#record")


@require_GET
def conflict(request, pk):
    """What was decided, to read and to print."""
    return show_conflict(request, get_object_or_404(_conflicts(), pk=pk))


def _conflicts():
    return Conflict.objects.select_related("upgrade", "milestone", "decided_by", "follow_up_owner", "follow_up_done_by")


def show_conflict(request: HttpRequest, found: Conflict, *, status=200, **forms):
    if not found.is_decided and found.milestone:
        return show(request, found.milestone, status=status, **forms)
    settled = found.objections.select_related("concern__person").prefetch_related("groups").order_by("pk")
    context = {
        "upgrade": found.upgrade,
        "settled": list(settled),
        "told": list(deciding.notices_of(found).order_by("pk")),
        "why_final": deciding.why_final(found, found.milestone),
        **record_context(found, forms),
    }
    return render(request, "notices/conflict.html", context, status=status)


@require_POST
@permission_required("objections.decide")
@transaction.atomic
def conflict_edit(request, pk):
    lock = Conflict.objects.select_for_update(of=("self",), no_key=True)
    found = get_object_or_404(lock, pk=pk)
    form = RecordForm(request.POST, instance=found, prefix="record")
    if not form.is_valid():
        return show_conflict(request, get_object_or_404(_conflicts(), pk=pk), status=422, record=form)
    form.save()
    messages.success(request, "Saved.")
    return redirect(home_of(found))


def home_of(found: Conflict) -> str:
    """Where its record is written."""
    if found.is_decided or not found.milestone_id:
        return found.get_absolute_url()
    return f"{reverse('milestone_objections', args=[found.upgrade.slug, found.milestone_id])}#record"


@require_POST
@permission_required("objections.decide")
def conflict_option_add(request, pk):
    found = get_object_or_404(_conflicts(), pk=pk)
    form = OptionForm(request.POST, prefix="option")
    if not form.is_valid():
        return show_conflict(request, found, status=422, option=form)
    objections.add_option(found, **form.cleaned_data)
    return redirect(home_of(found))


@require_POST
@permission_required("objections.decide")
def conflict_option_remove(request, pk):
    option = get_object_or_404(ConflictOption.objects.select_related("conflict__upgrade"), pk=pk)
    option.delete()
    messages.success(request, "The option is removed. The history keeps it.")
    return redirect(home_of(option.conflict))


@require_POST
def conflict_follow_up(request, pk):
    """Whoever decides ticks it off, and whoever took it on."""
    found = get_object_or_404(_conflicts(), pk=pk)
    if found.follow_up_owner_id != request.user.pk and not request.user.has_perm("objections.decide"):
        raise PermissionDenied("Only its owner and those who decide may tick it off.")
    try:
        objections.finish_follow_up(found, by=request.user, now=timezone.now())
        messages.success(request, "Done.")
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect(home_of(found))


# Written down for somebody


@require_http_methods(["GET", "POST"])
@permission_required("critical_days.enter")
@transaction.atomic
def objection_new(request, slug, pk):
    """After a call, or by the contact of a department. `?critical_days=` fills in days that are known already."""
    milestone, now = _milestone(slug, pk), timezone.now()
    typed = request.POST if request.method == "POST" else None
    form = WrittenDownForm(typed, milestone=milestone, now=now, initial=proposed(request))
    if request.method == "POST" and form.is_valid():
        for person in form.people:
            objections.object_(
                milestone, person=person, text=form.cleaned_data["text"], details=form.details, source=Source.HAND
            )
        messages.success(request, "The objection is on the board.")
        return redirect("milestone_objections", slug, pk)
    context = {"form": form, "milestone": milestone, "upgrade": milestone.upgrade}
    return render(request, "notices/objection_new.html", context, status=422 if typed else 200)


def proposed(request) -> dict:
    """Days that were entered already, and whoever is signed in where they are in the register."""
    me = Person.objects.active().filter(account=request.user).first()
    key = request.GET.get("critical_days", "")
    entry = CriticalDays.objects.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    found: dict = {"who": me}
    if entry:
        first, last = (time.wall_clock(moment, zone=entry.time_zone)[:10] for moment in (entry.start, entry.end))
        ends_at_midnight = time.wall_clock(entry.end, zone=entry.time_zone).endswith("T00:00")
        found |= {"critical_name": entry.name, "critical_from": first, "critical_until": last}
        found |= {"groups": list(entry.groups.order_by("pk"))}
        if ends_at_midnight:
            found["critical_until"] = insight.last_day(entry.end, zone=entry.time_zone)
    return found
