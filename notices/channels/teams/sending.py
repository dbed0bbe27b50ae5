from urllib.parse import urlsplit

from notices.channels import guard, rooms
from notices.channels.base import Accepted, ChannelError, Parcel
from notices.channels.http import Client, refusal

RETIRED = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")
RETIRED_SENTENCE = (
    "Microsoft has switched these addresses off (Office 365 connectors). Make one in the Workflows app of Teams: "
    "“Send webhook alerts to a channel”."
)


def check_door(url: str) -> str:
    guard.check_url(url)
    if is_retired(url):
        raise ValueError(RETIRED_SENTENCE)
    return url


def is_retired(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == one or host.endswith(f".{one}") for one in RETIRED)


class Sender:
    def __init__(self) -> None:
        self._client = Client()

    def send(self, parcel: Parcel) -> Accepted:
        url = rooms.door_of(parcel)
        if is_retired(url):
            raise ChannelError(RETIRED_SENTENCE, permanent=True)
        answer = self._client.post(url, parcel.content, may_leave=parcel.may_leave)
        if not answer.is_fine:
            raise refusal(answer, service="Teams", own_door=True)
        run = answer.headers.get("x-ms-workflow-run-id", "")
        return Accepted(f"{answer.status} {run}".strip())

    def close(self) -> None:
        self._client.close()
