"""One engagement with its invitations by mail, and the pages on which they are sent."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib import time
from engagement.enums import EngagementState
from engagement.models import Engagement
from engagement.views.engagements import context_of
from notices.enums import NoticeState
from notices.insight import invitations
from notices.insight.invitations import Order
from notices.models import Notice
from notices.pipeline import approve
from notices.pipeline import render as renderer
from notices.pipeline.approve import NotAllowed
from notices.pipeline.direct import meetings
from stakeholders.models import Person

ROWS = Engagement.objects.select_related("upgrade", "milestone__upgrade", "host")
FIRST = 5
SENDS: dict[str, Callable[..., list[Notice]]] = {
    "engagement_send_invitation": meetings.invite,
    "engagement_send_update": meetings.send_update,
    "engagement_send_cancellation": meetings.send_cancellation,
}
TITLES = {
    "engagement_send_invitation": "Send these invitations?",
    "engagement_send_update": "Send the update?",
    "engagement_send_cancellation": "Send the cancellation?",
}
NOTHING = {
    "engagement_send_invitation": "Everybody on the list whom mail reaches has been invited.",
    "engagement_send_update": "Everybody who was invited knows what holds.",
    "engagement_send_cancellation": "There is nobody who would have to hear it.",
}


@require_GET
def engagement(request: HttpRequest, pk: int):
    now = timezone.now()
    one = get_object_or_404(ROWS, pk=pk)
    concerns = one.concerns.select_related("person", "owner").order_by("-created_at", "-pk")
    context = context_of(one, now=now) | {"sheet": invitations.of(one, now=now), "concerns": concerns[:20]}
    return render(request, "notices/engagement.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def engagement_send(request: HttpRequest, pk: int, what: str):
    """Asks first: to how many, how, when, who first, and what they will read."""
    one = get_object_or_404(ROWS, pk=pk)
    now = timezone.now()
    others = in_series(one, what, now=now)
    if request.method == "POST":
        chosen = [one, *(each for each, _ in others)] if request.POST.get("scope") == "following" else [one]
        send_each(request, chosen, what, now=now)
        return redirect(one)
    order = order_of(one, what, now=now)
    if order is None:
        messages.info(request, NOTHING[what])
        return redirect(one)
    return render(request, "notices/engagement_send.html", asked(request, one, order, others, now=now))


def order_of(one: Engagement, what: str, *, now: datetime) -> Order | None:
    found = invitations.orders(one, meetings.who_hears(one), now=now)
    return next((order for order in found if order.name == what), None)


def in_series(one: Engagement, what: str, *, now: datetime) -> list[tuple[Engagement, Order]]:
    """Those after it in its series that wait for the same."""
    if one.series is None:
        return []
    among = ROWS.filter(series=one.series, start__gt=one.start).exclude(state=EngagementState.HELD)
    found = [(each, order_of(each, what, now=now)) for each in among.order_by("start", "pk")[:60]]
    return [(each, order) for each, order in found if order is not None]


def send_each(request: HttpRequest, chosen: list[Engagement], what: str, *, now: datetime) -> None:
    """What cannot be sent for one stops no other."""
    made: list[Notice] = []
    for each in chosen:
        try:
            made += SENDS[what](each, by=request.user, now=now)
        except NotAllowed as error:
            messages.error(request, str(error))
            if each == chosen[0]:
                return
    say_what_became(request, made, what)


def say_what_became(request: HttpRequest, made: list[Notice], what: str) -> None:
    waiting = [notice for notice in made if notice.state != NoticeState.RELEASED]
    going = sum(notice.messages.waiting().count() for notice in made if notice.state == NoticeState.RELEASED)
    if going:
        mails = "1 mail goes" if going == 1 else f"{going:,} mails go"
        messages.success(request, f"{mails} out now.")
    if waiting:
        messages.success(request, "It goes to many people, so somebody else has to approve it first.")
    if not made:
        messages.info(request, NOTHING[what])


def asked(request: HttpRequest, one: Engagement, order: Order, others: list, *, now: datetime) -> dict:
    people = Person.objects.filter(pk__in=order.people).order_by("name", "pk")
    first = list(people[:FIRST])
    seen = preview(one, order, first[0] if first else None, by=request.user, now=now)
    return {
        "engagement": one,
        "upgrade": one.upgrade,
        "order": order,
        "title": TITLES[order.name],
        "first_five": first,
        "now": now,
        "envelope": seen,
        "warnings": warnings(one, order, now=now),
        "others": len(others),
        "others_mails": sum(each.number for _, each in others),
    }


def preview(one: Engagement, order: Order, reader: Person | None, *, by, now: datetime):
    if reader is None:
        return None
    return renderer.preview(meetings.example(one, order.kind, reader=reader, by=by), person=reader, now=now)


def warnings(one: Engagement, order: Order, *, now: datetime) -> list[str]:
    said = []
    if order.number > approve.MANY:
        said.append(f"It goes to more than {approve.MANY} people, so somebody else has to approve it first.")
    if time.is_outside_working_hours(now, zone=one.upgrade.time_zone):
        said.append("It is outside working hours at the place of the upgrade.")
    return said
