"""What only the status page says, while nobody can read it."""

from collections.abc import Iterable

from notices.enums import NoticeState
from notices.models import Notice
from stakeholders.enums import SHOWN
from upgrades.models import Upgrade


def said(upgrade: Upgrade, notices: Iterable[Notice]) -> str:
    """A sentence about those that still wait; empty where somebody can read them."""
    if upgrade.is_published:
        return ""
    number = sum(one.is_waiting and is_for_the_page_alone(one) for one in notices)
    if not number:
        return ""
    what, it = ("1 notice goes", "it") if number == 1 else (f"{number} notices go", "them")
    return f"{what} to the status page alone, and that is not public: nobody would hear {it}."


def said_of(notice: Notice) -> str:
    """The same of one, also after it went out."""
    is_out = notice.state == NoticeState.RELEASED
    if notice.upgrade.is_published or not is_for_the_page_alone(notice) or not (notice.is_waiting or is_out):
        return ""
    went = "It went" if is_out else "It goes"
    return f"{went} to the status page alone, and that is not public: nobody {'hears' if is_out else 'would hear'} it."


def is_for_the_page_alone(notice: Notice) -> bool:
    return bool(notice.channels) and {*notice.channels} <= {*SHOWN}
