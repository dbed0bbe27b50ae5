import json
import re
from urllib.parse import quote

from notices.channels.apprise import library
from notices.channels.base import Accepted, Access, AddressRefused, ChannelDown, NotOurs, Parcel
from notices.channels.http import Client, refusal

GATEWAY = "gateway"
PROVIDERS = (
    ("twilio", "Twilio"),
    ("vonage", "Vonage"),
    ("msgbird", "Bird (MessageBird)"),
    ("sinch", "Sinch"),
    (GATEWAY, "A gateway that takes JSON"),
)
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
SPACING = re.compile(r"[\s().\-/\u2010-\u2015\u200e\u202a-\u202e]")
SENDER = re.compile(r"\+?\d{3,15}|[A-Za-z0-9 ]{2,11}")


def check_number(text: str) -> str:
    """In the one form that all providers understand (E.164)."""
    number = SPACING.sub("", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if not NUMBER.fullmatch(number):
        raise ValueError("Enter the number with the code of the country, like +49 151 23456789.")
    return number


def check_sender(text: str) -> str:
    if not SENDER.fullmatch(text):
        raise ValueError("A sender is a number, or a name of at most 11 letters and figures.")
    return text


class Sender:
    def __init__(self, access: Access) -> None:
        self._config, self._token = access.config, access.secrets.get("token", "")
        self._provider = access.config.get("provider", GATEWAY)
        self._client = Client(only_server=True)

    def send(self, parcel: Parcel) -> Accepted:
        if not NUMBER.fullmatch(parcel.address):
            raise AddressRefused(f"“{parcel.address}” is not a number with the code of a country.")
        text = str(json.loads(parcel.content)["text"])
        return (
            self._through_gateway(parcel, text) if self._provider == GATEWAY else self._through_provider(parcel, text)
        )

    def close(self) -> None:
        self._client.close()

    def _through_gateway(self, parcel: Parcel, text: str) -> Accepted:
        if not self._config.get("url"):
            raise ChannelDown("There is no gateway for text messages.")
        id = f"message-{parcel.key}"
        payload = {"id": id, "to": parcel.address, "from": self._config.get("sender", ""), "text": text}
        answer = self._client.post(
            self._config["url"],
            json.dumps(payload, ensure_ascii=False).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Idempotency-Key": id},
            may_leave=parcel.may_leave,
        )
        if answer.status == 404:
            raise ChannelDown("There is no gateway for text messages at this address.")
        if not answer.is_fine:
            raise refusal(answer, service="The gateway")
        return Accepted(answer.words)

    def _through_provider(self, parcel: Parcel, text: str) -> Accepted:
        if not self._token:
            raise ChannelDown("There is no token for the provider of text messages.")
        if not parcel.may_leave():
            raise NotOurs
        label = dict(PROVIDERS).get(self._provider, self._provider)
        return library.notify(self._url(parcel.address), title="", body=text, service=label)

    def _url(self, number: str) -> str:
        sender, token = quote(self._config.get("sender", ""), safe=""), quote(self._token, safe="")
        if self._provider == "msgbird":
            return f"msgbird://{token}/{sender}/{number}"
        return f"{self._provider}://{quote(self._config.get('account', ''), safe='')}:{token}@{sender}/{number}"
