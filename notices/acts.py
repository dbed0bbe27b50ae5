"""What may be done with a notice now, by whom, and if not, why not."""

from dataclasses import dataclass

from accounts import permissions
from accounts.models import Account
from notices.enums import NoticeState
from notices.models import Notice
from notices.pipeline import approve
from notices.progress import Progress


@dataclass(frozen=True)
class Act:
    """`name` is the name of its address. A page is opened; everything else is posted at once."""

    name: str
    label: str
    icon: str
    why_not: str = ""
    is_page: bool = False
    is_main: bool = False
    is_grave: bool = False

    @property
    def is_possible(self) -> bool:
        return not self.why_not


def of(notice: Notice, account: Account, progress: Progress) -> list[Act]:
    """Those that make sense in this state; the ones this account may not do carry the reason."""
    return [
        Act(name, label, icon, why_not=_why_not(notice, account, name, permission), **options)
        for name, label, icon, permission, options in _sensible(notice, progress)
    ]


def _why_not(notice: Notice, account: Account, name: str, permission: str) -> str:
    if refused := permissions.refusal(account, permission):
        return refused
    if name == "notice_approve" and notice.author_id == account.pk:
        why = approve.four_eyes(notice, size=approve.size_of(notice))
        return f"You wrote it, and somebody else has to approve it: {why}." if why else ""
    return ""


def _sensible(notice: Notice, progress: Progress):
    yield from FOR_STATE[notice.state](notice, progress)
    if notice.state != NoticeState.CANCELLED:
        yield "notice_trial", "Send a test to me", "mail-forward", "notices.write", {}
    if notice.is_waiting or notice.state == NoticeState.MISSED or progress.is_sending:
        label = "Cancel what has not gone out" if progress.is_sending else "Cancel the notice"
        yield "notice_cancel", label, "circle-x", "notices.write", {"is_page": True, "is_grave": True}


EDIT = ("notice_edit", "Edit", "pencil", "notices.write")
SEND_NOW = ("notice_send", "Send now", "send", "notices.send")


def _draft(notice, progress):
    yield *EDIT, {"is_page": True, "is_main": True}
    if notice.needs_approval:
        yield "notice_submit", "Submit for approval", "user-question", "notices.write", {"is_main": True}
    else:
        yield "notice_schedule", "Schedule", "clock", "notices.write", {"is_page": True, "is_main": True}


def _in_review(notice, progress):
    yield "notice_approve", "Read and approve", "circle-check", "notices.approve", {"is_page": True, "is_main": True}
    yield *EDIT, {"is_page": True}


def _approved(notice, progress):
    yield *EDIT, {"is_page": True}
    yield *SEND_NOW, {"is_page": True}
    yield from _stop_or_go(notice)


def _released(notice, progress):
    if progress.is_sending:
        yield from _stop_or_go(notice)
    if progress.failed:
        yield "notice_retry", f"Try the {progress.failed:,} failed again", "refresh", "notices.send", {"is_main": True}


def _missed(notice, progress):
    yield "notice_send", "Send anyway", "send", "notices.send", {"is_page": True, "is_main": True}
    yield *EDIT, {"is_page": True}


def _cancelled(notice, progress):
    return ()


def _stop_or_go(notice):
    if notice.is_paused:
        yield "notice_resume", "Resume", "player-play", "notices.send", {"is_main": True}
    else:
        yield "notice_pause", "Pause", "player-pause", "notices.send", {"is_main": True}


FOR_STATE = {
    NoticeState.DRAFT: _draft,
    NoticeState.IN_REVIEW: _in_review,
    NoticeState.APPROVED: _approved,
    NoticeState.RELEASED: _released,
    NoticeState.MISSED: _missed,
    NoticeState.CANCELLED: _cancelled,
}
