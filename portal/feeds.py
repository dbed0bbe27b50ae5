"""What people with an account subscribe to in their own calendar: windows, also tentative ones, engagements and
critical days. The entries are those of the mails: same UID, same SEQUENCE. What is cancelled stays, marked as such.

Nothing here depends on the moment of asking but the stretch of time, so that the same content has the same ETag."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import translation

from engagement.models import Engagement, Participant
from notices.audiences.affecting import milestones_affecting
from notices.channels import calendar
from notices.enums import NoticeKind
from notices.pipeline.render import meeting
from portal import calendars, windows
from stakeholders.models import Person
from upgrades import reach
from upgrades.models import CriticalDays, CriticalDaysQuerySet, Milestone, Service, Upgrade
from upgrades.reach import Reach, Thing

AROUND = timedelta(days=366)  # back and ahead
FRESH_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Feed:
    """`protects`: of the critical days, those that touch any of it (and everybody's). None: all of them; empty: none
    but everybody's."""

    name: str
    milestones: QuerySet[Milestone]
    engagements: QuerySet[Engagement]
    critical_days: CriticalDaysQuerySet
    touches: Reach | None = None

    def written(self, *, now: datetime) -> bytes:
        with translation.override("en"):
            events = [*self._windows(now), *self._meetings(now), *self._critical_days(now)]
            return calendar.feed(events, name=self.name, fresh_for=FRESH_FOR)

    def _windows(self, now: datetime) -> Iterable[calendar.Event]:
        near = Q(start__lt=now + AROUND) & (Q(end__gte=now - AROUND) | Q(start__gte=now - AROUND))
        found = _with_stamp(self.milestones.filter(near)).order_by("start", "pk")
        for one in found.prefetch_related("services", "sites", "upgrade__services"):  # all windows share one upgrade
            row = windows.of_milestone(one, reader_zone="", language="en", now=now)
            url = settings.BASE_URL + one.upgrade.get_absolute_url()
            yield calendars.event_of(row, stamp=one.stamp or one.start, url=url, zone=one.upgrade.time_zone)

    def _meetings(self, now: datetime) -> Iterable[calendar.Event]:
        near = self.engagements.filter(start__lt=now + AROUND, end__gte=now - AROUND)
        rows = _with_stamp(near).select_related("upgrade", "host", "milestone").order_by("start", "pk")
        for one in rows:
            kind = NoticeKind.MEETING_OFF if one.is_cancelled else NoticeKind.MEETING
            entry = meeting.entry(one, language="en", stamp=one.stamp or one.created_at, kind=kind)
            yield replace(
                entry,
                categories=tuple(entry.categories),
                is_busy=False,
                url=settings.BASE_URL + one.get_absolute_url(),
            )

    def _critical_days(self, now: datetime) -> Iterable[calendar.Event]:
        found = list(_with_stamp(self.critical_days.between(now - AROUND, now + AROUND)).order_by("start", "pk"))
        scopes = reach.of_critical_days(found)
        for one in found:
            scope = scopes.get(one.pk, reach.NOTHING)
            if self.touches is None or not scope or scope & self.touches:
                yield _of_critical_days(one, scope)


def _of_critical_days(entry: CriticalDays, scope: Reach) -> calendar.Event:
    return calendar.Event(
        uid=f"critical-days-{entry.pk}@{settings.BASE_HOST}",
        sequence=max(0, entry.changes - 1),  # type: ignore[attr-defined]  # see _with_stamp
        stamp=entry.stamp or entry.created_at,  # type: ignore[attr-defined]
        start=entry.start,
        end=entry.end,
        zone=entry.time_zone,
        status="confirmed",
        summary=f"{entry.name} ({entry.get_freeze_display().lower()})",
        description=f"Critical days for {', '.join(sorted(thing.name for thing in scope)) or 'everybody'}",
        categories=("Critical days",),
        is_all_day=_is_all_day(entry),
    )


def _is_all_day(entry: CriticalDays) -> bool:
    place = ZoneInfo(entry.time_zone)
    return all(moment.astimezone(place).time() == time.min for moment in (entry.start, entry.end))


def _with_stamp(rows):
    """Adds when it was last changed, and how often."""
    events = rows.model.pgh_event_model.objects.filter(pgh_obj=OuterRef("pk"))
    counted = events.order_by().values("pgh_obj").annotate(number=Count("pk")).values("number")
    return rows.annotate(
        stamp=Subquery(events.order_by("-pgh_id").values("pgh_created_at")[:1]),
        changes=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
    )


# Which there are


def of_everything() -> Feed:
    everything = (Milestone.objects.all(), Engagement.objects.all(), CriticalDays.objects.all())
    return Feed(f"Upgrades of {settings.ORGANISATION}", *everything)


def of_upgrade(upgrade: Upgrade) -> Feed:
    milestones, engagements = Milestone.objects.filter(upgrade=upgrade), Engagement.objects.filter(upgrade=upgrade)
    touched = reach.NOTHING.union(*reach.of_milestones(milestones).values())
    return Feed(upgrade.name, milestones, engagements, CriticalDays.objects.all(), touched)


def of_service(service: Service) -> Feed:
    milestones = Milestone.objects.touching(service)
    engagements = Engagement.objects.filter(upgrade__in=Upgrade.objects.touching(service))
    touched = {Thing("service", service.pk, service.name)}
    touched |= {Thing("group", one.pk, one.name) for one in service.users.all()}
    touched |= {Thing("site", one.pk, one.name) for one in service.sites.all()}
    return Feed(service.name, milestones, engagements, CriticalDays.objects.all(), frozenset(touched))


def of_person(person: Person) -> Feed:
    """Windows that affect them, and engagements that they are invited to."""
    invited = Participant.objects.invited().filter(person=person).values("engagement")
    engagements = Engagement.objects.filter(pk__in=invited)
    return Feed(f"What concerns {person}", milestones_affecting(person), engagements, CriticalDays.objects.none())
