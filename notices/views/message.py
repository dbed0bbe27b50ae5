"""One message, as that person got it: rendered again, and compared with the fingerprint of what was sent."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as modern
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import permission_required, refusal
from commsplan import looks
from commsplan.looks import Look
from notices.channels import KINDS, mime
from notices.channels.base import ChannelError, Envelope
from notices.enums import MessageState
from notices.insight import held
from notices.models import Message
from notices.pipeline import deliver
from notices.pipeline import render as renderer
from notices.views.frames import framed, look_of, only_styles, veil
from stakeholders.enums import Channel

ERASED = "This person was erased on request. The state and the fingerprint stay, so that it is still counted."
PARTS = {"html": "As it looks", "text": "Plain text", "source": "Headers and source", "calendar": "Calendar"}
OF_OTHERS = {"sent": "As it is sent", "text": "The words in full"}  # of channels that send no letter


OTHERS = [channel for channel in KINDS if channel != Channel.EMAIL]


@dataclass(frozen=True)
class Rendering:
    """`sentence` says why there is nothing to show."""

    envelope: Envelope | None = None
    raw: bytes = b""
    sentence: str = ""

    @classmethod
    def of(cls, message: Message) -> "Rendering":
        if message.person.erased_at:
            return cls(sentence=ERASED)
        if message.variant_id is None:
            return cls(sentence="Nothing was written for this person, because nothing was to be sent.")
        try:
            envelope = renderer.of_message(message)
            return cls(envelope, deliver.again(message) if message.sha256 else built(envelope, message.channel))
        except ChannelError as error:
            return cls(sentence=str(error))

    def is_what_was_sent(self, sha256: bytes | memoryview) -> bool:
        return hashlib.sha256(self.raw).digest() == bytes(sha256)


def built(envelope: Envelope, channel: str) -> bytes:
    return KINDS[channel].build(envelope) if channel in OTHERS else mime.build(envelope)


def as_sent(raw: bytes) -> str:
    """What a program reads is laid out for people."""
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False, indent=2)
    except ValueError:
        return raw.decode(errors="replace")


def fetch(pk: int) -> Message:
    messages = Message.objects.select_related(
        "person", "notice__upgrade", "notice__milestone", "notice__survey", "variant__revision"
    )
    return get_object_or_404(messages, pk=pk)


@require_GET
def message(request: HttpRequest, pk: int):
    message = fetch(pk)
    rendering = Rendering.of(message)
    wanted = request.GET.get("part", "")
    parts = OF_OTHERS if message.channel in OTHERS else PARTS
    part = wanted if wanted in parts else next(iter(parts))
    context = {
        "message": message,
        "held": held.of_message(message, now=timezone.now()),
        "notice": message.notice,
        "rendering": rendering,
        "part": part,
        "look": look_of(request),
        "tabs": tabs(rendering, parts, part),
        "is_sent": message.sha256 is not None and not message.person.erased_at,
        "is_identical": message.sha256 is not None and rendering.is_what_was_sent(message.sha256),
        "fingerprint": bytes(message.sha256).hex() if message.sha256 else "",
        "story": story(message),
        "may_not_see_source": refusal(request.user, "notices.send"),
        **shown(rendering, part),
    }
    return render(request, "notices/message.html", context)


def tabs(rendering: Rendering, parts: Mapping[str, str], chosen: str) -> list[dict]:
    has_calendar = rendering.envelope is not None and rendering.envelope.calendar is not None
    return [
        {"label": label, "url": f"?part={part}", "active": part == chosen}
        for part, label in parts.items()
        if part != "calendar" or has_calendar
    ]


def shown(rendering: Rendering, part: str) -> dict:
    """Without the secret part of personal links: whoever has one can answer for that person."""
    envelope = rendering.envelope
    if envelope is None:
        return {}
    if part == "text":
        return {"text": veil(envelope.text)}
    if part == "sent":
        return {"text": veil(as_sent(rendering.raw))}
    if part == "source":
        headers = message_from_bytes(rendering.raw, policy=modern)
        return {"headers": [(name, veil(str(value))) for name, value in headers.items()]}
    if part == "calendar" and envelope.calendar:
        return {"text": veil("\n".join(part.data.decode() for part in envelope.calendars))}
    return {}


def story(message: Message) -> list[dict]:
    """Newest first: what became of it."""
    items: list[dict[str, Any]] = [{"title": "Written into the outbox", "at": message.created_at, "icon": INBOX.icon}]
    if message.state in OUTCOMES:
        seen = ITS_TURN if waits_for_its_turn(message) else OUTCOMES[message.state]
        said = message.answer if message.sent_at else message.reason
        words = ". ".join(filter(None, [tries(message), said]))
        at = max(message.sent_at or message.not_before, message.created_at)
        items.append({"title": seen.words, "at": at, "icon": seen.icon, "tone": seen.tone, "words": words})
    for receipt in message.receipts.order_by("at", "pk"):
        seen = looks.look_of("receipt", receipt.kind)
        items.append(
            {"title": seen.words, "at": receipt.at, "icon": seen.icon, "tone": seen.tone, "words": receipt.detail}
        )
    return sorted(items, key=lambda item: item["at"])[::-1]


def waits_for_its_turn(message: Message) -> bool:
    return message.state == MessageState.DEFERRED and not message.attempts


INBOX = Look("", "quiet", icon="inbox")
ITS_TURN = Look("Its turn comes then", "quiet", icon="clock-pause")
OUTCOMES: dict[str, Look] = {
    MessageState.SENT: Look("Sent", "good", icon="send"),
    MessageState.BOUNCED: Look("Sent", "quiet", icon="send"),
    MessageState.SENDING: Look("Being sent", "busy", icon="send"),
    MessageState.DEFERRED: Look("Tried; the next try is then", "warn", icon="clock-pause"),
    MessageState.FAILED: Look("Gave up", "bad", icon="alert-triangle"),
    MessageState.SKIPPED: Look("Left out", "quiet", icon="player-skip-forward"),
    MessageState.MISSED: Look("Too late to be useful", "bad", icon="clock-exclamation"),
    MessageState.CANCELLED: Look("Cancelled", "quiet", icon="circle-x"),
}


def tries(message: Message) -> str:
    if not message.attempts:
        return ""
    return "One attempt" if message.attempts == 1 else f"{message.attempts} attempts"


@require_GET
@only_styles
def message_frame(request: HttpRequest, pk: int):
    rendering = Rendering.of(fetch(pk))
    return framed(rendering.envelope.html if rendering.envelope else "", look=look_of(request))


@require_GET
@permission_required("notices.send")
def message_download(request: HttpRequest, pk: int):
    """The very bytes, personal links included."""
    message = fetch(pk)
    is_letter = message.channel not in OTHERS
    content_type = "message/rfc822" if is_letter else "application/octet-stream"
    response = HttpResponse(Rendering.of(message).raw, content_type=content_type)
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = f'attachment; filename="message-{pk}.{"eml" if is_letter else "txt"}"'
    return response
