"""What the mail server of the college took in the past: written and digested like any mail, but sent to nobody."""

import hashlib
import random
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import prefetch_related_objects

from notices.channels import SENDERS
from notices.enums import ReceiptKind
from notices.models import Message, Notice
from notices.pipeline import outbox, receipts, render

BOUNCES = 0.004
REFUSALS = ("550 5.1.1 No such user here", "550 5.2.1 Mailbox disabled", "550 5.4.1 Recipient address rejected")
RECORD = """
WITH recorded AS (
    UPDATE notices_message SET state = 'sent', sent_at = taken.at, sha256 = taken.digest, attempts = 1
    FROM unnest(%s::bigint[], %s::bytea[], %s::timestamptz[]) AS taken (id, digest, at)
    WHERE notices_message.id = taken.id RETURNING notices_message.id, taken.at)
INSERT INTO notices_receipt (message_id, kind, event, detail, at)
SELECT id, %s, '', '250 2.0.0 Ok: queued', at FROM recorded
"""


def deliver(notice: Notice, *, at: datetime, chance: random.Random) -> None:
    """Records every waiting message of a released notice as sent at `at`, forty a second; a few bounce."""
    messages = list(Message.objects.waiting().filter(notice=notice.pk).order_by("pk"))
    prefetch_related_objects(messages, *outbox.NEEDED_TO_RENDER)
    rows = [
        (message.pk, _digest(message), at + timedelta(seconds=place / 40)) for place, message in enumerate(messages, 1)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(RECORD, [*map(list, zip(*rows, strict=True)), ReceiptKind.ACCEPTED])
    for message in chance.sample(messages, round(len(messages) * BOUNCES)):
        refusal = chance.choice(REFUSALS)
        receipts.bounce(
            Message.objects.get(pk=message.pk), permanent=True, detail=refusal, now=at + timedelta(minutes=2)
        )


def _digest(message: Message) -> bytes:
    sender = SENDERS[message.channel]()
    return hashlib.sha256(sender.build(render.of_message(message))).digest()
