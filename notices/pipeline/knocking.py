"""A test message to one address: does it let us in? It is no telling, and no message is stored."""

from contextlib import closing
from datetime import datetime
from time import monotonic

from django.conf import settings

from commsplan.lib import secrets
from notices.channels import KINDS
from notices.channels.base import Accepted, ChannelError, Envelope, Parcel
from notices.channels.kind import Kind
from notices.pipeline import outlets
from stakeholders import addresses
from stakeholders.models import Address, Person

PATIENCE = 30  # seconds


def knock(person: Person, channel: str, *, by, now: datetime) -> str:
    """What the other side said. Raises ChannelError with a sentence."""
    address = Address.objects.get(person=person, channel=channel)
    kind = KINDS[channel]
    letter = _letter(person, address.address, by=by, now=now)
    secret = addresses.secrets_of(channel, [person.pk]).get(person.pk, "")
    parcel = Parcel(key=0, bounce_to="", address=address.address, content=kind.build(letter), secret=secret)
    return _hand_over(kind, channel, parcel)


def _hand_over(kind: Kind, channel: str, parcel: Parcel) -> str:
    try:
        access = outlets.access(outlets.of(channel), connections=1)
    except secrets.CannotDecrypt as error:
        raise ChannelError(str(error), permanent=True) from error
    with closing(kind.open(access)) as post:
        post.put(parcel)
        ends = monotonic() + PATIENCE
        while monotonic() < ends:
            for _parcel, outcome in post.collect(1.0):
                if isinstance(outcome, Accepted):
                    return outcome.detail
                raise outcome
    raise ChannelError(f"No answer within {PATIENCE} seconds.", permanent=False, unknown=True)


def _letter(person: Person, address: str, *, by, now: datetime) -> Envelope:
    said = f"This is a test. {by} tried out whether notices get here. Nothing is planned, and there is nothing to do."
    return Envelope(
        key=0,
        address=address,
        name=person.name,
        language=person.language,
        subject=f"[Test] {settings.ORGANISATION or 'CommsPlan'} can reach you here",
        text=f"{said}\n",
        html=f"<p>{said}</p>",
        sender="",
        reply_to="",
        bounce_to="",
        message_id="",
        thread_id="",
        list_id="",
        date=now,
    )
