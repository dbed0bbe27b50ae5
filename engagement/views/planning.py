"""Planning, changing, calling off, and asking people to come."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history, keys
from commsplan.lib.toasts import offer_undo
from engagement import inviting, planning, rhythm, warnings
from engagement.enums import EngagementState
from engagement.forms.people import InviteForm
from engagement.forms.planning import USUAL_TIME, CancelForm, ChangeForm, PlanForm, usual_start
from engagement.models import Engagement, FollowUp, Participant
from upgrades.models import Upgrade

ROWS = Engagement.objects.select_related("upgrade", "milestone", "host")


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_new(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = PlanForm(request.POST, instance=blank(upgrade)) if request.method == "POST" else empty_form(request, upgrade)
    if request.method == "POST" and form.is_valid() and (made := plan_it(request, form, upgrade)):
        return redirect(made[0])
    check = reverse("engagement_check", args=[slug])
    return render(request, "engagement/plan.html", {"form": form, "upgrade": upgrade, "check": check})


def blank(upgrade: Upgrade) -> Engagement:
    return Engagement(upgrade=upgrade, time_zone=upgrade.time_zone)


def empty_form(request, upgrade: Upgrade) -> PlanForm:
    """What the address says (kind, title, day, milestone, people, groups …) is filled in."""
    start = start_on(request.GET.get("day", "")) or usual_start(timezone.now(), zone=upgrade.time_zone)
    asked = {name: request.GET[name] for name in ("title", "kind", "milestone", "start", "end") if name in request.GET}
    many = {name: request.GET.getlist(name) for name in ("people", "groups", "quadrants") if name in request.GET}
    initial = {"start": start, "end": start + timedelta(hours=1), "host": request.user.pk}
    return PlanForm(instance=blank(upgrade), initial=initial | asked | many | {"every": request.GET.get("every", "")})


def start_on(day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), USUAL_TIME)
    except ValueError:
        return None


@transaction.atomic
def plan_it(request, form: PlanForm, upgrade: Upgrade) -> list[Engagement]:
    people = form.asked()
    repeat = form.repeat(people)
    try:
        made = planning.plan(upgrade, **form.values, people=people, repeat=repeat, by=request.user)
    except planning.NotPossible as error:
        form.add_error(None, str(error))
        return []
    messages.success(request, said(made, repeat, form))
    say_understood(request, form)
    return made


def said(made: list[Engagement], repeat: rhythm.Repeat | None, form: PlanForm) -> str:
    if repeat is None:
        return f"“{made[0]}” is planned."
    left_out = rhythm.dates(first_day(form), repeat).left_out if repeat.leaves_out else []
    words = f"“{made[0]}” is planned {len(made)} times." if len(made) > 1 else f"“{made[0]}” is planned once."
    return f"{words} {len(left_out)} left out: holidays and freezes." if left_out else words


def say_understood(request, form) -> None:
    for sentence in form.understood:
        messages.warning(request, sentence)


@require_POST
@permission_required("engagements.edit")
def engagement_check(request, slug):
    """While somebody fills in the form: what to know about that time and those people."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    return check(request, PlanForm(request.POST, instance=blank(upgrade)))


def check(request, form: PlanForm):
    form.is_valid()
    upgrade = form.instance.upgrade
    context = {"upgrade": upgrade, "found": [], "is_known": False}
    chosen = form.cleaned_data
    if all(chosen.get(name) for name in ("start", "end", "time_zone")) and chosen["end"] > chosen["start"]:
        context |= foreseen(form, upgrade)
    return render(request, "engagement/_check.html", context)


def foreseen(form: PlanForm, upgrade: Upgrade) -> dict:
    people, chosen = form.asked(), form.cleaned_data
    plan = warnings.Plan(upgrade, chosen["start"], chosen["end"], chosen["time_zone"], people)
    return {"found": warnings.of(plan), "is_known": True, "number": people.count()} | series_of(form, people)


def series_of(form: PlanForm, people) -> dict:
    """The dates it would be on, when it comes again."""
    if not {"every", "until", "count", "leaves_out"} <= form.cleaned_data.keys() or not (repeat := form.repeat(people)):
        return {}
    if not (repeat.until or repeat.count):
        return {}
    return {"dates": rhythm.dates(first_day(form), repeat)}


