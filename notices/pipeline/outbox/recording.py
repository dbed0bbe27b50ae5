"""What came of one attempt. Nothing is written for a message that is somebody else's by now."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from notices.enums import MessageState, ReceiptKind
from notices.models import Message

MOST_ATTEMPTS = 30  # about a day with the waiting times of deliver

SENT = """
WITH recorded AS (
    UPDATE notices_message
    SET state = 'sent', sent_at = %(now)s, sha256 = %(digest)s, lease_until = NULL, reason = ''
    WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s RETURNING id)
INSERT INTO notices_receipt (message_id, kind, event, detail, at)
SELECT id, %(kind)s, '', %(detail)s, %(now)s FROM recorded
ON CONFLICT (message_id, kind, event) DO UPDATE SET detail = excluded.detail, at = excluded.at
"""


def record_sent(message: Message, *, digest: bytes, detail: str, now: datetime) -> bool:
    """In one round trip, with the answer of the next hop. False: the lease ran out, and it goes out once more."""
    params: dict[str, Any] = {"id": message.pk, "attempts": message.attempts, "now": now, "digest": digest}
    with connection.cursor() as cursor:
        cursor.execute(SENT, params | {"detail": detail[:500], "kind": ReceiptKind.ACCEPTED})
        return cursor.rowcount == 1


def record_later(message: Message, *, until: datetime, reason: str) -> bool:
    values = {"state": MessageState.DEFERRED, "not_before": until, "reason": reason[:300], "lease_until": None}
    return bool(mine(message).update(**values))


def record_failed(message: Message, *, reason: str) -> bool:
    return bool(mine(message).update(state=MessageState.FAILED, reason=reason[:300], lease_until=None))


def mine(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, state=MessageState.SENDING, attempts=message.attempts)
