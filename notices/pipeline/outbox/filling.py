"""An approved notice becomes messages, by one statement for each channel."""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import JSONObject
from structlog.contextvars import bound_contextvars

from feedback import inviting
from feedback.models import Invitation
from notices import variants
from notices.enums import PUT_RIGHT, UNHURRIED, URGENT, NoticeState, Priority
from notices.models import Notice, Revision
from notices.pipeline import approve, audience, hours, ledger, render
from notices.pipeline.approve import NotAllowed
from notices.pipeline.hours import Waiting
from notices.pipeline.ledger import Differences
from notices.pipeline.outbox.obstacles import LEFT
from notices.pipeline.schedule import fate
from stakeholders import insiders
from stakeholders.enums import ReaderLevel

log = logging.getLogger(__name__)

KNOWS = "knows it already"  # by the time it goes out


def fill_due(*, now: datetime) -> int:
    """Releases what is approved and due. One notice that fails stops no other: it says why, and is tried again."""
    return sum(_fill_safely(notice, now=now) for notice in Notice.objects.due(now).order_by("send_at", "pk"))


def _fill_safely(notice: Notice, *, now: datetime) -> int:
    with bound_contextvars(notice=notice.pk, upgrade=notice.upgrade_id):
        try:
            with transaction.atomic():
                return fill(notice, now=now) if _is_due(approve.lock(notice), now=now) else 0
        except NotAllowed as error:
            return _not_released(notice, str(error))
        except Exception as error:
            log.exception("notice not filled: notice=%s", notice.pk)
            return _not_released(notice, f"It could not be released: {error}")


def _not_released(notice: Notice, reason: str) -> int:
    Notice.objects.filter(pk=notice.pk, state=NoticeState.APPROVED).update(reason=reason[:300])
    return 0


def _is_due(row: Notice, *, now: datetime) -> bool:
    """Somebody may have given it another time since it was found, or opened the decision again that it waits for. And
    what was missed already when it came must not slip in behind the stage that looks for it."""
    return row.send_at is not None and row.send_at <= now and not fate.missed(row, now=now)


@transaction.atomic
def fill(notice: Notice, *, now: datetime) -> int:
    """Makes the messages of an approved notice, whatever its time, and releases it. Returns how many messages.

    All in one transaction behind the lock of the notice, so ten fills at once release it once. Nothing happens to a
    notice whose facts are no longer what was approved; approve.refresh() deals with it.
    """
    row = approve.lock(notice)
    revision = row.approved_revision
    if row.state != NoticeState.APPROVED or row.is_paused or not revision or not approve.is_approved_as_it_is(row):
        return 0
    if row.survey and (obstacle := inviting.obstacle(row.survey, at=now)):
        raise NotAllowed(obstacle)
    if obstacle := approve.outgrown(row, now=now):
        raise NotAllowed(obstacle)
    released: dict[str, Any] = {
        "state": NoticeState.RELEASED,
        "released_at": now,
        "reason": "",
        "release": render.release_of(row, now=now),
    }
    revision.notice = row
    told = ledger.differences(revision, now=now)
    released["release"] |= {"told": told.rows} if told.rows else {}
    Notice.objects.filter(pk=row.pk).update(**released)
    channels = audience.sent_over(revision)
    waiting = hours.waiting(row, at=now, rules=hours.rules(), clocks=hours.clocks())
    count = sum(_fill_channel(revision, channel, told, waiting, now=now) for channel in channels)
    _follow_the_register(row)
    log.info("notice filled: notice=%s messages=%s", row.pk, count)
    return count


FILL = """
INSERT INTO notices_message (notice_id, variant_id, person_id, channel, state, reason, address, "values", priority,
                             not_before, created_at, attempts)
SELECT %s, chosen.variant, chosen.id, %s, CASE why.reason WHEN '' THEN 'queued' ELSE 'skipped' END,
       COALESCE(NULLIF(why.reason, ''), wall.why, ''),
       chosen.address, chosen.personal || jsonb_strip_nulls(jsonb_build_object(
           'told', told.key, 'digest', NULLIF(wall.is_gathered, false))), %s,
       GREATEST(%s, COALESCE(wall.moment, %s)), %s, 0
FROM ({people}) AS chosen (id, reason, address, variant, personal, clock)
LEFT JOIN unnest(%s::bigint[], %s::text[]) AS told (person, key) ON told.person = chosen.id
LEFT JOIN ({over}) AS over (person) ON over.person = chosen.id
LEFT JOIN unnest(%s::text[], %s::boolean[], %s::timestamptz[], %s::text[], %s::boolean[])
    AS wall (clock, is_over, moment, why, is_gathered)
    ON wall.clock = chosen.clock AND wall.is_over = (over.person IS NOT NULL)
CROSS JOIN LATERAL (
    SELECT CASE WHEN chosen.reason = '' AND told.key IS NULL THEN %s ELSE chosen.reason END) AS why (reason)
ON CONFLICT (notice_id, person_id, channel) DO NOTHING
"""
NOBODY = "SELECT NULL::bigint WHERE false"


