"""One line of a plan as the rules see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notices.audiences.asked import Asked
from notices.enums import Medium, NoticeState, Trigger
from notices.lint.findings import Place
from notices.models import Notice, PlanStep
from stakeholders.enums import SHOWN
from upgrades.models import Milestone


@dataclass(frozen=True, kw_only=True)
class Line:
    """A step with its notice, a step that people do, or a notice that was written by hand.

    `dues`: every moment at which it goes out or takes place, in order; none for what waits for an event. `dropped`:
    channels that carry nothing, in a plan that is only thought.
    """

    step: PlanStep | None
    notice: Notice | None
    milestone: Milestone | None
    dues: tuple[datetime, ...]
    asked: Asked
    dropped: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.notice.title if self.notice else self.step.name if self.step else ""

    @property
    def place(self) -> Place:
        return Place.of(self.step or self.notice)

    @property
    def due(self) -> datetime | None:
        return self.dues[0] if self.dues else None

    @property
    def kind(self) -> str:
        return self.notice.kind if self.notice else ""

    @property
    def medium(self) -> str:
        return self.step.medium if self.step else Medium.NOTICE

    @property
    def channels(self) -> Sequence[str]:
        """What is out has taken the way it took."""
        given = self.notice.channels if self.notice else ()
        return given if self.is_out or not self.dropped else [one for one in given if one not in self.dropped]

    @property
    def is_push(self) -> bool:
        """It comes to people; a status page waits until they come."""
        return any(channel not in SHOWN for channel in self.channels)

    @property
    def is_out(self) -> bool:
        return bool(self.notice and self.notice.state == NoticeState.RELEASED)

    @property
    def is_done(self) -> bool:
        """Nothing about it can be changed any more."""
        return self.is_out or bool(self.step and self.step.done_at)

    @property
    def is_alive(self) -> bool:
        """It has gone out, or will."""
        return self.notice is None or self.notice.state not in (NoticeState.CANCELLED, NoticeState.MISSED)

    @property
    def is_kit(self) -> bool:
        return bool(self.step and self.step.trigger == Trigger.EVENT)
