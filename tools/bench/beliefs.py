"""How long the ledger of one upgrade takes: 100,000 people, 8 notices, 20 facts and more, and a date that moved."""

from datetime import timedelta

from django.db import connection

from notices.enums import NoticeState
from notices.insight import ledger as board
from notices.insight import ledger_matrix, ledger_person, ledger_short, ledger_summary, ledger_trend
from notices.models import Notice
from notices.pipeline import approve, ledger
from stakeholders.models import Person
from tools.bench.organisation import NOW
from tools.bench.reporting import report
from upgrades import rescheduling
from upgrades.models import Upgrade

NOTICES, SKIPS = 8, 7
DAY = timedelta(days=1)
MESSAGES = """
INSERT INTO notices_message (notice_id, variant_id, person_id, channel, state, reason, address, "values", priority,
                             not_before, created_at, attempts, sent_at, sha256)
SELECT %s, %s, id, 'email', 'sent', '', email, '{}', 0, %s, %s, 1, %s + (id / 600) * interval '1 minute', '\\x00'
FROM stakeholders_person WHERE archived_at IS NULL AND id %% %s <> %s;
"""


def measure() -> None:
    upgrade = Upgrade.objects.get(slug="upgrade-7")
    _tell(upgrade)
    first = upgrade.milestones.order_by("start")[0]
    rescheduling.move(first, start=first.start + DAY, end=first.last_moment + DAY)
    someone = Person.objects.get(pk=77_777)
    groups = ledger_matrix.groups_of(ledger_matrix.stakes(upgrade))
    found = board.board(upgrade, at=NOW, groups=groups)
    print(f"{len(found.ledger.groups)} histories, {len(found.facts)} facts: {ledger_summary.summary(found).sentence}")
    report("who believes what is wrong", lambda: ledger.wrong(upgrade, now=NOW))
    report("the same in one line", lambda: ledger_short.of(upgrade, now=NOW))
    report("matrix of the ledger", lambda: _matrix(upgrade))
    report("one person believes", lambda: ledger.of_person(someone, [upgrade.pk], at=NOW))
    report("one person, whole story", lambda: ledger_person.of(someone, upgrade, at=NOW))
    report("beliefs over time", lambda: ledger_trend.of(upgrade, now=NOW))


def _tell(upgrade: Upgrade) -> None:
    """One notice for each of the eight; of each some have not got it, others each time, so that histories differ."""
    notices = list(Notice.objects.filter(upgrade=upgrade).order_by("pk")[:NOTICES])
    with connection.cursor() as cursor:
        for number, notice in enumerate(notices):
            at = NOW - (20 - 2 * number) * DAY
            revision = approve.freeze(notice, by=notice.author, now=at)
            values = {"state": NoticeState.RELEASED, "released_at": at, "send_at": at}
            approval = {"approved_revision": revision, "approved_by": notice.author, "approved_at": at}
            Notice.objects.filter(pk=notice.pk).update(**values, **approval)
            variant = revision.variants.order_by("pk")[0].pk
            cursor.execute(MESSAGES, [notice.pk, variant, at, at, at, SKIPS, number % SKIPS])
        cursor.execute("ANALYZE notices_message")


def _matrix(upgrade: Upgrade) -> ledger_matrix.Matrix:
    rows = ledger_matrix.stakes(upgrade)
    found = board.board(upgrade, at=NOW, groups=ledger_matrix.groups_of(rows))
    ledger_summary.summary(found)
    audiences = ledger_matrix.audiences(found, rows)
    return ledger_matrix.matrix(found, audiences, ledger_matrix.blocks(found), query={}, wrong_only=False)
