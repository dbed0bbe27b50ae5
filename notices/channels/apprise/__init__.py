"""The many services that have no channel of their own, through the library Apprise: an address of its kind each."""

from notices.channels.apprise.addresses import check_door
from notices.channels.apprise.sending import Sender
from notices.channels.apprise.writing import build
from notices.channels.kind import Field, Kind, Limits, Place
from notices.channels.one_by_one import OneByOne
from notices.channels.rooms import name
from stakeholders.enums import Channel

KIND = Kind(
    channel=Channel.APPRISE,
    summary="Telegram, Discord, Webex, Zulip, Rocket.Chat, ntfy, Gotify, Signal, Pushover, PagerDuty and others.",
    address=Place(
        "Name",
        "What this room or device is called here.",
        "On-call phone",
        of_people=True,
        of_rooms=True,
        check=name,
        secret=Field(
            "secret",
            "Apprise address",
            "As the documentation of Apprise describes it for your service.",
            example="tgram://bottoken/chat",
            is_secret=True,
            check=check_door,
        ),
    ),
    build=build,
    open=lambda access: OneByOne(Sender, access),
    limits=Limits(per_second=1, connections=1),
    depends_on=("the service of each address", "the internet connection"),
    help="channel-apprise",
)
