"""What the organisation has decided about quiet hours and about how much is too much."""

from dataclasses import dataclass
from datetime import time

from notices.enums import PUT_RIGHT, URGENT, NoticeKind
from notices.models import DeliveryRules, Notice


@dataclass(frozen=True)
class Rules:
    """`quiet`: from when until when nothing comes that can wait, on the reader's clock; None at any hour."""

    quiet: tuple[time, time] | None = None
    quiet_weekends: bool = False
    most_per_week: int | None = None
    digest_at: time = time(9)

    @property
    def hold(self) -> bool:
        return self.quiet is not None or self.quiet_weekends

    @property
    def opens_at(self) -> time:
        """When what waited goes out: at the hour of the digest, or when the quiet hours end if that is quiet itself."""
        return self.quiet[1] if self.quiet and self.is_quiet_at(self.digest_at) else self.digest_at

    def is_quiet_at(self, hour: time) -> bool:
        if self.quiet is None:
            return False
        begins, ends = self.quiet
        return begins <= hour < ends if begins <= ends else hour >= begins or hour < ends


OFF = Rules()


def rules() -> Rules:
    """Those in force. One query."""
    row = DeliveryRules.objects.order_by("pk").first()
    if row is None:
        return OFF
    quiet = (row.quiet_from, row.quiet_until) if row.quiet_from and row.quiet_until else None
    return Rules(quiet, row.quiet_weekends, row.most_per_week, row.digest_at)


def may_wait(notice: Notice) -> bool:
    """Corrections have hours of their own (walls), an answer is awaited, and a person's "now" is now."""
    is_awaited = notice.is_urgent or notice.kind in URGENT or notice.kind == NoticeKind.ANSWER
    return not is_awaited and not notice.at_any_hour and notice.kind not in PUT_RIGHT
