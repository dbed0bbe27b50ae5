"""Amazon SES reports through SNS, which signs with a certificate of its own."""

import base64
import json
import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.utils.dateparse import parse_datetime

from notices.bounces import announced
from notices.pipeline.coming_back.reported.events import Event
from notices.pipeline.coming_back.reported.proving import NotTheirs, NotUnderstood, check_age

log = logging.getLogger(__name__)

CERTIFICATE = re.compile(
    r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[\w-]{1,80}\.pem"
)
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
SECONDS = 10
LARGEST = 50_000


@lru_cache(maxsize=8)
def fetch(url: str) -> bytes:
    """From Amazon alone: the address was compared before."""
    session = requests.Session()
    session.trust_env = False
    proxies = {"https": settings.OUTGOING_PROXY} if settings.OUTGOING_PROXY else {}
    answer = session.get(url, timeout=SECONDS, allow_redirects=False, proxies=proxies, stream=True)
    answer.raise_for_status()
    return answer.raw.read(LARGEST, decode_content=True)


def read(body: bytes, *, topic: str, now: datetime, fetch: Callable[[str], bytes] = fetch) -> list[Event]:
    said = _load(body)
    _prove(said, topic, fetch)
    check_age(str(_moment(said).timestamp()), now=now)
    if said["Type"] == "SubscriptionConfirmation":
        log.warning("confirm the subscription of Amazon SNS", extra={"link": str(said.get("SubscribeURL", ""))[:500]})
    if said["Type"] != "Notification":
        return []
    reports = announced.read(str(said.get("Message", "")))
    return [Event(report, f"{said['MessageId']} {at}") for at, report in enumerate(reports)]


def _load(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotTheirs("It is not signed.") from error
    if not isinstance(said, dict) or said.get("Type") not in SIGNED:
        raise NotTheirs("It is not signed.")
    return said


def _prove(said: dict[str, Any], topic: str, fetch: Callable[[str], bytes]) -> None:
    url = str(said.get("SigningCertURL", ""))
    if said.get("TopicArn") != topic:
        raise NotTheirs("It is of another topic.")
    if not CERTIFICATE.fullmatch(url):
        raise NotTheirs("Its certificate is not Amazon's.")
    try:
        key = x509.load_pem_x509_certificate(fetch(url)).public_key()
        signature = base64.b64decode(str(said.get("Signature", "")), validate=True)
        if not isinstance(key, rsa.RSAPublicKey):
            raise NotTheirs("Its certificate is of another kind.")
        key.verify(signature, _signed(said), padding.PKCS1v15(), HASHES[str(said.get("SignatureVersion"))]())
    except (InvalidSignature, KeyError, ValueError) as error:
        raise NotTheirs("Its signature is wrong.") from error
    except requests.RequestException as error:
        raise NotUnderstood("Amazon's certificate cannot be fetched.") from error


def _signed(said: dict[str, Any]) -> bytes:
    names = (name for name in SIGNED[said["Type"]] if said.get(name) is not None)
    return "".join(f"{name}\n{said[name]}\n" for name in names).encode()


def _moment(said: dict[str, Any]) -> datetime:
    try:
        moment = parse_datetime(str(said.get("Timestamp", "")))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise NotTheirs("It does not say when it was signed.")
    return moment
