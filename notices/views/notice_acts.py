"""What one does with a notice. Each act is one order; what leaves the house is confirmed on a page of its own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keys, time
from commsplan.lib.toasts import offer_undo
from notices.channels.base import ChannelError
from notices.enums import NoticeState, Priority
from notices.forms.results import CommentForm, ReasonForm
from notices.insight import approval, arrival, effect, failures, reach, remarks, since, standing
from notices.lint import checking, gate
from notices.models import Notice
from notices.pipeline import approve, audience, hours, outbox
from notices.pipeline.byhand import recall, remarking, trial
from notices.simulation import arriving
from notices.views.notice import at_a_glance, fetch, shown_words


def carry_out(request: HttpRequest, notice: Notice, act: Callable[[], object], *, done: str):
    """Says what was done, or why not, on the page of the notice."""
    try:
        act()
    except (approve.NotAllowed, ChannelError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(notice)


@require_POST
@permission_required("notices.write")
def notice_submit(request: HttpRequest, pk: int):
    notice = fetch(pk)
    act = lambda: approve.submit(notice, by=request.user, now=timezone.now())  # noqa: E731
    return carry_out(request, notice, act, done="Submitted. Somebody can approve it now.")


@require_http_methods(["GET", "POST"])
@permission_required("notices.approve")
def notice_approve(request: HttpRequest, pk: int):
    notice = fetch(pk)
    if request.method == "GET":
        return ask_for_approval(request, notice, comment=CommentForm())
    seen = notice.revisions.filter(pk=keys.number(request.POST.get("revision"))).first()
    act = partial(gate.approve_one, notice, revision=seen, by=request.user, now=timezone.now())
    act = partial(act, hold=waiting_time(request, notice), seals=seals_of(request))
    return carry_out(request, notice, act, done="Approved. It goes out by itself at its time.")


def seals_of(request: HttpRequest) -> list[str] | None:
    """Of what the page showed on which somebody approved."""
    return request.POST.getlist("seal") or None


def ask_for_approval(request, notice: Notice, *, comment: CommentForm, status: int = 200):
    if notice.state != NoticeState.IN_REVIEW:
        messages.error(request, f"It does not wait for approval: it {NoticeState(notice.state).said}.")
        return redirect(notice)
    now = timezone.now()
    report = checking.check(notice.upgrade, now=now)
    errors = standing.errors(notice, report)
    revision = notice.revisions.select_related("author").order_by("-number").first()
    context = {
        "revision": revision,
        "seal": approve.seal(notice, revision.pk if revision else None),
        "comment": comment,
        "since": since.last_approval(notice, on=audience.day_of(notice, now=now)),
        "checked": [one for one in standing.here(notice, report) if one not in errors],
        "is_checked": True,
        "effect": effect.of(notice, report, now=now),
        "remarks": remarks.of(notice),
        "may_remark": remarking.may(request.user),
        "why_not": approval.why_not_by(request.user, notice),
        "blocked_by": errors,
        "stopped": "The check of the plan has an error." if errors else "",
    }
    return confirm(request, notice, title="Approve this notice?", yes="Approve", context=context, status=status)


@require_POST
@permission_required("notices.approve")
def notice_send_back(request: HttpRequest, pk: int):
    notice = fetch(pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return ask_for_approval(request, notice, comment=form, status=422)
    reason = form.cleaned_data["reason"]
    act = lambda: remarking.send_back(notice, by=request.user, reason=reason, now=timezone.now())  # noqa: E731
    return carry_out(request, notice, act, done="Sent back with your remark.")


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def notice_schedule(request: HttpRequest, pk: int):
    notice = fetch(pk)
    if request.method == "GET":
        return confirm(request, notice, title="Schedule this notice?", yes="Schedule")
    wait = waiting_time(request, notice)
    act = lambda: gate.schedule_one(notice, by=request.user, now=timezone.now(), hold=wait)  # noqa: E731
    return carry_out(request, notice, act, done="Scheduled. It goes out by itself at its time.")


@require_http_methods(["GET", "POST"])
@permission_required("notices.send")
def notice_send(request: HttpRequest, pk: int):
    """Now, by a person's word: before its time, or after it was missed."""
    notice = fetch(pk)
    now = timezone.now()
    if request.method == "GET":
        title = "Send it although it is late?" if notice.state == NoticeState.MISSED else "Send it now?"
        return confirm(request, notice, title=title, yes="Send now", at=now + recall.HOLD)
    wait = waiting_time(request, notice)
    act = lambda: gate.send_now(notice, by=request.user, now=now, hold=wait)  # noqa: E731
    done = "It goes out in five minutes. Until then you can recall it." if wait else "It goes out now."
    return carry_out(request, notice, act, done=done)


def waiting_time(request: HttpRequest, notice: Notice) -> timedelta:
    is_waived = "at_once" in request.POST and may_skip_the_wait(request, notice)
    return approve.AT_ONCE if is_waived else recall.HOLD


