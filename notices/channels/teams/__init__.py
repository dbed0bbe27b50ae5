"""Microsoft Teams, through a workflow for each room ("When a Teams webhook request is received")."""

from notices.channels import rooms
from notices.channels.kind import Kind, Limits
from notices.channels.one_by_one import OneByOne
from notices.channels.teams.sending import Sender, check_door
from notices.channels.teams.writing import build
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.TEAMS,
    summary="Posts a card in channels and chats of Microsoft Teams, through the Workflows app.",
    address=rooms.room(
        "As it is called in Teams. In Teams, open the menu of the channel, choose Workflows, then “Send webhook "
        "alerts to a channel”, and copy the address.",
        rooms.door(
            "From the Workflows app. Whoever knows it can post in the room, so it is not shown again.",
            "https://prod-00.westeurope.logic.azure.com/workflows/…",
            check=check_door,
        ),
        example="IT news",
    ),
    build=build,
    open=lambda access: OneByOne(Sender, access),
    limits=Limits(per_second=4, connections=2),
    depends_on=("Microsoft 365", "Power Automate", "the internet connection"),
    help="channel-teams",
)
