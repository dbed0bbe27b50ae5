from urllib.parse import parse_qs, urlsplit

from notices.channels import guard, rooms
from notices.channels.base import Accepted, Parcel
from notices.channels.http import Client, refusal

HOST = "chat.googleapis.com"
IN_A_THREAD = "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


def check_door(url: str) -> str:
    guard.check_url(url)
    parts = urlsplit(url)
    if not parts.path.endswith("/messages") or not {"key", "token"} <= parse_qs(parts.query).keys():
        raise ValueError(f"Copy the whole address of the webhook: https://{HOST}/v1/spaces/…/messages?key=…&token=…")
    return url


class Sender:
    def __init__(self) -> None:
        self._client = Client()

    def send(self, parcel: Parcel) -> Accepted:
        url = rooms.door_of(parcel)
        if "messageReplyOption=" not in url:
            url += ("&" if "?" in url else "?") + IN_A_THREAD
        answer = self._client.post(url, parcel.content, may_leave=parcel.may_leave)
        if not answer.is_fine:
            raise refusal(answer, service="Google Chat", own_door=True)
        return Accepted(str(answer.said.get("name", "")))

    def close(self) -> None:
        self._client.close()
