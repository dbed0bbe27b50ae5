"""What may be done with a notice now, by whom, and if not, why not."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from accounts import permissions
from accounts.models import Account
from notices.enums import Event, NoticeState
from notices.insight import approval
from notices.insight.progress import Progress
from notices.models import Notice
from notices.pipeline import approve


@dataclass(frozen=True)
class Act:
    """`name` is the name of its address. A page is opened; everything else is posted at once."""

    name: str
    label: str
    icon: str
    permission: str
    why_not: str = ""
    is_page: bool = False
    is_main: bool = False
    is_grave: bool = False
    tone: str = ""
    mark: str = ""  # what the key of that name presses


def of(notice: Notice, account: Account, progress: Progress) -> list[Act]:
    """Those that make sense in this state; the ones this account may not do carry the reason."""
    return [
        replace(act, why_not=_why_not(notice, account, act))
        for act in [*FOR_STATE[notice.state](notice, progress), *_always(notice, progress)]
    ]


def _why_not(notice: Notice, account: Account, act: Act) -> str:
    if act is APPROVE:
        return approval.why_not_by(account, notice)
    return permissions.refusal(account, act.permission)


EDIT = Act("notice_edit", "Edit", icon="pencil", permission="notices.write", is_page=True, mark="edit")
SUBMIT = Act(
    "notice_submit",
    "Submit for approval",
    icon="user-question",
    permission="notices.write",
    is_main=True,
    tone="primary",
)
SCHEDULE = Act(
    "notice_schedule", "Schedule", icon="clock", permission="notices.write", is_page=True, is_main=True, tone="primary"
)
APPROVE = Act(
    "notice_approve",
    "Read and approve",
    icon="circle-check",
    permission="notices.approve",
    is_page=True,
    is_main=True,
    tone="primary",
)
SEND_NOW = Act("notice_send", "Send now", icon="send", permission="notices.send", is_page=True)
PAUSE = Act("notice_pause", "Pause", icon="player-pause", permission="notices.send", is_main=True)
RESUME = Act("notice_resume", "Resume", icon="player-play", permission="notices.send", is_main=True, tone="primary")
RETRY = Act(
    "notice_retry",
    "Try the failed again",
    icon="refresh",
    permission="notices.send",
    is_page=True,
    is_main=True,
    tone="primary",
)
TRIAL = Act("notice_trial", "Send a test to me", icon="mail-forward", permission="notices.write")
CANCEL = Act(
    "notice_cancel", "Cancel the notice", icon="circle-x", permission="notices.write", is_page=True, is_grave=True
)


def _draft(notice: Notice, progress: Progress) -> list[Act]:
    return [replace(EDIT, is_main=True), SUBMIT if approve.takes_approval(notice) else SCHEDULE]


def _in_review(notice: Notice, progress: Progress) -> list[Act]:
    return [APPROVE, EDIT]


def _approved(notice: Notice, progress: Progress) -> list[Act]:
    if notice.waits_for == Event.ON_WORD and not notice.is_paused:
        return [replace(SEND_NOW, is_main=True, tone="primary"), EDIT, replace(PAUSE, is_main=False)]
    return [_stop_or_go(notice), EDIT, SEND_NOW]


def _released(notice: Notice, progress: Progress) -> list[Act]:
    running = [_stop_or_go(notice)] if progress.is_sending else []
    return [*running, RETRY] if progress.can_be_tried_again else running


def _missed(notice: Notice, progress: Progress) -> list[Act]:
    return [replace(SEND_NOW, label="Send anyway", is_main=True, tone="primary"), EDIT]


def _cancelled(notice: Notice, progress: Progress) -> list[Act]:
    return []


def _always(notice: Notice, progress: Progress) -> list[Act]:
    if progress.is_sending:
        return [TRIAL, replace(CANCEL, label="Cancel what has not gone out")]
    return [TRIAL, CANCEL] if notice.is_waiting or notice.state == NoticeState.MISSED else [TRIAL]


def _stop_or_go(notice: Notice) -> Act:
    return RESUME if notice.is_paused else PAUSE


FOR_STATE: dict[str, Callable[[Notice, Progress], list[Act]]] = {
    NoticeState.DRAFT: _draft,
    NoticeState.IN_REVIEW: _in_review,
    NoticeState.APPROVED: _approved,
    NoticeState.RELEASED: _released,
    NoticeState.MISSED: _missed,
    NoticeState.CANCELLED: _cancelled,
}
