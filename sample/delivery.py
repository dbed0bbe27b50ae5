"""What the mail server of the college took in the past, and what came back.

Written and digested like any mail, but sent to nobody.
"""

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from notices.bounces import About, Kind, Report
from notices.channels import KINDS
from notices.models import Message, Notice
from notices.pipeline import render
from notices.pipeline.coming_back import taking

BOUNCES = 0.004
AWAY = 0.003
LARGE = 1_000
DELAYED = "451 4.4.1 Connection timed out; the server tries again for four days"
REFUSALS = ("550 5.1.1 No such user here", "550 5.2.1 Mailbox disabled", "550 5.4.1 Recipient address rejected")
RECORD = """
UPDATE notices_message
SET state = 'sent', reason = '', sent_at = taken.at, sha256 = taken.digest, attempts = 1,
    answer = '250 2.0.0 Ok: queued'
FROM unnest(%s::bigint[], %s::bytea[], %s::timestamptz[]) AS taken (id, digest, at)
WHERE notices_message.id = taken.id
"""


def deliver(notice: Notice, *, at: datetime, chance: random.Random) -> None:
    """Records every waiting message of a released notice as sent at `at`, forty a second; a few bounce."""
    waiting = Message.objects.waiting().filter(notice=notice.pk)
    messages = list(waiting.prefetch_related("notice", "variant__revision").order_by("pk"))
    rows = [
        (message.pk, _digest(message), at + timedelta(seconds=place / 40)) for place, message in enumerate(messages, 1)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(RECORD, [*map(list, zip(*rows, strict=True))])
    unknown = chance.sample(messages, round(len(messages) * BOUNCES))
    for message in unknown:
        refusal = chance.choice(REFUSALS)
        _take(message, Kind.BOUNCE, refusal, status=refusal.split()[1], about=About.ADDRESS, at=at)
    _answer_by_themselves([one for one in messages if one not in unknown], at=at)


def _answer_by_themselves(messages: Sequence[Message], *, at: datetime) -> None:
    """Some people are away, and now and then a server is. It changes nothing."""
    others = random.Random(at.timestamp())
    for message in others.sample(messages, round(len(messages) * AWAY)):
        subject = others.choice(("Out of office", "Abwesenheitsnotiz", "Absence du bureau"))
        _take(message, Kind.AUTO_REPLY, f"{subject}: {message.notice.title}", at=at)
    if len(messages) > LARGE:
        _take(others.choice(messages), Kind.DELAYED, DELAYED, status="4.4.1", about=About.ROUTE, at=at)


def _take(message: Message, kind: Kind, detail: str, *, at: datetime, status: str = "", about=About.UNKNOWN) -> None:
    report = Report(
        kind=kind,
        address=message.address,
        is_permanent={Kind.BOUNCE: True, Kind.DELAYED: False}.get(kind),
        status=status,
        about=about,
        detail=detail,
        key=message.pk,
    )
    taking.take_report(report, identity=f"sample {message.pk}", source="imap", now=at + timedelta(minutes=2))


def _digest(message: Message) -> bytes:
    return hashlib.sha256(KINDS[message.channel].build(render.of_message(message))).digest()
