"""Secrets that let programs in. Only a digest is kept: nobody can read a secret again."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

PREFIX = "commsplan-"  # so that somebody who finds one knows what it opens
WRITTEN_EVERY = timedelta(minutes=1)
Token = TypeVar("Token", bound=models.Model)  # has digest, revoked_at and last_used_at


def make() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def find(tokens: "models.QuerySet[Token]", secret: str) -> Token | None:
    """By its digest: how long that takes says nothing about the secret."""
    return tokens.filter(digest=digest(secret), revoked_at=None).first()


def note_use(token: Any, *, now: datetime) -> None:
    """At most once a minute: a program sends a thousand requests in that time."""
    if token.last_used_at and now - token.last_used_at < WRITTEN_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - WRITTEN_EVERY)
    type(token).objects.filter(stale, pk=token.pk).update(last_used_at=now)


def revoke(token: Any, *, now: datetime) -> bool:
    return bool(type(token).objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now))
