"""Text messages: through one of four providers, or a gateway of one's own."""

from commsplan.lib import telephone
from notices.channels import guard
from notices.channels.kind import Field, Kind, Limits, Place
from notices.channels.one_by_one import OneByOne
from notices.channels.sms.sending import GATEWAY, PROVIDERS, Sender, check_sender, check_sender_of
from notices.channels.sms.writing import build
from stakeholders.enums import Channel

WITH_ACCOUNT = frozenset({"twilio", "vonage", "sinch"})

KIND = Kind(
    channel=Channel.SMS,
    summary="Text messages to mobile phones: short, with a link to the page.",
    address=Place(
        "Mobile number",
        "With the code of the country.",
        "+49 151 23456789",
        of_people=True,
        check=telephone.number,
    ),
    fields=(
        Field("provider", "Provider", choices=PROVIDERS, default=GATEWAY),
        Field(
            "sender",
            "Sender",
            "The number that the provider gave you. With a gateway it may be a name, too.",
            example="+491512345678",
            check=check_sender,
        ),
        Field(
            "account",
            "Account",
            "Twilio: account SID. Vonage: API key. Sinch: service plan ID.",
            only_if=("provider", WITH_ACCOUNT),
        ),
        Field(
            "url",
            "Address of the gateway",
            "It is sent JSON with id, to, from and text.",
            example="https://sms.example.org/send",
            only_if=("provider", frozenset({GATEWAY})),
            check=guard.check_url,
        ),
        Field(
            "token",
            "Token",
            "Twilio: auth token. Vonage: API secret. Bird: API key. Sinch and a gateway: API token.",
            is_secret=True,
        ),
    ),
    build=build,
    open=lambda access: OneByOne(lambda: Sender(access), access),
    limits=Limits(per_second=1, per_day=1_000, connections=1),
    depends_on=("the mobile network", "the provider of text messages"),
    help="channel-sms",
    check=lambda config, _secrets: check_sender_of(config),
)
