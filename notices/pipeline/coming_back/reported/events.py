"""Reports of mail providers, as django-anymail reads them."""

import hashlib
import json
import warnings
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

from notices.bounces import About, Kind, Report
from notices.bounces.judging import judge
from notices.pipeline.coming_back.reported.proving import (
    SIGNED_WITH_TIME,
    NotTheirs,
    NotUnderstood,
    check_age,
    check_password,
    check_svix,
)

# The view of django-anymail, and the parameter that takes the secret; none where we check it ourselves.
VIEWS = {
    "mailgun": ("mailgun", "MailgunTrackingWebhookView", "webhook_signing_key"),
    "sendgrid": ("sendgrid", "SendGridTrackingWebhookView", "tracking_webhook_verification_key"),
    "mailersend": ("mailersend", "MailerSendTrackingWebhookView", "signing_secret"),
    "postmark": ("postmark", "PostmarkTrackingWebhookView", ""),
    "mailjet": ("mailjet", "MailjetTrackingWebhookView", ""),
    "brevo": ("brevo", "BrevoTrackingWebhookView", ""),
    "sparkpost": ("sparkpost", "SparkPostTrackingWebhookView", ""),
    "resend": ("resend", "ResendTrackingWebhookView", ""),
}
KINDS = {
    "bounced": Kind.BOUNCE,
    "rejected": Kind.BOUNCE,
    "failed": Kind.BOUNCE,
    "deferred": Kind.DELAYED,
    "delivered": Kind.DELIVERED,
    "complained": Kind.COMPLAINT,
    "unsubscribed": Kind.COMPLAINT,
    "autoresponded": Kind.AUTO_REPLY,
}
REASONS = {
    "invalid": About.ADDRESS,
    "bounced": About.ADDRESS,
    "timed_out": About.ROUTE,
    "blocked": About.SENDER,
    "spam": About.CONTENT,
}
FOR_NOW = ("soft", "softbounce", "soft_bounce", "temporary", "transient", "deferred")
SAYING_SO = ("event", "Type", "type", "severity", "bounce_type", "hard_bounce")


@dataclass(frozen=True)
class Event:
    report: Report
    identity: str


def read(request: HttpRequest, provider: str, secret: str, *, now: datetime) -> list[Event]:
    view = _prove(request, provider, secret, now)
    try:
        return [event for one in view.parse_events(request) if (event := _event(one, request.body))]
    except SuspiciousOperation as error:
        raise NotTheirs(str(error)) from error
    except Exception as error:  # whatever a signed report of a new shape does to the reader of the old one
        raise NotUnderstood(str(error)) from error


def _prove(request: HttpRequest, provider: str, secret: str, now: datetime) -> Any:
    module, name, parameter = VIEWS[provider]
    if provider == "resend":
        check_svix(request, secret)
    elif not parameter:
        check_password(request, secret)
    if header := SIGNED_WITH_TIME.get(provider):
        check_age(request.headers.get(header, ""), now=now)
    view = _view(getattr(import_module(f"anymail.webhooks.{module}"), name), {parameter: secret} if parameter else {})
    try:
        if parameter:
            view.run_validators(request)
        if provider == "mailgun":
            check_age(_signed_at(request), now=now)
    except (SuspiciousOperation, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotTheirs(str(error)) from error
    return view


def _view(view: Any, options: dict[str, str]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nobody checks a password: we do; that a provider is not tried out
        return view(**options)


def _signed_at(request: HttpRequest) -> str:
    if request.content_type == "application/json":
        return str(json.loads(request.body)["signature"]["timestamp"])
    return str(request.POST.get("timestamp", ""))


def _event(one: Any, body: bytes) -> Event | None:
    kind = KINDS.get(str(one.event_type))
    if kind is None:
        return None
    said = str(one.mta_response or one.description or "")
    verdict = judge(said, around=str(one.description or ""))
    about = verdict.about or REASONS.get(str(one.reject_reason), About.UNKNOWN)
    permanent = _is_permanent(one, verdict.status, verdict.is_permanent) and kind == Kind.BOUNCE
    report = Report(
        kind=kind,
        address=str(one.recipient or ""),
        is_permanent=permanent if kind in (Kind.BOUNCE, Kind.DELAYED) else None,
        status=verdict.status if kind in (Kind.BOUNCE, Kind.DELAYED) else "",
        about=about if kind == Kind.BOUNCE else About.UNKNOWN,
        detail=said[:500],
        key=_key(one.metadata),
        message_ids=tuple(str(found).strip("<>") for found in [one.message_id] if found),
        is_opt_out=str(one.event_type) == "unsubscribed",
    )
    own = str(one.event_id or "") or hashlib.sha256(body).hexdigest()
    return Event(report, f"{one.event_type} {own} {one.timestamp}")


def _is_permanent(one: Any, status: str, judged: bool) -> bool:
    """The server's code first; without one, what the provider calls it."""
    if status:
        return judged
    event = one.esp_event if isinstance(one.esp_event, dict) else {}
    return (
        not any(str(event.get(name, "")).lower() in FOR_NOW for name in SAYING_SO)
        and event.get("hard_bounce") is not False
    )


def _key(metadata: Any) -> int | None:
    """Which of our messages: it was given to the provider with the mail."""
    value = metadata.get("message") if isinstance(metadata, dict) else None
    return int(value) if isinstance(value, str | int) and str(value).isascii() and str(value).isdecimal() else None
