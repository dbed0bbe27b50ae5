"""Tokens that let programs and calendars in on behalf of an account, with what it may read and nothing more."""

from datetime import datetime

from accounts.enums import TokenUse
from accounts.models import AccessToken, Account
from commsplan.lib import bearer

MOST = 100  # in use by one account
LONGEST = 60  # characters of a name


class TooMany(ValueError):
    """As many as one account may have."""


def issue(name: str, *, use: str, by: Account, now: datetime) -> tuple[AccessToken, str]:
    """The token and its secret, which nobody can read again."""
    if in_use(by).count() >= MOST:
        raise TooMany(f"You have {MOST} tokens in use. Revoke one that you do not need any more, then make this one.")
    secret = bearer.make()
    token = AccessToken.objects.create(account=by, use=use, name=name, digest=bearer.digest(secret), created_at=now)
    return token, secret


def in_use(account: Account):
    return AccessToken.objects.filter(account=account, revoked_at=None)


def free_name(wanted: str, *, account: Account) -> str:
    """That name, or with a number where the account has a token of that name."""
    taken = {name.lower() for name in in_use(account).values_list("name", flat=True)}
    names = (f"{wanted[: LONGEST - len(end)]}{end}" for end in ("", *(f" {number}" for number in range(2, MOST + 2))))
    return next(name for name in names if name.lower() not in taken)


def find(secret: str) -> AccessToken | None:
    """Whatever its use. That of an account which may not sign in any more is not found."""
    return bearer.find(AccessToken.objects.filter(account__is_active=True).select_related("account"), secret)


def find_for_calendars(secret: str) -> AccessToken | None:
    found = find(secret)
    return found if found and found.use == TokenUse.CALENDAR else None
