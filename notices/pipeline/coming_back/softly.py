"""When an address is given up although no server says that nobody is there.

A full mailbox or a server that does not answer may be well tomorrow. Once SOFT_BOUNCES messages have come back within
SOFT_DAYS, over at least SOFT_SPAN, and none got through in between, it will not.
"""

from datetime import datetime, timedelta

from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Receipt

SOFT = "soft"  # the event of such receipts: one for each message
SOFT_BOUNCES = 3
SOFT_DAYS = timedelta(days=14)
SOFT_SPAN = timedelta(days=3)
SETTLED = timedelta(days=1)  # what was sent that long ago and did not come back got through


def is_over(message: Message, *, now: datetime) -> bool:
    theirs = Message.objects.filter(person=message.person_id, channel=message.channel, address__iexact=message.address)
    soft = Receipt.objects.filter(kind=ReceiptKind.BOUNCED, event=SOFT, at__gt=now - SOFT_DAYS, message__in=theirs)
    through = theirs.filter(state=MessageState.SENT, sent_at__gt=now - SOFT_DAYS, sent_at__lte=now - SETTLED)
    last = through.order_by("-sent_at").values_list("sent_at", flat=True).first()
    since = soft.filter(message__sent_at__gt=last) if last else soft
    moments = sorted(since.values_list("at", flat=True))
    return len(moments) >= SOFT_BOUNCES and moments[-1] - moments[0] >= SOFT_SPAN
