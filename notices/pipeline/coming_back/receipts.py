"""What comes back. Every receipt is stored once, however often it is reported; `event` is the reporter's own id for it.

Told means got through: a message that bounced has told nobody anything (MessageQuerySet.told).
"""

from datetime import datetime

from django.db import transaction

from notices.enums import MessageState, ReceiptKind
from notices.models import Message, Receipt
from stakeholders.enums import AddressState, Channel, Topic
from stakeholders.models import Address, Person

OUT = [MessageState.SENDING, MessageState.SENT]


def acknowledge(message: Message, *, now: datetime) -> bool:
    """The first time counts. False when it was acknowledged before."""
    return _store(message, ReceiptKind.ACKNOWLEDGED, now=now)


@transaction.atomic
def unsubscribe(message: Message, topic: str, *, now: datetime) -> bool:
    """Whoever has the message declines the topic for its person. Raises ValueError for what nobody can decline."""
    topic = Topic(topic)
    person = Person.objects.held(message.person_id)
    if not person.erased_at:
        person.opt_out(topic)
    return _store(message, ReceiptKind.UNSUBSCRIBED, event=topic, now=now)


@transaction.atomic
def subscribe_again(message: Message, topic: str) -> None:
    Person.objects.held(message.person_id).opt_in(topic)


@transaction.atomic
def bounce(
    message: Message, *, permanent: bool, detail: str, now: datetime, event: str = "", spare_address: bool = False
) -> bool:
    """For good: the message has told nobody, and nothing more goes to this address until somebody corrects it, unless
    the address is to be spared: its mailbox was full, or we were the trouble. A temporary bounce is noted; the mail
    server that reported it still tries."""
    detail = _without_traces(message, detail)
    if permanent:
        out = Message.objects.filter(pk=message.pk, state__in=OUT)
        out.update(state=MessageState.BOUNCED, reason=detail[:300], lease_until=None)
        if not spare_address:
            give_up_address(message)
    return _store(message, ReceiptKind.BOUNCED, event=event, detail=detail, now=now)


@transaction.atomic
def complain(message: Message, *, detail: str, now: datetime, event: str = "") -> bool:
    """Somebody pressed "this is spam". It was read, so it counts as told; nothing more goes to this address. On a
    mailing list it was one of many, who must not silence the others: it is only noted."""
    detail = _without_traces(message, detail)
    if not Person.objects.held(message.person_id).is_list:
        _mark(message, AddressState.COMPLAINED)
    return _store(message, ReceiptKind.COMPLAINED, event=event, detail=detail, now=now)


def give_up_address(message: Message) -> None:
    """Until somebody corrects it."""
    _mark(message, AddressState.BOUNCED)


def _mark(message: Message, state: AddressState) -> None:
    """The address that was used; the person may have another one by now, or have become another one."""
    person = Person.objects.held(message.person_id)
    if message.channel == Channel.EMAIL:
        Person.objects.filter(pk=person.pk, email__iexact=message.address).update(email_state=state)
    else:
        own = Address.objects.filter(person=person, channel=message.channel, address=message.address)
        own.update(state=state)


def _without_traces(message: Message, detail: str) -> str:
    """A bounce that comes after an erasure would bring the address back."""
    is_erased = Person.objects.filter(pk=message.person_id, erased_at__isnull=False).exists()
    return "" if is_erased else detail


def _store(message: Message, kind: ReceiptKind, *, now: datetime, event: str = "", detail: str = "") -> bool:
    key = {"message": message, "kind": kind, "event": event[:200]}
    _, is_new = Receipt.objects.get_or_create(**key, defaults={"detail": detail[:500], "at": now})
    return is_new
