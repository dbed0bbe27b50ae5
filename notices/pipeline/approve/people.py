"""Whom it goes to, as seen by those who approve it."""

from datetime import datetime

from django.db.models import QuerySet

from notices.models import Notice, Revision
from notices.pipeline import audience
from stakeholders.models import Person


def size_of(source: Notice | Revision, *, now: datetime | None = None) -> int:
    return _people(source, now=now).count()


def keys(revision: Revision, *, now: datetime) -> list[int]:
    return list(_people(revision, now=now).values_list("pk", flat=True))


def _people(source: Notice | Revision, *, now: datetime | None) -> QuerySet[Person]:
    notice = source.notice if isinstance(source, Revision) else source
    people = audience.resolve(
        source.audience,
        upgrade=notice.upgrade,
        milestone=notice.milestone,
        survey=notice.survey,
        on=audience.day_of(notice, now=now),
    )
    return people.order_by()
