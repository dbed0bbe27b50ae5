"""What people said that waits for somebody: concerns without an answer, and names of who else should know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from feedback import referrals
from feedback.models import Concern
from upgrades.models import Upgrade


@dataclass(frozen=True)
class Unanswered:
    slug: str
    upgrade: str
    open: int
    overdue: int

    @property
    def title(self) -> str:
        return f"{self.open:,} concern{' waits' if self.open == 1 else 's wait'} for an answer"

    @property
    def words(self) -> str:
        return f"{self.overdue:,} overdue." if self.overdue else "None is overdue yet."


@dataclass(frozen=True)
class Named:
    slug: str
    upgrade: str
    count: int

    @property
    def title(self) -> str:
        return f"{self.count:,} {'person was' if self.count == 1 else 'people were'} named who should know"


def unanswered(*, today: date) -> list[Unanswered]:
    """Per upgrade, those with overdue ones first: one query. Questions outlive an upgrade, so all of them count;
    objections to a date are decided, not answered."""
    overdue = Count("pk", filter=Q(due_on__lt=today))
    rows = (
        Concern.objects.open()
        .exclude(pk__in=Concern.objects.to_decide().values("pk"))
        .order_by()
        .values("upgrade__slug", "upgrade__name")
    )
    rows = rows.annotate(open=Count("pk"), overdue=overdue).order_by("-overdue", "upgrade__name", "upgrade__slug")
    return [Unanswered(*row) for row in rows.values_list("upgrade__slug", "upgrade__name", "open", "overdue")]


def named(upgrades: Sequence[Upgrade]) -> list[Named]:
    """Per upgrade, who waits to be decided."""
    waiting = referrals.waiting(upgrades)
    return [Named(one.slug, one.name, len(waiting[one.pk])) for one in upgrades if one.pk in waiting]
