"""What the mail server of the college took in the past: written and digested like any mail, but sent to nobody."""

import hashlib
import random
from datetime import datetime, timedelta

from django.db import connection

from notices.channels import KINDS
from notices.models import Message, Notice
from notices.pipeline import receipts, render

BOUNCES = 0.004
REFUSALS = ("550 5.1.1 No such user here", "550 5.2.1 Mailbox disabled", "550 5.4.1 Recipient address rejected")
RECORD = """
UPDATE notices_message
SET state = 'sent', sent_at = taken.at, sha256 = taken.digest, attempts = 1, answer = '250 2.0.0 Ok: queued'
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
    for message in chance.sample(messages, round(len(messages) * BOUNCES)):
        refusal = chance.choice(REFUSALS)
        receipts.bounce(
            Message.objects.get(pk=message.pk), permanent=True, detail=refusal, now=at + timedelta(minutes=2)
        )


def _digest(message: Message) -> bytes:
    return hashlib.sha256(KINDS[message.channel].build(render.of_message(message))).digest()
