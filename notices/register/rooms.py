"""Rooms: a chat channel, a webhook, a list of numbers: a person that is a list, with one address. As a member of groups
a room is told what its groups are told."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from commsplan.lib import secrets
from notices.channels import KINDS
from notices.channels.kind import Kind
from notices.pipeline.outlets import offered
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Address, Group, Person, PersonQuerySet


@dataclass(frozen=True)
class Room:
    """As somebody entered it. `secret`: empty to keep what is stored."""

    name: str
    channel: str
    address: str
    secret: str = ""
    groups: Collection[Group] = ()
    record: dict[str, Any] = field(default_factory=dict)  # language, time zone, reader level


def kinds() -> list[Kind]:
    """Channels that are set up and have rooms."""
    return [KINDS[one] for one in offered.channels() if has_rooms(one)]


def has_rooms(channel: str) -> bool:
    return channel != Channel.EMAIL and channel in KINDS and KINDS[channel].address.of_rooms


def every() -> PersonQuerySet:
    """Also archived ones. A distribution list of mail is none."""
    own = Address.objects.filter(person=OuterRef("pk"))
    return Person.objects.real().filter(Exists(own), is_list=True, email="")


def number_of(channel: str) -> int:
    """That are in use."""
    return every().filter(archived_at=None, addresses__channel=channel).count()


def with_what_rows_show(rows: QuerySet[Person]) -> QuerySet[Person]:
    groups = Prefetch("groups", Group.objects.order_by("name", "pk"))
    return rows.prefetch_related(Prefetch("addresses", Address.objects.order_by("channel", "pk")), groups)


@transaction.atomic
def add(room: Room) -> Person:
    person = Person.objects.create(name=room.name, is_list=True, **room.record)
    Address.objects.create(person=person, channel=room.channel, address=room.address, secret=_kept(room.secret))
    person.groups.set(room.groups)
    return person


@transaction.atomic
def change(person: Person, room: Room) -> None:
    """Another address is tried again, whatever became of the one before."""
    Person.objects.filter(pk=person.pk).update(name=room.name, **room.record)
    address = Address.objects.select_for_update(of=("self",), no_key=True).get(person=person, channel=room.channel)
    if room.secret or address.address != room.address:
        address.state = AddressState.WORKING
    address.address = room.address
    address.secret = _kept(room.secret) if room.secret else address.secret
    address.save()
    person.groups.set(room.groups)


def _kept(secret: str) -> bytes | None:
    return secrets.encrypt(secret) if secret else None


def archive(person: Person, *, now: datetime) -> None:
    person.archive(now=now)