def _columns(waiting: Waiting) -> list[list[Any]]:
    """A row for each clock and for each side of the cap."""
    keys = [(clock, is_over) for clock in waiting.clocks for is_over in (False, True)]
    held = [waiting.of(clock, is_over=is_over) for clock, is_over in keys]
    return [
        [clock for clock, _ in keys],
        [is_over for _, is_over in keys],
        [one.until for one in held],
        [one.why for one in held],
        [one.is_gathered for one in held],
    ]


def _over(notice: Notice, waiting: Waiting, *, now: datetime) -> tuple[str, list[Any]]:
    """Who has had their share of the week, where that holds this one back."""
    return hours.over_the_cap(notice=notice.pk, most=waiting.most, now=now) if waiting.most else (NOBODY, [])


def _fill_channel(revision: Revision, channel: str, told: Differences, waiting: Waiting, *, now: datetime) -> int:
    notice = revision.notice
    today = audience.day_at(notice.upgrade, now)
    people = audience.recipients(revision, channel=channel, on=today).order_by("pk")
    if notice.survey:
        inviting.invite(notice.survey, people.filter(Q(skip_reason="")))
    chosen = people.annotate(variant=_variant(revision), personal=_personal(notice), clock=hours.CLOCK)
    rows = chosen.values_list("pk", "skip_reason", audience.address_over(channel), "variant", "personal", "clock")
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return 0
    over, counted = _over(notice, waiting, now=now)
    values: list[Any] = [notice.pk, channel, priority_of(notice), now, waiting.otherwise, now, *params]
    values += [list(told.of_person), list(told.of_person.values()), *counted, *_columns(waiting)]
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(people=sql, over=over), [*values, KNOWS if notice.kind in PUT_RIGHT else ""])
        return cursor.rowcount


MERGED = """
UPDATE notices_message message SET person_id = person.merged_into_id
FROM stakeholders_person person
WHERE message.notice_id = %(notice)s AND person.id = message.person_id AND person.merged_into_id IS NOT NULL
  AND message.id = (
      SELECT other.id FROM notices_message other JOIN stakeholders_person whose ON whose.id = other.person_id
      WHERE other.notice_id = message.notice_id AND other.channel = message.channel
        AND person.merged_into_id IN (whose.id, whose.merged_into_id)
      ORDER BY whose.merged_into_id NULLS FIRST, other.id LIMIT 1)
"""
GONE = """
UPDATE notices_message message SET state = 'skipped', reason = %(reason)s, address = '', "values" = '{}'
FROM stakeholders_person person
WHERE message.notice_id = %(notice)s AND person.id = message.person_id
  AND (person.erased_at IS NOT NULL OR person.merged_into_id IS NOT NULL)
"""


def _follow_the_register(notice: Notice) -> None:
    """Whoever merges or erases somebody holds that person. The check of the keys waits for them, keeps later ones
    waiting for us, and only then one sees what happened since the fill began."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(MERGED, {"notice": notice.pk})
        cursor.execute(GONE, {"notice": notice.pk, "reason": LEFT})


def _variant(revision: Revision) -> Case:
    """The rule of notices.variants, for every language and level there is."""
    texts = list(revision.variants.order_by("pk"))

    def pick(language: str, level: str) -> Value:
        return Value(variants.best(texts, language=language, level=level).pk)

    languages = sorted({text.language for text in texts})
    exact = [
        When(language=language, reader_level=level, then=pick(language, level))
        for language in languages
        for level in ReaderLevel.values
    ]
    others = [When(reader_level=level, then=pick("", level)) for level in ReaderLevel.values]
    return Case(*exact, *others, default=pick("", ReaderLevel.PLAIN), output_field=BigIntegerField())


def _personal(notice: Notice) -> JSONObject:
    invitation = Invitation.objects.filter(survey=notice.survey_id, person=OuterRef("pk")).values("pk")
    return JSONObject(
        name="name",
        zone="time_zone",
        invite="wants_invitations",
        is_list="is_list",
        language="language",
        level="reader_level",
        outside=~insiders.inside(),
        invitation=Subquery(invitation) if notice.survey_id else Value(None, output_field=BigIntegerField()),
    )


def priority_of(notice: Notice) -> Priority:
    if notice.is_urgent or notice.kind in URGENT:
        return Priority.URGENT
    return Priority.UNHURRIED if notice.kind in UNHURRIED else Priority.USUAL
