import json
import re

from notices.channels import rooms
from notices.channels.base import Accepted, Access, AddressRefused, ChannelDown, ChannelError, Later, Parcel
from notices.channels.http import Answer, Client, refusal, waiting_time

SERVER = "https://slack.com"
ID = re.compile(r"[CDGUW][A-Z0-9]{5,}")
LOCKED_OUT = {
    *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"),
    *("no_permission", "org_login_required", "ekm_access_denied", "team_access_not_granted", "access_denied"),
    *("not_allowed_token_type", "team_not_found", "invalid_team"),
}
NOBODY_THERE = {"channel_not_found", "is_archived", "user_not_found", "user_disabled", "channel_is_archived"}
FOR_NOW = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "rollup_error",
    "team_added_to_org",
}
TOO_FAST = {"ratelimited", "rate_limited", "message_limit_exceeded"}
HINTS = {
    "not_in_channel": "Invite the app to the room first: /invite @the-app.",
    "is_archived": "The room is archived in Slack.",
    "channel_is_archived": "The room is archived in Slack.",
    "channel_not_found": "There is no such room, or the app may not see it: invite it there.",
    "user_not_found": "There is nobody with this member ID.",
    "user_disabled": "This person is not in the workspace any more.",
    "no_service": "The webhook was taken away in Slack: make a new one.",
    "missing_scope": "Give the app the scope chat:write, and install it again.",
    "invalid_auth": "The bot token does not fit: enter it again.",
    "token_revoked": "The bot token was withdrawn: enter a new one.",
    "account_inactive": "The app was taken out of the workspace: install it again.",
}


def check_place(text: str) -> str:
    return text if ID.fullmatch(text) else rooms.name(text)


def check_token(text: str) -> str:
    if not re.fullmatch(r"xox[bpe][\w.-]{10,}", text):
        raise ValueError("A bot token begins with xoxb-.")
    return text


class Sender:
    def __init__(self, access: Access) -> None:
        self._token = access.secrets.get("token", "")
        self._server = (access.config.get("server") or SERVER).rstrip("/")
        self._client = Client()

    def send(self, parcel: Parcel) -> Accepted:
        return self._through_webhook(parcel) if parcel.secret else self._through_bot(parcel)

    def close(self) -> None:
        self._client.close()

    def _through_webhook(self, parcel: Parcel) -> Accepted:
        answer = self._client.post(parcel.secret, parcel.content, may_leave=parcel.may_leave)
        if answer.is_fine:
            return Accepted(answer.words)
        raise _refusal(answer.words, answer) if answer.status < 500 else refusal(answer, service="Slack")

    def _through_bot(self, parcel: Parcel) -> Accepted:
        if not ID.fullmatch(parcel.address):
            raise ChannelError(
                f"“{parcel.address}” is not an ID of Slack, and has no webhook address of its own.", permanent=True
            )
        if not self._token:
            raise ChannelDown("There is no bot token for Slack.")
        payload = json.loads(parcel.content) | {"channel": parcel.address, "parse": "none", "link_names": False}
        answer = self._client.post(
            f"{self._server}/api/chat.postMessage",
            json.dumps(payload, ensure_ascii=False).encode(),
            headers={"Authorization": f"Bearer {self._token}"},
            may_leave=parcel.may_leave,
        )
        said = answer.said
        if answer.is_fine and said.get("ok"):
            return Accepted(f"{said.get('channel', '')} {said.get('ts', '')}".strip())
        if answer.is_fine and not said:
            raise ChannelError("Slack gave an answer that is none.", permanent=False, unknown=True)
        raise _refusal(str(said.get("error", "")), answer) if said.get("error") else refusal(answer, service="Slack")


def _refusal(error: str, answer: Answer) -> ChannelError:
    sentence = f"Slack answered {error}. {HINTS.get(error, '')}".strip()
    if error in LOCKED_OUT:
        return ChannelDown(sentence)
    if error in NOBODY_THERE:
        return AddressRefused(sentence)
    if error in TOO_FAST:
        return ChannelError(sentence, permanent=False, later=Later.THROTTLED, wait=waiting_time(answer))
    if error in FOR_NOW:
        return ChannelError(sentence, permanent=False)
    if answer.is_fine:
        return ChannelError(sentence, permanent=True)
    return refusal(answer, service="Slack", own_door=True)
