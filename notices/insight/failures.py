"""What of a notice failed, why, and how much of it may have arrived all the same."""

from dataclasses import dataclass

from django.db.models import Count

from notices.enums import MessageState
from notices.models import Message, Notice

MOST_REASONS = 5


@dataclass(frozen=True)
class Failures:
    number: int = 0
    doubtful: int = 0
    reasons: tuple[tuple[str, int], ...] = ()  # the most frequent first

    @property
    def certain(self) -> int:
        return self.number - self.doubtful

    @property
    def of_other_reasons(self) -> int:
        return self.number - sum(number for _, number in self.reasons)

    @property
    def warning(self) -> str:
        if self.doubtful == self.number:
            return "All of them may have arrived already" if self.number > 1 else "It may have arrived already"
        return f"{self.doubtful:,} of them may have arrived already"


def of(notice: Notice) -> Failures:
    failed = Message.objects.filter(notice=notice, state=MessageState.FAILED)
    reasons = failed.order_by().values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason")
    return Failures(failed.count(), failed.doubtful().count(), tuple(reasons[:MOST_REASONS]))


def said(notice: Notice, again: int) -> str:
    """When so many are tried again."""
    left = of(notice).doubtful
    if not again and not left:
        return "Nothing of it has failed any more."
    now = f"{again:,} {_are(again)} tried again." if again else "Nothing is tried again."
    return f"{now} {left:,} may have arrived already and {_are(left)} left out." if left else now


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
