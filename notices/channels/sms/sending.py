import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from commsplan.lib import telephone
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
NUMBER = re.compile(r"\+?\d{3,15}")
SENDER = re.compile(r"\+?\d{3,15}|[A-Za-z0-9 ]{2,11}")


def check_sender(text: str) -> str:
    if not SENDER.fullmatch(text):
        raise ValueError("A sender is a number, or a name of at most 11 letters and figures.")
    return text


def check_sender_of(config: Mapping[str, str]) -> None:
    """The library knows numbers alone as senders of the four providers. Raises ValueError."""
    provider, sender = config.get("provider", GATEWAY), config.get("sender", "")
    if provider != GATEWAY and not NUMBER.fullmatch(sender):
        raise ValueError(
            f"{dict(PROVIDERS).get(provider, provider)} needs a number as the sender, as in +491512345678. "
            "A name works with a gateway alone."
        )


class Sender:
    def __init__(self, access: Access) -> None:
        self._config, self._token = access.config, access.secrets.get("token", "")
        self._provider = access.config.get("provider", GATEWAY)
        self._client = Client(only_server=True)

    def send(self, parcel: Parcel) -> Accepted:
        if not telephone.NUMBER.fullmatch(parcel.address):
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
        try:
            check_sender_of(self._config)
        except ValueError as error:
            raise ChannelDown(str(error)) from error
        if not parcel.may_leave():
            raise NotOurs
        label = dict(PROVIDERS).get(self._provider, self._provider)
        return library.notify(self._url(parcel.address), title="", body=text, service=label)

    def _url(self, number: str) -> str:
        sender, token = quote(self._config.get("sender", ""), safe=""), quote(self._token, safe="")
        if self._provider == "msgbird":
            return f"msgbird://{token}/{sender}/{number}"
        return f"{self._provider}://{quote(self._config.get('account', ''), safe='')}:{token}@{sender}/{number}"
