"""Matrix: rooms, through an account of a homeserver."""

from notices.channels import guard
from notices.channels.kind import Field, Kind, Limits, Place
from notices.channels.matrix.sending import Sender, check_room
from notices.channels.matrix.writing import build
from notices.channels.one_by_one import OneByOne
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.MATRIX,
    summary="Posts in rooms of Matrix (Element and others).",
    address=Place(
        "Room",
        "Its internal ID or its address. Invite the account of CommsPlan to the room, and let it join.",
        "!AbCdEf:example.org",
        of_rooms=True,
        check=check_room,
    ),
    fields=(
        Field(
            "server",
            "Homeserver",
            "The address that apps connect to.",
            example="https://matrix.example.org",
            check=guard.check_url,
        ),
        Field("token", "Access token", "Of the account that posts.", example="syt_…", is_secret=True),
    ),
    build=build,
    open=lambda access: OneByOne(lambda: Sender(access), access),
    limits=Limits(per_second=2, connections=1),
    depends_on=("the Matrix homeserver",),
    help="channel-matrix",
)