def may_skip_the_wait(request: HttpRequest, notice: Notice) -> bool:
    """What cannot wait, by somebody who may send."""
    return request.user.has_perm("notices.send") and outbox.priority_of(notice) == Priority.URGENT


@require_POST
@permission_required("notices.send")
def notice_recall(request: HttpRequest, pk: int):
    notice = fetch(pk)
    try:
        recall.recall(notice, by=request.user, now=timezone.now())
    except approve.NotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Recalled. “{notice}” did not go out: it {NoticeState(notice.state).said} again.")
    return redirect(f"{reverse('outbox')}" if request.POST.get("next") == "outbox" else notice)


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def notice_cancel(request: HttpRequest, pk: int):
    notice = fetch(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return render(request, "notices/notice_cancel.html", at_a_glance(request, notice) | {"form": form})
    reason = form.cleaned_data["reason"]
    act = lambda: approve.cancel(notice, by=request.user, reason=reason, now=timezone.now())  # noqa: E731
    return carry_out(request, notice, act, done="Cancelled. What has gone out stays out.")


@require_POST
@permission_required("notices.send")
def notice_pause(request: HttpRequest, pk: int):
    notice = fetch(pk)
    reason = f"Paused by {request.user}."
    act = lambda: outbox.pause(notice, by=request.user, now=timezone.now(), reason=reason)  # noqa: E731
    response = carry_out(request, notice, act, done="Paused. What is on its way to the mail server still goes out.")
    return redirect("operations") if request.GET.get("next") == "operations" else response


@require_POST
@permission_required("notices.send")
def notice_resume(request: HttpRequest, pk: int):
    notice = fetch(pk)
    if request.POST.get("next") == "operations":
        return resume_there(request, notice)
    act = lambda: outbox.resume(notice, by=request.user, now=timezone.now())  # noqa: E731
    return carry_out(request, notice, act, done="Resumed.")


def resume_there(request: HttpRequest, notice: Notice):
    """Pressed on the page of the operation: one stays there, and can take it back."""
    try:
        outbox.resume(notice, by=request.user, now=timezone.now())
    except approve.NotAllowed as error:
        messages.error(request, str(error))
    else:
        undo = f"{reverse('notice_pause', args=[notice.pk])}?next=operations"
        offer_undo(request, f"“{notice.title}” goes on.", url=undo)
    return redirect("operations")


@require_http_methods(["GET", "POST"])
@permission_required("notices.send")
def notice_retry(request: HttpRequest, pk: int):
    """What may have arrived already is left out, unless somebody says that it should go out again."""
    notice = fetch(pk)
    if request.method == "GET":
        context = at_a_glance(request, notice) | {"failures": failures.of(notice)}
        return render(request, "notices/notice_retry.html", context)
    try:
        again = outbox.retry_failed(
            notice, by=request.user, now=timezone.now(), with_doubtful="with_doubtful" in request.POST
        )
    except approve.NotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, failures.said(notice, again))
    return redirect(notice)


@require_POST
@permission_required("notices.write")
def notice_trial(request, pk: int):
    """A test to oneself: the same words, layout and road, but no telling."""
    notice = fetch(pk)
    now = timezone.now()
    reader = reach.as_read_by(request.user, notice, on=audience.day_of(notice, now=now))
    act = lambda: trial.send(notice, to=request.user, reader=reader, now=now)  # noqa: E731
    return carry_out(request, notice, act, done=f"A test is on its way to {request.user.email}.")


def confirm(
    request: HttpRequest,
    notice: Notice,
    *,
    title: str,
    yes: str,
    at: datetime | None = None,
    context: dict | None = None,
    status: int = 200,
):
    """How many, over what, when in both zones, who first, and what to look twice at."""
    goes_at = at or notice.send_at
    now = timezone.now()
    on = audience.day_at(notice.upgrade, at) if at else audience.day_of(notice, now=now)
    arrives = arriving.if_sent_now(notice, now=now) if at else arriving.if_approved(notice, now=now)
    found = reach.of(notice, on=on)
    known = at_a_glance(request, notice) | {
        "title": title,
        "yes": yes,
        "is_now": at is not None,
        "is_held": at is not None or (goes_at is not None and goes_at < now + recall.HOLD),
        "may_skip_the_wait": may_skip_the_wait(request, notice),
        "goes_at": goes_at,
        "reach": found,
        "first_five": reach.first_recipients(notice, on=on),
        "arrives": arrival.sentences(arrives) or arrival.whenever(notice, hours.rules()),
        "warnings": warnings(notice, found, goes_at),
        "stopped": "",
        **shown_words(request, notice),
    }
    return render(request, "notices/approve.html", known | (context or {}), status=status)


def warnings(notice: Notice, found: reach.Reach, at: datetime | None) -> list[str]:
    said = []
    if found.is_many:
        said.append(f"This goes to more than {reach.MANY} people.")
    if not found.goes_to:
        said.append("Nobody would get this by mail as things stand.")
    if at and time.is_outside_working_hours(at, zone=notice.upgrade.time_zone):
        said.append("That is outside working hours at the place of the upgrade.")
    return said
