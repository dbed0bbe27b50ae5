"""What chats have in common whose rooms let in whoever knows their address."""

from collections.abc import Callable

from notices.channels import guard
from notices.channels.base import ChannelError, Parcel
from notices.channels.kind import Field, Place

LONGEST_NAME = 254
AT_HOME = "In a network of your own? Whoever runs CommsPlan opens it: ALLOWED_PRIVATE_NETWORKS=10.20.0.0/16."


def door(help: str, example: str, *, check: Callable[[str], str] = guard.check_url, is_required: bool = True) -> Field:
    """The address of a room that is a secret."""
    return Field(
        "secret", "Webhook address", help, example=example, is_secret=True, is_required=is_required, check=check
    )


def room(help: str, secret: Field, *, example: str = "#it-news") -> Place:
    return Place("Name of the room", help, example, of_rooms=True, check=name, secret=secret)


def name(text: str) -> str:
    """What a room is called here; nothing is sent by it."""
    short = " ".join(text.split())
    if not short or len(short) > LONGEST_NAME or not short.isprintable():
        raise ValueError(f"Give the room a name of at most {LONGEST_NAME} characters.")
    return short


def door_of(parcel: Parcel) -> str:
    """Raises ChannelError."""
    if not parcel.secret:
        raise ChannelError(
            f"“{parcel.address}” has no webhook address. Enter it on the page of this room.", permanent=True
        )
    return parcel.secret
