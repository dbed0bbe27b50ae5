from notices.channels import rooms
from notices.channels.base import Accepted, AddressRefused, ChannelError, Parcel
from notices.channels.http import Answer, Client, refusal

ROOM_GONE = ("incoming_webhook.invalid", "incoming_webhook.channel", "channel.get", "archived", "deleted")


class Sender:
    def __init__(self) -> None:
        self._client = Client()

    def send(self, parcel: Parcel) -> Accepted:
        answer = self._client.post(rooms.door_of(parcel), parcel.content, may_leave=parcel.may_leave)
        if not answer.is_fine:
            raise _refusal(answer)
        return Accepted(answer.words)

    def close(self) -> None:
        self._client.close()


def _refusal(answer: Answer) -> ChannelError:
    said = answer.said
    if 400 <= answer.status < 500 and any(part in str(said.get("id", "")) for part in ROOM_GONE):
        return AddressRefused(f"Mattermost answered {answer.status} {said.get('message', '')}".strip()[:300])
    return refusal(answer, service="Mattermost", own_door=True)
