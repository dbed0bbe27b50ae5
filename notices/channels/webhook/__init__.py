"""Any program that takes JSON over HTTPS. Signed as Standard Webhooks has it."""

from notices.channels import rooms
from notices.channels.kind import Field, Kind, Limits
from notices.channels.one_by_one import OneByOne
from notices.channels.webhook.sending import Sender, check_key
from notices.channels.webhook.writing import build
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.WEBHOOK,
    summary="Hands each message to a program of yours, as signed JSON.",
    address=rooms.room(
        "What this receiver is called here.",
        rooms.door(f"Where the program listens. {rooms.AT_HOME}", "https://tickets.example.org/hooks/commsplan"),
        example="Ticket system",
    ),
    fields=(
        Field(
            "key",
            "Signing key",
            "At least 24 characters that only you and the receivers know. Every message is signed with it.",
            example="whsec_…",
            is_secret=True,
            check=check_key,
        ),
    ),
    build=build,
    open=lambda access: OneByOne(lambda: Sender(access), access),
    limits=Limits(connections=4),
    depends_on=("the program that listens",),
    help="channel-webhook",
)
