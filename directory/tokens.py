"""Tokens that let a directory in: made and found by what it shows. Use is noted and revoked by commsplan.lib.bearer."""

from datetime import datetime

from commsplan.lib import bearer
from directory.models import DirectoryToken


def issue(name: str, *, by, now: datetime) -> tuple[DirectoryToken, str]:
    """The token and its secret, which nobody can read again."""
    secret = bearer.make()
    token = DirectoryToken.objects.create(name=name, digest=bearer.digest(secret), created_by=by, created_at=now)
    return token, secret


def find(secret: str) -> DirectoryToken | None:
    return bearer.find(DirectoryToken.objects.all(), secret)
