"""Our own mail, taken apart again for the provider: subject, texts, calendar files and all headers that matter."""

import email.policy
import warnings
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from email.message import MIMEPart
from importlib import import_module
from typing import Any

from django.core.mail import EmailMultiAlternatives

from notices.channels.base import Accepted, Access, AddressRefused, ChannelDown, ChannelError, Later, NotOurs, Parcel
from notices.channels.http import Answer, refusal
from notices.channels.leash import Leash, on_the_leash
from notices.channels.provider.providers import PROVIDERS, Provider

KEPT = (  # what a provider would not make by itself
    *("Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Auto-Submitted", "Date"),
    *("X-Auto-Response-Suppress", "In-Reply-To", "References", "Precedence", "Content-Language", "X-CommsPlan-Message"),
)
SECONDS = (10, 60)


class Sender:
    """django-anymail speaks to each of the providers. It is imported with the first message, for it is heavy."""

    def __init__(self, access: Access) -> None:
        name = access.config.get("provider", "")
        if name not in PROVIDERS:
            raise ChannelDown(f"There is no mail provider “{name}”.")
        self._provider = PROVIDERS[name]
        self._backend = _backend(self._provider, access)

    def send(self, parcel: Parcel) -> Accepted:
        if not parcel.may_leave():
            raise NotOurs
        message = taken_apart(parcel)
        self._backend.open()
        self._backend.session.trust_env = False  # no proxy of the environment
        with on_the_leash() as leash:
            try:
                self._backend.send_messages([message])
            except Exception as error:
                raise judged(error, self._provider.label, leash) from error
        status = message.anymail_status  # type: ignore[attr-defined]
        return Accepted(f"{self._provider.label} {status.message_id or ''}".strip())

    def close(self) -> None:
        self._backend.close()


def _backend(provider: Provider, access: Access) -> Any:
    module, _, name = provider.backend.partition(".")
    options = {theirs: access.config[ours] for ours, theirs in provider.options if access.config.get(ours)}
    key = access.secrets.get("provider_key", "")
    if not key:
        raise ChannelDown(f"There is no API key for {provider.label}.")
    backend = getattr(import_module(f"anymail.backends.{module}"), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of providers that anymail can no longer try out itself
        made = backend(**options, **{provider.key: key}, ignore_unsupported_features=True)
    made.timeout = SECONDS
    return made


def taken_apart(parcel: Parcel) -> EmailMultiAlternatives:
    """Raises ChannelError."""
    parsed = message_from_bytes(parcel.content, policy=email.policy.default)
    if not isinstance(parsed, Parsed) or not parsed["Subject"] or not parsed["From"]:
        raise ChannelError("This is not a mail.", permanent=True)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"]),
        body=plain.get_content() if plain else "",
        from_email=str(parsed["From"]),
        to=[str(parsed["To"] or parcel.address)],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: " ".join(str(parsed[name]).split()) for name in KEPT if parsed[name]},
    )
    message.metadata = {"message": str(parcel.key)}  # type: ignore[attr-defined]  # comes back in what is reported
    message.track_opens = message.track_clicks = False  # type: ignore[attr-defined]
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    for part in parsed.walk():
        if part.get_content_type() in ("text/calendar", "application/ics"):
            _attach(message, part)
    return message


def _attach(message: EmailMultiAlternatives, part: MIMEPart) -> None:
    """A calendar part is a file for providers: they make alternatives of nothing but text and HTML."""
    if part.get_content_disposition() == "attachment" or not message.attachments:
        content = part.get_payload(decode=True)
        message.attach(part.get_filename() or "event.ics", content, part.get_content_type())


def judged(error: Exception, service: str, leash: Leash) -> ChannelError:
    status = getattr(error, "status_code", None)
    words = " ".join(str(error).split())[:250]
    if type(error).__name__ == "AnymailRecipientsRefused":
        return AddressRefused(f"{service} refused the address: {words}")
    if isinstance(status, int):
        headers = {name.lower(): value for name, value in getattr(error, "response").headers.items()}  # noqa: B009
        told = refusal(Answer(status, headers, words.encode()), service=service)
        return ChannelDown(str(told)) if isinstance(told, AddressRefused) else told
    if type(error).__name__ in ("AnymailUnsupportedFeature", "AnymailInvalidAddress", "AnymailSerializationError"):
        return ChannelError(f"{service}: {words}", permanent=True)
    if leash.refused or not (leash.reached or _kept_open(error)):
        return ChannelDown(leash.refused or f"{service} cannot be reached.")
    sentence = f"{service} did not confirm: {type(error.__cause__ or error).__name__}"
    return ChannelError(sentence, permanent=False, unknown=True, later=Later.TIMED_OUT)


def _kept_open(error: Exception) -> bool:
    """Whether it went over a connection from before: then none was made, and something may have left all the same."""
    cause = error.__cause__ or error.__context__
    return type(cause).__name__ in ("ReadTimeout", "ConnectionError", "ChunkedEncodingError") and not _is_new(cause)


def _is_new(error: BaseException | None) -> bool:
    return any(word in repr(error) for word in ("NewConnectionError", "ConnectTimeout", "NameResolution", "SSLError"))
