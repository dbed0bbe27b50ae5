"""The log of conversations: all of them, those of one upgrade, and one with all that is known of it."""

from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commsplan.lib import csv, time
from commsplan.lib.htmx import page
from engagement import planning, saying, storyline, telling, warnings
from engagement.enums import Rsvp
from engagement.forms.filter import EngagementFilter
from engagement.models import Engagement, FollowUp
from upgrades.models import Upgrade

PER_PAGE = 40
SHOWN = 100  # participants on the page; the check-in page has them all
FACES = 24
EXPORTED = (
    *("title", "kind", "state", "upgrade", "milestone", "start", "end", "time_zone", "place", "host"),
    *("invited", "coming", "before_the_change", "attended", "topics", "notes"),
)


@require_GET
def engagements(request):
    now = timezone.now()
    filters = EngagementFilter(request.GET)
    context = listed(request, filters, Engagement.objects.all(), now=now) | promises(request.user, now=now)
    return page(request, "engagement/engagements.html", context, partial="rows")


@require_GET
def of_upgrade(request, slug):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    filters = EngagementFilter(request.GET, upgrade=upgrade)
    context = listed(request, filters, upgrade.engagements.all(), now=now) | {"upgrade": upgrade}
    return page(request, "engagement/upgrade_engagements.html", context, partial="rows")


def listed(request, filters: EngagementFilter, among, *, now) -> dict:
    found = filters.filter(among, now=now).with_counts().select_related("upgrade", "milestone", "host")
    unseen = {when: filters.in_time(among, when, now=now).count() for when in ("to_record", "past", "")}
    return {
        "filters": filters,
        "engagements": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "when": filters.chosen.get("when", ""),
        "counts": {"upcoming": unseen[""], "to_record": unseen["to_record"], "past": unseen["past"]},
        "now": now,
    }


def promises(account, *, now) -> dict:
    """What is open for this account, the most urgent first; its day is over where the reader is."""
    today = timezone.localdate(now)
    mine = FollowUp.objects.open().owned_by(account).select_related("engagement__upgrade", "owner", "person").soonest()
    everybody = FollowUp.objects.overdue(today).exclude(owner=account)
    return {
        "mine": dated(mine[:20], today=today),
        "mine_count": mine.count(),
        "overdue": list(everybody.select_related("engagement__upgrade", "owner", "person").soonest()[:20]),
    }


def dated(follow_ups, *, today) -> list[tuple[FollowUp, bool]]:
    """Each with whether it is overdue."""
    return [(one, one.is_overdue(today)) for one in follow_ups]


@require_GET
def engagements_export(request):
    return export(EngagementFilter(request.GET), Engagement.objects.all())


@require_GET
def of_upgrade_export(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    return export(EngagementFilter(request.GET, upgrade=upgrade), upgrade.engagements.all())


def export(filters: EngagementFilter, among):
    found = filters.filter(among, now=timezone.now()).with_counts().select_related("upgrade", "milestone", "host")
    return csv.download("engagements", EXPORTED, (row_of(one) for one in found.iterator(chunk_size=500)))


def row_of(one: Engagement) -> list:
    shown = {
        "kind": one.get_kind_display(),
        "state": one.get_state_display(),
        "start": time.full(one.start, zone=one.time_zone),
        "end": time.full(one.end, zone=one.time_zone),
    }
    return [shown[name] if name in shown else getattr(one, name) for name in EXPORTED]


@require_GET
def engagement(request, pk):
    rows = Engagement.objects.select_related("upgrade", "milestone__upgrade", "host")
    return render(request, "engagement/engagement.html", context_of(get_object_or_404(rows, pk=pk), now=timezone.now()))


def context_of(one: Engagement, *, now) -> dict:
    """All that its page shows. Needs upgrade, milestone and host."""
    participants = one.participants.select_related("person").order_by("person__name", "pk")
    numbers = counts(one)
    values = telling.known(one.upgrade)
    tellings = list(one.tellings.select_related("recorded_by", "voided_by").order_by("-at", "-pk"))
    return {
        "engagement": one,
        "upgrade": one.upgrade,
        "now": now,
        "has_begun": one.start <= now,
        "is_over": one.is_over(now),
        "counts": numbers,
        "places_left": planning.places_left(one),
        "answers": answers(participants),
        "without_a_place": list(one.participants.without_a_place().select_related("person")[:SHOWN]),
        "there": list(participants.attended()[:FACES]),
        "tellings": [(told, saying.of_telling(told, upgrade=one.upgrade, values=values)) for told in tellings],
        "follow_ups": dated(
            one.follow_ups.select_related("owner", "person").order_by(*OPEN_FIRST), today=timezone.localdate(now)
        ),
        "warnings": warnings.of_engagement(one) if one.is_planned and one.start > now else [],
        "series": series(one),
        "story": storyline.of_engagement(one),
    }


OPEN_FIRST = (F("done_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "pk")


def counts(one: Engagement) -> dict:
    return one.participants.aggregate(
        invited=Count("pk", filter=Q(is_invited=True)),
        coming=Count("pk", filter=Q(rsvp=Rsvp.YES)),
        walked_in=Count("pk", filter=Q(is_invited=False, attended=True)),
        absent=Count("pk", filter=Q(attended=False)),
        unknown=Count("pk", filter=Q(attended=None)),
        attended=Count("pk", filter=Q(attended=True)),  # last: from here on the name means this number
    )


def answers(participants) -> list[dict]:
    """Those who were asked, by what they answered."""
    invited = participants.invited().select_related("person", "engagement")
    shown = []
    for rsvp in (Rsvp.YES, Rsvp.MAYBE, Rsvp.NO, Rsvp.NONE):
        some = invited.filter(rsvp=rsvp)
        before = some.before_the_change().count()
        shown.append({"rsvp": rsvp, "count": some.count(), "before": before, "people": list(some[:SHOWN])})
    return shown


def series(one: Engagement) -> list[Engagement]:
    if one.series is None:
        return []
    return list(Engagement.objects.filter(series=one.series).order_by("start", "pk"))
