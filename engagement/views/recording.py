"""What took place: who was there, what was said, which facts were told."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, Min, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keys
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from engagement import attendance, holding, planning, telling
from engagement.enums import Seen
from engagement.forms.recording import ListForm, LogForm, NotesForm, TellForm, VoidForm
from engagement.models import Engagement, Telling
from engagement.views.engagements import counts
from stakeholders.models import Person
from upgrades.models import Upgrade

ROWS = Engagement.objects.select_related("upgrade", "milestone__upgrade", "host")
AT_THE_DOOR = 60
WALK_INS = 8


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_log(request):
    """A call that just ended. The upgrade comes first, because its facts are what may have been told."""
    now, zone = timezone.now(), request.user.time_zone
    if request.method == "POST":
        form = LogForm(request.POST, upgrade=upgrade_asked(request.POST.get("upgrade"), now=now), zone=zone, now=now)
        if form.is_valid():
            return redirect(log_it(request, form, now=now))
    else:
        upgrade = upgrade_asked(request.GET.get("upgrade"), now=now)
        asked = {"people": request.GET.getlist("people")} if "people" in request.GET else {}
        form = LogForm(upgrade=upgrade, zone=zone, now=now, initial=asked)
    return render(request, "engagement/log.html", {"form": form})


def upgrade_asked(asked: str | None, *, now: datetime) -> Upgrade | None:
    """By key or slug; without one, what has its next milestone first."""
    if asked:
        by_key = {"pk": key} if (key := keys.number(asked)) else {"slug": asked.replace("\x00", "")}
        return Upgrade.objects.filter(**by_key).first()
    coming = Min("milestones__start", filter=Q(milestones__start__gte=now))
    running = Upgrade.objects.running().annotate(next=coming).order_by(F("next").asc(nulls_last=True), "pk")
    return running.first() or Upgrade.objects.order_by("-pk").first()


def log_it(request, form: LogForm, *, now) -> Engagement:
    made = holding.log(form.cleaned_data["upgrade"], **form.values, by=request.user, now=now)
    messages.success(request, f"“{made}” is logged.")
    for sentence in form.understood:
        messages.warning(request, sentence)
    return made


@require_GET
def engagement_log_facts(request):
    """The facts of the upgrade that was chosen in the form."""
    now = timezone.now()
    upgrade = upgrade_asked(request.GET.get("upgrade"), now=now)
    form = LogForm(upgrade=upgrade, zone=request.user.time_zone, now=now)
    return render(request, "engagement/_log_facts.html", {"form": form})


# At the door


@require_GET
def engagement_checkin(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    return page(request, "engagement/checkin.html", door(request, engagement), partial="door")


def door(request, engagement: Engagement) -> dict:
    """Those who take part and fit what was typed; with words also who else is in the register."""
    words = (request.POST.get("q") or request.GET.get("q", "")).strip()[:200]
    participants = engagement.participants.select_related("person").order_by("person__name", "pk")
    strangers = []
    if words:
        found = Person.objects.found_by(words)
        participants = participants.filter(person__in=found)
        others = found.active().exclude(participations__engagement=engagement)
        strangers = list(others.in_order()[:WALK_INS])
    shown = Paginator(participants, AT_THE_DOOR).get_page(request.GET.get("page"))
    return {
        "engagement": engagement,
        "upgrade": engagement.upgrade,
        "words": words,
        "participants": shown,
        "strangers": strangers,
        "counts": counts(engagement),
        "has_begun": engagement.start <= timezone.now(),
    }


@require_POST
@permission_required("engagements.edit")
def engagement_mark(request, pk):
    """One tap: there, or not known again. `attended` is yes, no or nothing."""
    engagement = get_object_or_404(ROWS, pk=pk)
    if engagement.is_cancelled:
        raise BadRequest("It was called off.")
    person = get_object_or_404(Person, pk=keys.number(request.POST.get("person")))
    attended = {"yes": True, "no": False}.get(request.POST.get("attended", ""))
    attendance.mark(engagement, [person], attended=attended, now=timezone.now())
    if request.htmx:
        said = {True: "is there", False: "is not there", None: "is open again"}[attended]
        context = door(request, engagement) | {"said": f"{person} {said}", "touched": person.pk}
        return render(request, "engagement/checkin.html#door", context)
    back = reverse("engagement_checkin", args=[pk])
    return redirect(f"{back}#person-{person.pk}")


@require_POST
@permission_required("engagements.edit")
def engagement_rest_absent(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    now = timezone.now()
    if engagement.start > now:
        messages.error(request, "It has not begun yet.")
    elif count := attendance.mark_rest_absent(engagement, now=now):
        undo = reverse("engagement_rest_unknown", args=[pk, now.isoformat()])
        words = f"{count:,} {'person was' if count == 1 else 'people were'} not there."
        offer_undo(request, words, url=undo)
    else:
        messages.info(request, "Everybody is ticked already.")
    return redirect(engagement)


@require_POST
@permission_required("engagements.edit")
def engagement_rest_unknown(request, pk, at):
    engagement = get_object_or_404(ROWS, pk=pk)
    try:
        count = attendance.unmark_absent(engagement, at=datetime.fromisoformat(at))
    except ValueError as error:
        raise BadRequest("This is not a moment.") from error
    messages.success(request, f"{count:,} open again.")
    return redirect(engagement)


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_list(request, pk):
    """Paste a list, see what it means line by line, then apply what is right."""
    engagement = get_object_or_404(ROWS, pk=pk)
    form = ListForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "engagement": engagement, "upgrade": engagement.upgrade, "reading": None}
    if request.method == "POST" and form.is_valid():
        if engagement.is_cancelled:
            messages.error(request, "It was called off: nobody was there.")
            return redirect(engagement)
        if "apply" in request.POST:
            return redirect(apply_list(request, engagement))
        context["reading"] = attendance.read_list(form.cleaned_data["text"], engagement)
    return render(request, "engagement/list.html", context)


def apply_list(request, engagement: Engagement) -> Engagement:
    """The boxes that are ticked, and for each line with several the person that was chosen."""
    chosen = [value for name, value in request.POST.items() if name.startswith("line-")]
    named = keys.numbers([*request.POST.getlist("person"), *chosen])
    people = attendance.people_named(sorted(named))
    count = attendance.mark(engagement, people, attended=True, seen=Seen.LIST, now=timezone.now())
    words = f"{len(people):,} {'person is' if len(people) == 1 else 'people are'} there"
    messages.success(request, f"{words}, {count:,} of them new." if count else f"{words}, as we knew.")
    return engagement


# It took place


@require_POST
@permission_required("engagements.edit")
def engagement_hold(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    try:
        holding.hold(engagement, by=request.user, now=timezone.now())
    except planning.NotPossible as error:
        messages.error(request, str(error))
    else:
        offer_undo(request, "It took place.", url=reverse("engagement_not_held", args=[pk]))
    return redirect(engagement)


@require_POST
@permission_required("engagements.edit")
def engagement_not_held(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    holding.not_held(engagement)
    messages.success(request, "It is to be recorded again.")
    return redirect(engagement)


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
@transaction.atomic
def engagement_notes(request, pk):
    rows = ROWS.select_for_update(of=("self",), no_key=True) if request.method == "POST" else ROWS
    engagement = get_object_or_404(rows, pk=pk)
    form = NotesForm(request.POST if request.method == "POST" else None, instance=engagement)
    if request.method == "POST" and form.is_valid():
        engagement.save(update_fields=["notes"])
        messages.success(request, "Saved.")
        return redirect(engagement)
    return render(
        request, "engagement/notes.html", {"form": form, "engagement": engagement, "upgrade": engagement.upgrade}
    )


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_tell(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    changed = telling.changed_since(engagement)
    at = engagement.end if changed and request.GET.get("values") != "now" else None
    if request.method == "POST":
        form = TellForm(request.POST, upgrade=engagement.upgrade, at=at)
        if form.is_valid() and tell_it(request, engagement, form, at=at):
            return redirect(engagement)
    else:
        form = TellForm(upgrade=engagement.upgrade, at=at, initial={"facts": telling.usual(engagement)})
    context = {
        "form": form,
        "engagement": engagement,
        "upgrade": engagement.upgrade,
        "attended": engagement.participants.attended().count(),
        "changed": changed,
        "then": at is not None,
    }
    return render(request, "engagement/tell.html", context)


def tell_it(request, engagement: Engagement, form: TellForm, *, at: datetime | None) -> bool:
    chosen, now = form.cleaned_data["facts"], timezone.now()
    try:
        told = telling.tell(engagement, chosen, by=request.user, now=now, as_planned_at=at)
    except planning.NotPossible as error:
        form.add_error(None, str(error))
        return False
    count = len(told.facts)
    messages.success(
        request, f"{count} {'fact counts' if count == 1 else 'facts count'} as told to all who were there."
    )
    return True


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def telling_void(request, pk):
    told = get_object_or_404(Telling.objects.select_related("engagement__upgrade"), pk=pk)
    form = VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if telling.void(told, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()):
            messages.success(request, "Taken back: nobody counts as told by it.")
        else:
            messages.info(request, "It was taken back before.")
        return redirect(told.engagement)
    context = {"form": form, "told": told, "engagement": told.engagement, "upgrade": told.engagement.upgrade}
    return render(request, "engagement/void.html", context)
