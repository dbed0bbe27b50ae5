"""Why somebody gets nothing over a channel: no address that works, declined, not asked any more."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from engagement.models import Participant
from notices.models import Notice
from notices.pipeline.schedule import fate
from stakeholders.enums import SHOWN, AddressState, Channel
from stakeholders.models import Address, OptOut

NO_ADDRESS = "no address"
BOUNCED = "address bounced"
COMPLAINED = "marked our mail as unwanted"
UNWANTED = "marked us as unwanted"
UNINVITED = "no longer invited"


def no_address(channel: str) -> str:
    return NO_ADDRESS if channel == Channel.EMAIL else f"{NO_ADDRESS} for {Channel(channel).said}"


def _address(channel: str, **more) -> Exists:
    return Exists(Address.objects.filter(person=OuterRef("pk"), channel=channel, **more))


WITH_ADDRESSES = [channel.value for channel in Channel if channel != Channel.EMAIL and channel not in SHOWN]
WITHOUT: dict[str, Q] = {
    Channel.EMAIL.value: Q(email=""),
    **{channel: Q(~_address(channel)) for channel in WITH_ADDRESSES},
}
ADDRESS_REASONS: dict[str, list[tuple[Any, str]]] = {
    Channel.EMAIL.value: [
        (Q(email=""), NO_ADDRESS),
        (Q(email_state=AddressState.BOUNCED), BOUNCED),
        (Q(email_state=AddressState.COMPLAINED), COMPLAINED),
    ],
    **{
        channel: [
            (WITHOUT[channel], no_address(channel)),
            (Q(_address(channel, state=AddressState.BOUNCED)), BOUNCED),
            (Q(_address(channel, state=AddressState.COMPLAINED)), UNWANTED),
        ]
        for channel in WITH_ADDRESSES
    },
}


def reasons(notice: Notice, channel: str) -> list[tuple[Any, str]]:
    """Why somebody gets nothing over this channel, the first that holds."""
    return [*ADDRESS_REASONS.get(channel, ()), *_declined(notice, channel), *_uninvited(notice)]


def _declined(notice: Notice, channel: str) -> list[tuple[Any, str]]:
    """The one place where opt-outs and refused channels are applied: only to what can be declined."""
    if notice.topic is None:
        return []
    declined = OptOut.objects.filter(person=OuterRef("pk"), topic=notice.topic)
    return [
        (Exists(declined), opted_out(notice.topic)),
        (Q(refused_channels__contains=[channel]), refused(channel)),
    ]


def _uninvited(notice: Notice) -> list[tuple[Any, str]]:
    """Of those who are asked to come, whoever is not asked any more."""
    if notice.engagement_id is None or notice.kind not in fate.COMES:
        return []
    invited = Participant.objects.invited().filter(engagement=notice.engagement_id, person=OuterRef("pk"))
    return [(~Exists(invited), UNINVITED)]


def opted_out(topic) -> str:
    return f"opted out: {topic.label.lower()}"


def refused(channel: str) -> str:
    return f"does not want {Channel(channel).said}"
