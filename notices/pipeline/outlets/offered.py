"""Which channels may be chosen: mail and what is shown always, another one once somebody has set it up."""

from collections.abc import Iterable

from notices.channels import KINDS, SENDERS
from notices.models import Outlet
from stakeholders.enums import SHOWN, Channel

ALWAYS = (Channel.EMAIL, *SHOWN)


def channels() -> list[Channel]:
    """One query. Where something has to be entered, an outlet that only has limits is none that somebody has set up."""
    asking = [kind.channel for kind in KINDS.values() if any(one.is_required for one in kind.fields)]
    first = Outlet.objects.filter(is_fallback=False).exclude(channel__in=asking, config={}, secrets=None)
    known = {*ALWAYS, *first.values_list("channel", flat=True)}
    return [one for one in Channel if one in known]


def sending() -> list[Channel]:
    """Those over which messages go out."""
    return [one for one in channels() if one in SENDERS]


def choices(chosen: Iterable[str] = ()) -> list[tuple[str, str]]:
    """For a form. What was chosen before stays a choice, though it can be used no more."""
    may, before = channels(), set(chosen)
    return [(one.value, str(one.label)) for one in Channel if one in may or one in before]


def not_set_up(chosen: Iterable[str]) -> list[Channel]:
    may = channels()
    return [one for one in Channel if one in set(chosen) and one not in may]
