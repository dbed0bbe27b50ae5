"""Mattermost, through the incoming webhook of each room."""

from notices.channels import rooms
from notices.channels.kind import Kind, Limits
from notices.channels.mattermost.sending import Sender
from notices.channels.mattermost.writing import build
from notices.channels.one_by_one import OneByOne
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.MATTERMOST,
    summary="Posts in channels of Mattermost.",
    address=rooms.room(
        "As it is called in Mattermost. There, open Integrations, then Incoming webhooks, and add one for the channel.",
        rooms.door(
            f"Whoever knows it can post in the room, so it is not shown again. {rooms.AT_HOME}",
            "https://chat.example.org/hooks/xxx-generatedkey-xxx",
        ),
    ),
    build=build,
    open=lambda access: OneByOne(Sender, access),
    limits=Limits(per_second=5, connections=2),
    depends_on=("Mattermost",),
    help="channel-mattermost",
)
