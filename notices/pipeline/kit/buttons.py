"""What may happen to a milestone. Each has words that lie ready for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from notices.enums import Event, NoticeKind
from upgrades.enums import Status
from upgrades.models import Milestone

AHEAD = (Status.TENTATIVE, Status.CONFIRMED)
RUNNING = (*AHEAD, Status.IN_PROCESS)
GOES_ON = ("postpone", "extend", "complete")  # not once the whole upgrade is off


@dataclass(frozen=True)
class Button:
    """`event` makes the words go out by themselves when somebody changes the plan elsewhere. `also` happens to the plan
    with it; what lies ready for that says nothing of its own."""

    key: str
    label: str
    icon: str
    kind: NoticeKind
    event: Event
    line: str
    objective: str
    possible: Collection[str]
    also: Collection[str] = ()
    is_repeatable: bool = True

    def why_not(self, milestone: Milestone, *, now: datetime) -> str:
        """Why it cannot be pressed now; empty when it can."""
        if milestone.status not in self.possible:
            return f"“{milestone}” is {milestone.get_status_display().lower()}."
        if milestone.upgrade.is_cancelled and self.key in GOES_ON:
            return "The upgrade is cancelled."
        if self.key == "extend" and milestone.status in AHEAD and milestone.start > now:
            return "It has not begun yet. Postpone it, or change its end."
        return ""


BUTTONS = {
    button.key: button
    for button in (
        Button(
            "postpone",
            "Postpone",
            icon="calendar-time",
            kind=NoticeKind.POSTPONED,
            event=Event.SLIPPED,
            line="Ready if the date moves",
            objective="Nobody comes on the old date.",
            possible=(*RUNNING, Status.CANCELLED),
            also=(Event.SLIPPED,),
        ),
        Button(
            "extend",
            "Extend",
            icon="clock-plus",
            kind=NoticeKind.PROGRESS,
            event=Event.EXTENDED,
            line="Ready if it takes longer",
            objective="People know the new end before the old one.",
            possible=RUNNING,
            also=(Event.STARTED, Event.EXTENDED),
        ),
        Button(
            "roll_back",
            "Roll back",
            icon="arrow-back-up",
            kind=NoticeKind.ROLLED_BACK,
            event=Event.ON_WORD,
            line="Ready if we go back",
            objective="People know that they work as before.",
            possible=(*RUNNING, Status.COMPLETED),
            also=(Event.CANCELLED,),
        ),
        Button(
            "complete",
            "Completed",
            icon="circle-check",
            kind=NoticeKind.COMPLETED,
            event=Event.FINISHED,
            line="Ready when it is done",
            objective="People know that it works again.",
            possible=RUNNING,
            also=(Event.STARTED, Event.FINISHED),
            is_repeatable=False,
        ),
        Button(
            "cancel",
            "Cancelled",
            icon="circle-x",
            kind=NoticeKind.CANCELLED,
            event=Event.CANCELLED,
            line="Ready if it is called off",
            objective="Nobody prepares for nothing.",
            possible=RUNNING,
            also=(Event.CANCELLED,),
            is_repeatable=False,
        ),
        Button(
            "outage",
            "Unplanned outage",
            icon="plug-connected-x",
            kind=NoticeKind.OUTAGE,
            event=Event.ON_WORD,
            line="Ready if something fails",
            objective="People know what fails, and until when.",
            possible=Status.values,
        ),
    )
}
KINDS = [button.kind for button in BUTTONS.values()]
