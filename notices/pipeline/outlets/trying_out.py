"""A real message over an outlet, to see whether it works. It is no telling: no message is stored."""

from dataclasses import replace
from datetime import datetime
from email.utils import make_msgid, parseaddr
from html import escape

from django.conf import settings

from commsplan.lib import limits
from notices.channels import KINDS, trying
from notices.channels.base import ChannelError, Envelope, Outcome
from notices.enums import OutletLogKind
from notices.models import Outlet
from notices.pipeline.outlets.choosing import access
from notices.pipeline.outlets.telling import note

MOST, WINDOW = 10, 600  # tests of one account, in so many seconds
TOO_OFTEN = "These were many tests in a short time. Wait ten minutes, and try again."


def allows(account) -> bool:
    """Each is a real message to an address of anybody's choice."""
    return limits.allows("try-out", str(account.pk), limit=MOST, seconds=WINDOW)


def try_out(outlet: Outlet, address: str, *, secret: str = "", by, now: datetime) -> str:
    """The answer of the other side, which is noted, as is a refusal. Also while the outlet is stopped: one wants to
    know whether it works again. Raises ChannelError, CannotDecrypt."""
    letter = _letter(address, now=now)
    outcome = trying.try_out(KINDS[outlet.channel], access(outlet, connections=1), letter, secret=secret)
    if isinstance(outcome, ChannelError):
        note(outlet, OutletLogKind.FAILED_TEST, f"To {address}: {outcome}", at=now, by=by)
        raise outcome
    answer = outcome.detail or "Accepted."
    note(outlet, OutletLogKind.TESTED, f"To {address}: {answer}", at=now, by=by)
    return answer


def hand_over(outlet: Outlet, address: str, *, subject: str, text: str, now: datetime, seconds: float) -> Outcome:
    """Words of ours, such as an alert: beside the outbox, and no telling. Raises CannotDecrypt."""
    html = f"<p>{escape(text).replace(chr(10), '<br>')}</p>"
    letter = replace(_letter(address, now=now), subject=subject, text=text, html=html, extra={})
    return trying.try_out(KINDS[outlet.channel], access(outlet, connections=1), letter, seconds=seconds)


def _letter(address: str, *, now: datetime) -> Envelope:
    own = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return trying.letter(
        address=address,
        sender=settings.DEFAULT_FROM_EMAIL,
        bounce_to=own,
        message_id=make_msgid(domain=own.rpartition("@")[2] or None),
        url=settings.BASE_URL,
        now=now,
    )
