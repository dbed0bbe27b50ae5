"""Google Chat, through the webhook of each space."""

from notices.channels import rooms
from notices.channels.googlechat.sending import Sender, check_door
from notices.channels.googlechat.writing import build
from notices.channels.kind import Kind, Limits
from notices.channels.one_by_one import OneByOne
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.GOOGLE_CHAT,
    summary="Posts a card in spaces of Google Chat. What is said about one upgrade stays in one thread.",
    address=rooms.room(
        "As it is called in Google Chat. There, open the menu of the space, choose Apps & integrations, then Webhooks.",
        rooms.door(
            "Whoever knows it can post in the space, so it is not shown again.",
            "https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…",
            check=check_door,
        ),
        example="IT news",
    ),
    build=build,
    open=lambda access: OneByOne(Sender, access),
    limits=Limits(per_second=1, connections=1),
    depends_on=("Google Workspace", "the internet connection"),
    help="channel-googlechat",
)
