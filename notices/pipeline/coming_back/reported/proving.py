"""That a report is the provider's, and not an old one again. django-anymail proves most; what it needs other packages
for, or leaves to passwords, is proved here."""

import base64
import hmac
from datetime import datetime, timedelta

from django.http import HttpRequest

OLDEST = timedelta(hours=25)  # providers try for a day
SIGNED_WITH_TIME = {"sendgrid": "X-Twilio-Email-Event-Webhook-Timestamp", "resend": "svix-timestamp"}


class NotTheirs(Exception):
    pass


class NotUnderstood(Exception):
    pass


def check_age(seconds: str, *, now: datetime) -> None:
    """A report once is a report; one that comes again after days is somebody's recording."""
    try:
        age = now.timestamp() - float(seconds)
    except (TypeError, ValueError):
        raise NotTheirs("It does not say when it was signed.") from None
    if not abs(age) <= OLDEST.total_seconds():
        raise NotTheirs("It was signed too long ago, or in the future.")


def check_svix(request: HttpRequest, secret: str) -> None:
    """As Resend signs: HMAC over id, time and body, with any of the signatures in the header."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{request.headers['svix-id']}.{request.headers['svix-timestamp']}.".encode() + request.body
        given = request.headers["svix-signature"].split()
    except (KeyError, ValueError) as error:
        raise NotTheirs("It is not signed.") from error
    good = base64.b64encode(hmac.digest(key, signed, "sha256"))
    if not any(hmac.compare_digest(one.partition(",")[2].encode(), good) for one in given):
        raise NotTheirs("Its signature is wrong.")


def check_password(request: HttpRequest, secret: str) -> None:
    """`user:password`, as the address at the provider has it."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        pair = base64.b64decode(given, validate=True)
    except ValueError:
        pair = b""
    if ":" not in secret or kind.lower() != "basic" or not hmac.compare_digest(pair, secret.encode()):
        raise NotTheirs("User or password are wrong.")
