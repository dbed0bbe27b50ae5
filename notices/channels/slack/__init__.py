"""Slack: people and rooms through a bot, or a room through its own incoming webhook."""

from notices.channels import guard, rooms
from notices.channels.kind import Field, Kind, Limits, Place
from notices.channels.one_by_one import OneByOne
from notices.channels.slack.sending import SERVER, Sender, check_place, check_token
from notices.channels.slack.writing import build
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.SLACK,
    summary="Posts in channels of Slack, and writes to people there.",
    address=Place(
        "Member ID",
        "From “Copy member ID” in their profile.",
        "U024BE7LH",
        of_people=True,
        of_rooms=True,
        check=check_place,
        room=(
            "Channel ID or name",
            "The channel ID stands at the end of the channel's details. If it has a webhook address of its own, any "
            "name will do.",
            "C0ITNEWS1",
        ),
        secret=rooms.door(
            "Only for a room that has an incoming webhook. Whoever knows it can post there.",
            "https://hooks.slack.com/services/…",
            is_required=False,
        ),
    ),
    fields=(
        Field(
            "token",
            "Bot token",
            "Of a Slack app with the scope chat:write. Not needed where every room has a webhook address.",
            example="xoxb-…",
            is_secret=True,
            is_required=False,
            check=check_token,
        ),
        Field(
            "server",
            "Server",
            "Change it only for GovSlack.",
            default=SERVER,
            example=SERVER,
            is_required=False,
            check=guard.check_url,
        ),
    ),
    build=build,
    open=lambda access: OneByOne(lambda: Sender(access), access),
    limits=Limits(per_second=1, connections=1),
    depends_on=("Slack", "the internet connection"),
    help="channel-slack",
)
