"""What people said that waits for somebody: concerns without an answer, and names of who else should know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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


def unanswered(*, now: datetime) -> list[Unanswered]:
    """Per upgrade, those with overdue ones first: one query. Questions outlive an upgrade, so all of them count."""
    overdue = Count("pk", filter=Q(due_on__lt=now.date()))
    rows = Concern.objects.open().order_by().values("upgrade__slug", "upgrade__name")
    rows = rows.annotate(open=Count("pk"), overdue=overdue).order_by("-overdue", "upgrade__name", "upgrade__slug")
    return [Unanswered(*row) for row in rows.values_list("upgrade__slug", "upgrade__name", "open", "overdue")]


def named() -> list[Named]:
    """Per running upgrade, who waits to be decided."""
    waiting = referrals.waiting(Upgrade.objects.running())
    return list(_counted(waiting)) if waiting else []


def _counted(waiting: dict[int, list]) -> Iterable[Named]:
    for upgrade in Upgrade.objects.filter(pk__in=waiting).order_by("name", "pk"):
        yield Named(upgrade.slug, upgrade.name, len(waiting[upgrade.pk]))
