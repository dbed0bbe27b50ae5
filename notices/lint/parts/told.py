"""What people were told, and no longer holds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection

from engagement.models import Participant
from engagement.models import Telling as Conversation
from notices.audiences.crowds import Crowd, Crowds
from notices.enums import MessageState, NoticeState
from notices.lint.line import Line
from notices.models import Notice, Revision
from notices.pipeline import ledger
from notices.pipeline.ledger import sources, thresholds_of
from notices.pipeline.ledger.sources import Source
from upgrades.enums import Impact, Phase, Status
from upgrades.materiality import USUAL, Thresholds
from upgrades.models import Milestone, Stakeholder, Upgrade

MOST = 62  # notices: a bit each in a number of PostgreSQL; the last ones count

# People who were written to alike come together: asked is for each kind of them, not person by person.
MADE_OUT = """
SELECT tried, array_agg(person_id) FROM (
    SELECT coalesce(person.merged_into_id, person.id) AS person_id, bit_or(bit) AS tried
      FROM notices_message JOIN unnest(%(notices)s::bigint[], %(bits)s::bigint[]) AS one (notice, bit)
           ON one.notice = notice_id
           JOIN stakeholders_person person ON person.id = person_id
     WHERE notice_id = ANY(%(notices)s) AND state <> %(cancelled)s
     GROUP BY 1
) AS of_person GROUP BY tried
"""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Facts that `crowd` was told. `notice` is None for a conversation."""

    at: datetime
    facts: Mapping[str, Any]
    crowd: Crowd
    notice: Notice | None = None

    @property
    def kind(self) -> str:
        return self.notice.kind if self.notice else ""


@dataclass(frozen=True)
class Rival:
    """A window of another upgrade at the same time, with the names of what it touches."""

    milestone: Milestone
    services: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Told:
    """`tellings`: the newest first. `made_out`: by notice everybody who was meant to get it, whether it got through or
    not. `approved`: by notice the revision that somebody approved. `rivals`: windows of other running upgrades.
    `thresholds`: from when on a difference matters."""

    tellings: tuple[Telling, ...] = ()
    made_out: Mapping[int, Crowd] = field(default_factory=dict)
    approved: Mapping[int, Revision] = field(default_factory=dict)
    rivals: tuple[Rival, ...] = ()
    thresholds: Thresholds = USUAL


def load(
    upgrade: Upgrade,
    milestones: Sequence[Milestone],
    lines: Sequence[Line],
    stakeholders: Sequence[Stakeholder],
    crowds: Crowds,
    *,
    now: datetime,
) -> Told:
    notices = [line.notice for line in lines if line.notice]
    approved = _revisions(notices)
    out = sorted((one for one in notices if one.released_at), key=lambda one: (str(one.released_at), one.pk))[-MOST:]
    tellings = [*_letters(upgrade, crowds, now=now), *_conversations(upgrade, crowds)]
    newest_first = sorted(tellings, key=lambda one: (one.at, one.notice.pk if one.notice else 0), reverse=True)
    return Told(
        tellings=tuple(newest_first),
        made_out=_made_out(out, crowds),
        approved=approved,
        rivals=_rivals(upgrade, milestones),
        thresholds=thresholds_of([upgrade.pk]).get(upgrade.pk, USUAL),
    )


def _revisions(notices: Iterable[Notice]) -> dict[int, Revision]:
    states = (NoticeState.APPROVED, NoticeState.RELEASED)
    keys = [one.approved_revision_id for one in notices if one.approved_revision_id and one.state in states]
    rows = Revision.objects.filter(pk__in=keys).select_related("notice__step", "notice__upgrade", "notice__milestone")
    return {row.notice_id: row for row in rows.prefetch_related("variants").order_by("pk")}


def _letters(upgrade: Upgrade, crowds: Crowds, *, now: datetime) -> list[Telling]:
    """What notices told, or will in a moment; one that differs from reader to reader comes once for each difference."""
    reached: dict[tuple[int, int], Crowd] = defaultdict(int)
    letters: dict[tuple[int, int], Source] = {}
    for group in ledger.of_upgrade(upgrade, at=now, on_the_way=True):
        crowd = crowds.mark(group.people)
        for source in group.tellings:
            if source.notice:
                key = source.telling.key, source.telling.differences
                reached[key] |= crowd
                letters[key] = source
    return [
        Telling(at=one.notice.released_at or now, facts=one.facts, crowd=reached[key], notice=one.notice)
        for key, one in letters.items()
        if one.notice
    ]


def _made_out(notices: Sequence[Notice], crowds: Crowds) -> dict[int, Crowd]:
    """By notice for whom there were messages, whether these reached them or not."""
    made_out: dict[int, Crowd] = defaultdict(int)
    for tried, people in _rows([one.pk for one in notices]) if notices else ():
        crowd = crowds.mark(people)
        for number, notice in enumerate(notices):
            if tried >> number & 1:
                made_out[notice.pk] |= crowd
    return dict(made_out)


def _rows(notices: Sequence[int]) -> list[tuple[int, list[int]]]:
    values: dict[str, Any] = {
        "notices": list(notices),
        "bits": [1 << number for number in range(len(notices))],
        "cancelled": MessageState.CANCELLED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(MADE_OUT, values)
        return cursor.fetchall()


def _conversations(upgrade: Upgrade, crowds: Crowds) -> list[Telling]:
    """What was said to those who were there."""
    rows = list(Conversation.objects.valid().filter(engagement__upgrade=upgrade).order_by("pk"))
    there = Participant.objects.attended().filter(engagement__in={row.engagement_id for row in rows}).order_by()
    people = dict(there.values("engagement").annotate(all_of=ArrayAgg("person")).values_list("engagement", "all_of"))
    return [
        Telling(at=row.at, facts=sources.reliable(row.facts), crowd=crowds.mark(people.get(row.engagement_id, ())))
        for row in rows
    ]


def _rivals(upgrade: Upgrade, milestones: Sequence[Milestone]) -> tuple[Rival, ...]:
    """While any window of this one is ahead or under way."""
    mine = [one for one in milestones if not one.is_over]
    if not mine:
        return ()
    others = Milestone.objects.filter(upgrade__phase__in=[Phase.PLANNING, Phase.UNDER_WAY]).exclude(upgrade=upgrade)
    others = others.filter(
        status__in=[Status.TENTATIVE, Status.CONFIRMED, Status.IN_PROCESS], impact__gt=Impact.NO_IMPACT
    )
    near = others.filter(start__lt=max(one.last_moment for one in mine), end__gt=min(one.start for one in mine))
    rows = near.select_related("upgrade").prefetch_related("services", "upgrade__services").order_by("start", "pk")
    return tuple(
        Rival(row, [one.name for one in list(row.services.all()) or list(row.upgrade.services.all())]) for row in rows
    )
