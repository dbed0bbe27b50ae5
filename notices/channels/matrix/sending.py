import re
from urllib.parse import quote

from notices.channels.base import Accepted, Access, AddressRefused, ChannelDown, ChannelError, Later, Parcel
from notices.channels.http import Answer, Client, refusal, waiting_time

ROOM = re.compile(r"![^\s:/?#]+(?::[^\s/?#]+)?|#[^\s:/?#]+:[^\s/?#]+")
NOT_LET_IN = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED"}


def check_room(text: str) -> str:
    if not ROOM.fullmatch(text) or len(text) > 254:
        raise ValueError("A room is written like !AbCdEf:example.org or #news:example.org.")
    return text


class Sender:
    """The message's own key names the transaction: the homeserver knows a repeated one, and posts it once."""

    def __init__(self, access: Access) -> None:
        self._server = access.config.get("server", "").rstrip("/")
        self._headers = {"Authorization": f"Bearer {access.secrets.get('token', '')}"}
        self._client = Client(only_server=True)
        self._rooms: dict[str, str] = {}

    def send(self, parcel: Parcel) -> Accepted:
        if not self._server:
            raise ChannelDown("There is no homeserver for Matrix.")
        room = self._room(parcel.address)
        path = f"/rooms/{quote(room, safe='')}/send/m.room.message/commsplan-{parcel.key}"
        answer = self._ask("PUT", path, parcel.content, parcel)
        return Accepted(str(answer.said.get("event_id", "")))

    def close(self) -> None:
        self._client.close()

    def _room(self, address: str) -> str:
        if not ROOM.fullmatch(address):
            raise AddressRefused(f"“{address}” is not a room of Matrix.")
        if address.startswith("#") and address not in self._rooms:
            answer = self._ask("GET", f"/directory/room/{quote(address, safe='')}")
            self._rooms[address] = str(answer.said.get("room_id", ""))
        return self._rooms.get(address, address)

    def _ask(self, method: str, path: str, content: bytes = b"", parcel: Parcel | None = None) -> Answer:
        answer = self._client.ask(
            method,
            f"{self._server}/_matrix/client/v3{path}",
            content,
            headers=self._headers | ({"Content-Type": "application/json"} if content else {}),
            may_leave=parcel.may_leave if parcel else lambda: True,
            repeatable=True,
        )
        if not answer.is_fine:
            raise _refusal(answer)
        return answer


def _refusal(answer: Answer) -> ChannelError:
    said = answer.said
    code, sentence = str(said.get("errcode", "")), f"Matrix answered {answer.status} {answer.words}"
    if code == "M_LIMIT_EXCEEDED":
        wait = said.get("retry_after_ms", 0)
        seconds = wait / 1000 if isinstance(wait, int | float) else 0
        return ChannelError(sentence, permanent=False, later=Later.THROTTLED, wait=waiting_time(answer) or seconds)
    if code in NOT_LET_IN:
        return ChannelDown(sentence)
    if answer.status == 403:
        return ChannelError(f"{sentence}. Is the account in this room, and may it post there?", permanent=True)
    return refusal(answer, service="Matrix", repeatable=True)
