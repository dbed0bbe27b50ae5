"""Everything that leaves the house, over all upgrades."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required, refusal
from commsplan.lib import keys
from commsplan.lib.htmx import page
from notices.enums import NoticeState
from notices.forms.results import OutboxFilter
from notices.insight import approval, progress
from notices.lint import gate
from notices.models import Message, Notice
from notices.pipeline import approve
from notices.pipeline.byhand import recall, several
from notices.views.notice_acts import seals_of

PAGE = 25
STOP_POLLING = 286
LEAVING_SHOWN = 10
TABS = {
    "planned": "Planned",
    "approval": "Needs approval",
    "scheduled": "Scheduled",
    "sending": "Sending",
    "sent": "Sent",
    "trouble": "Missed or failed",
    "cancelled": "Cancelled",
}
TAB_OF = {
    NoticeState.DRAFT: "planned",
    NoticeState.IN_REVIEW: "approval",
    NoticeState.APPROVED: "scheduled",
    NoticeState.CANCELLED: "cancelled",
    NoticeState.MISSED: "trouble",
}
NOTHING = {
    "planned": ("Nothing is being written", "Notices of a plan wait here until somebody submits them."),
    "approval": ("Nothing waits for approval", "What is submitted shows here until somebody has read and approved it."),
    "scheduled": ("Nothing is scheduled", "What is approved waits here for its time, and goes out by itself."),
    "sending": ("Nothing is going out now", "While a notice goes out you see its progress here."),
    "sent": ("Nothing has gone out yet", "Every notice that went out stays here, with what came back."),
    "trouble": ("Nothing is wrong", "What missed its time or did not get through shows here."),
    "cancelled": ("Nothing was cancelled", "Cancelled notices are kept here."),
}


@require_GET
def outbox(request: HttpRequest):
    form = OutboxFilter(request.GET)
    notices = form.filter(Notice.objects.all())
    counts = count_tabs(notices)
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else first_tab(counts)
    found = Paginator(rows(notices, tab), PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    so_far = progress.of(found, now=now)
    approvable = {notice.pk for notice in approval.approvable(found, by=request.user, now=now)}
    listed = [
        row(notice, so_far) | {"seal": approve.seal(notice, notice.latest) if notice.pk in approvable else ""}
        for notice in found
    ]
    context = {
        "form": form,
        "tab": tab,
        "tabs": tabs(request, tab, counts),
        "found": found,
        "rows": listed,
        "approvable": any(row["seal"] for row in listed),
        "nothing": NOTHING[tab],
        **about_to_leave(request),
        "is_filtered": form.is_on,
        "is_polling": any(progress_.is_sending for progress_ in so_far.values()),
        "may_not_write": refusal(request.user, "notices.write"),
        "may_not_send": refusal(request.user, "notices.send"),
        "running": counts["running"],
        "paused": counts["paused"],
    }
    is_last_poll = request.headers.get("HX-Trigger") == "rows" and not context["is_polling"]
    status = STOP_POLLING if is_last_poll else 200
    return page(request, "notices/outbox.html", context, partial="rows", status=status)


def count_tabs(notices) -> dict[str, int]:
    """Two queries: one over the notices, one for what is stoppable or paused anywhere."""
    waiting = Message.objects.waiting().filter(notice=OuterRef("pk"))
    in_trouble = Message.objects.in_trouble().filter(notice=OuterRef("pk"))
    tab = Case(
        *(When(state=state, then=Value(name)) for state, name in TAB_OF.items()),
        When(Exists(waiting), then=Value("sending")),
        default=Value("sent"),
    )
    counted = notices.order_by().annotate(tab=tab, failing=Exists(in_trouble)).values_list("tab", "failing")
    counts = dict.fromkeys([*TABS, "running", "paused"], 0)
    for name, failing, number in counted.annotate(number=Count("pk")):
        counts[name] += number
        if failing and name != "trouble":
            counts["trouble"] += number
    stoppable = several.stoppable().order_by().annotate(is_paused=Q(paused_at__isnull=False))
    for is_paused, number in stoppable.values_list("is_paused").annotate(number=Count("pk")):
        counts["paused" if is_paused else "running"] += number
    return counts


def first_tab(counts: dict[str, int]) -> str:
    """Where something moves, or waits for somebody."""
    order = ("sending", "approval", "scheduled", "planned", "sent")
    return next((name for name in order if counts[name]), "planned")


def tabs(request: HttpRequest, chosen: str, counts: dict[str, int]) -> list[dict]:
    query = request.GET.copy()
    query.pop("page", None)
    found = []
    for name, label in TABS.items():
        query["tab"] = name
        found.append({"label": label, "url": f"?{query.urlencode()}", "active": name == chosen, "count": counts[name]})
    return found


def rows(notices, tab: str):
    """What is still to come: the next one first. What is over: the last one first."""
    notices = notices.select_related("upgrade", "milestone", "survey", "author", "approved_by")
    notices = notices.annotate(latest=approve.LATEST)
    match tab:
        case "planned":
            return notices.filter(state=NoticeState.DRAFT).order_by(F("send_at").asc(nulls_last=True), "pk")
        case "approval":
            return notices.needs_approval().order_by(F("send_at").asc(nulls_last=True), "pk")
        case "scheduled":
            return notices.filter(state=NoticeState.APPROVED).order_by("send_at", "pk")
        case "sending":
            return notices.sending().order_by("released_at", "pk")
        case "sent":
            return notices.sent().order_by("-released_at", "-pk")
        case "trouble":
            return (notices.missed() | notices.with_failures()).order_by("-send_at", "-pk")
        case _:
            return notices.filter(state=NoticeState.CANCELLED).order_by("-send_at", "-pk")


def row(notice: Notice, so_far: dict[int, progress.Progress]) -> dict:
    known = so_far.get(notice.pk, progress.Progress())
    return {"notice": notice, "progress": known, "state": progress.shown_state(notice, known)}


@require_GET
def outbox_leaving(request: HttpRequest):
    """What leaves within minutes, asked for again and again while anything does. `?notice=`: this one only."""
    wanted = keys.number(request.GET.get("notice"))
    context = about_to_leave(request, only=wanted)
    return render(request, "notices/_leaving.html", context, status=200 if context["leaving"] else STOP_POLLING)


def about_to_leave(request: HttpRequest, *, only: int | None = None) -> dict:
    now = timezone.now()
    found = recall.open_now(now=now)
    found = found.filter(pk=only) if only else found
    return {
        "leaving": [(one, recall.left(one, now=now)) for one in found[:LEAVING_SHOWN]],
        "leaving_only": only,
        "leaving_refused": refusal(request.user, "notices.send"),
    }


@require_POST
@permission_required("notices.approve")
def outbox_approve(request: HttpRequest):
    chosen = Notice.objects.needs_approval().filter(pk__in=chosen_keys(request)).order_by("send_at", "pk")
    outcome = gate.approve_each(chosen, by=request.user, now=timezone.now(), hold=recall.HOLD, seals=seals_of(request))
    return tell(request, outcome, done="approved", tab="approval")


@require_POST
@permission_required("notices.send")
def outbox_pause(request: HttpRequest):
    """The emergency stop: everything that is going out, or would go out by itself."""
    outcome = several.pause_all(
        by=request.user, now=timezone.now(), reason=f"All sending was stopped by {request.user}."
    )
    return tell(request, outcome, done="paused", tab="sending")


@require_POST
@permission_required("notices.send")
def outbox_resume(request: HttpRequest):
    outcome = several.resume_all(by=request.user, now=timezone.now())
    return tell(request, outcome, done="resumed", tab="sending")


def chosen_keys(request: HttpRequest) -> list[int]:
    return [keys.number(typed) for typed in request.POST.getlist("pk")]


def tell(request: HttpRequest, outcome: several.Outcome, *, done: str, tab: str):
    number = len(outcome.done)
    if number or not outcome.refused:
        messages.success(request, f"{number} {'notice' if number == 1 else 'notices'} {done}.")
    for notice, reason in outcome.refused:
        messages.error(request, f"{notice}: {reason}")
    return redirect(f"{reverse('outbox')}?tab={tab}")
