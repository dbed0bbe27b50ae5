"""Tokens that let a directory in: made, found by what it shows, revoked."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from directory.models import DirectoryToken

PREFIX = "commsplan-"  # so that somebody who finds one knows what it opens
WRITTEN_EVERY = timedelta(minutes=1)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def issue(name: str, *, by, now: datetime) -> tuple[DirectoryToken, str]:
    """The token and its secret, which nobody can read again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = DirectoryToken.objects.create(name=name, digest=digest(secret), created_by=by, created_at=now)
    return token, secret


def find(secret: str) -> DirectoryToken | None:
    """By its digest: how long that takes says nothing about the secret."""
    shown = digest(secret)
    token = DirectoryToken.objects.filter(digest=shown, revoked_at=None).first()
    return token if token and hmac.compare_digest(token.digest, shown) else None


def note_use(token: DirectoryToken, *, now: datetime) -> None:
    """At most once a minute: a directory sends a thousand requests in that time."""
    if token.last_used_at and now - token.last_used_at < WRITTEN_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - WRITTEN_EVERY)
    DirectoryToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def revoke(token: DirectoryToken, *, now: datetime) -> bool:
    return bool(DirectoryToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now))