def first_day(form: PlanForm):
    return form.cleaned_data["start"].astimezone(ZoneInfo(form.cleaned_data["time_zone"])).date()


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
@transaction.atomic
def engagement_edit(request, pk):
    rows = ROWS.select_for_update(of=("self",), no_key=True) if request.method == "POST" else ROWS
    engagement = get_object_or_404(rows, pk=pk)
    title = engagement.title
    form = ChangeForm(request.POST if request.method == "POST" else None, instance=engagement)
    if request.method == "POST" and form.is_valid():
        try:
            changed = planning.change(ROWS.get(pk=pk), form.values, following=form.following)
        except planning.NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{len(changed)} changed." if len(changed) > 1 else "Saved.")
            say_understood(request, form)
            return redirect(engagement)
    context = {"form": form, "engagement": engagement, "upgrade": engagement.upgrade, "title": title}
    return render(request, "engagement/edit.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_cancel(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    form = CancelForm(request.POST if request.method == "POST" else None, engagement=engagement)
    if request.method == "POST" and form.is_valid():
        call_off(request, engagement, form)
        return redirect(engagement)
    context = {"form": form, "engagement": engagement, "upgrade": engagement.upgrade}
    return render(request, "engagement/cancel.html", context | {"invited": engagement.participants.invited().count()})


def call_off(request, engagement: Engagement, form: CancelForm) -> list[Engagement]:
    off = planning.cancel(
        engagement,
        reason=form.cleaned_data["reason"],
        by=request.user,
        now=timezone.now(),
        following=form.following,
    )
    if off:
        undo = f"{reverse('engagement_reinstate', args=[engagement.pk])}?{'&'.join(f'one={one.pk}' for one in off)}"
        words = "It is called off." if len(off) == 1 else f"{len(off)} are called off."
        offer_undo(request, words, url=undo)
    else:
        messages.error(request, "Nothing was called off: it is over or was called off before.")
    return off


@require_POST
@permission_required("engagements.edit")
def engagement_reinstate(request, pk):
    """It, or those that were called off together with it."""
    engagement = get_object_or_404(ROWS, pk=pk)
    together = keys.numbers(request.GET.getlist("one")) or {pk}
    among = Engagement.objects.filter(pk=pk) | Engagement.objects.filter(pk__in=together, series=engagement.series)
    back = planning.reinstate(among if engagement.series else Engagement.objects.filter(pk=pk))
    messages.success(request, f"{len(back)} take place after all." if len(back) > 1 else "It takes place after all.")
    return redirect(engagement)


@require_POST
@permission_required("engagements.edit")
def engagement_delete(request, pk):
    """Only what has left no trace with anybody: nothing was told there and nothing was sent about it."""
    engagement = get_object_or_404(ROWS, pk=pk)
    if engagement.tellings.exists():
        messages.error(request, "Facts were told there, so it stays. Take back what was told if it was a mistake.")
        return redirect(engagement)
    try:
        engagement.delete()
    except ProtectedError:
        messages.error(request, "Invitations were made for it, so it stays. Call it off instead.")
        return redirect(engagement)
    undo = reverse("engagement_bring_back", args=[history.act()])
    offer_undo(request, f"“{engagement}” is deleted.", url=undo)
    return redirect("upgrade_engagements", engagement.upgrade.slug)


@require_POST
@permission_required("engagements.edit")
def engagement_bring_back(request, act):
    if history.bring_back(act, Engagement, Participant, FollowUp):
        messages.success(request, "Back, with everybody who takes part.")
    else:
        messages.error(request, "There is nothing to bring back.")
    return redirect("engagements")


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_invite(request, pk):
    engagement = get_object_or_404(ROWS, pk=pk)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        people = inviting.people_in(form.circle(), engagement.upgrade)
        added = inviting.invite_to(chosen_of(request, engagement), people)
        messages.success(request, f"{added:,} added." if added else "Nobody was added: they are asked already.")
        return redirect(engagement)
    return render(
        request,
        "engagement/invite.html",
        {
            "form": form,
            "engagement": engagement,
            "upgrade": engagement.upgrade,
            "following": following(engagement).count() - 1,
        },
    )


def following(engagement: Engagement):
    return Engagement.objects.in_series_from(engagement).filter(state=EngagementState.PLANNED)


def chosen_of(request, engagement: Engagement) -> list[Engagement]:
    if request.POST.get("scope") == "following":
        return list(following(engagement).order_by("start", "pk"))
    return [engagement]


@require_POST
@permission_required("engagements.edit")
def engagement_deputies(request, pk):
    """Those who stand in for somebody who is away on that day."""
    engagement = get_object_or_404(ROWS, pk=pk)
    added = inviting.invite(engagement, warnings.deputies(warnings.plan_of(engagement)))
    people = "1 deputy is" if added == 1 else f"{added:,} deputies are"
    messages.success(request, f"{people} on the list now." if added else "Their deputies are asked already.")
    return redirect(engagement)


@require_POST
@permission_required("engagements.edit")
def engagement_uninvite(request, pk, person):
    engagement = get_object_or_404(ROWS, pk=pk)
    participant = get_object_or_404(engagement.participants.select_related("person"), person=person)
    inviting.uninvite(Participant.objects.filter(pk=participant.pk))
    undo = reverse("engagement_invite_again", args=[pk, history.act()])
    offer_undo(request, f"{participant.person} is not asked to come any more.", url=undo)
    return redirect(engagement)


@require_POST
@permission_required("engagements.edit")
def engagement_invite_again(request, pk, act):
    engagement = get_object_or_404(ROWS, pk=pk)
    back = history.bring_back(act, Participant) or history.take_back(act, Participant)
    (messages.success if back else messages.error)(request, "Asked again." if back else "There is nothing to undo.")
    return redirect(engagement)
