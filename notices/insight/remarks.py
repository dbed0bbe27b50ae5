"""What people have remarked about a notice, and what of it nobody has settled."""

from dataclasses import dataclass

from django.db.models import Count, Max

from accounts.models import Account
from notices.enums import WAITING
from notices.models import Comment, Notice


@dataclass(frozen=True)
class Remarks:
    """In the order in which they were made. `latest`: the number of the last version."""

    open: list[Comment]
    settled: list[Comment]
    latest: int | None

    @property
    def number(self) -> int:
        return len(self.open)


@dataclass(frozen=True)
class Left:
    """Remarks of others on a notice that nobody has settled."""

    notice: int
    title: str
    upgrade: str
    number: int

    @property
    def words(self) -> str:
        return f"{self.number} {'remark' if self.number == 1 else 'remarks'} on it."


def of(notice: Notice) -> Remarks:
    """Two queries."""
    found = list(notice.comments.select_related("by", "resolved_by", "revision").order_by("at", "pk"))
    latest = notice.revisions.aggregate(last=Max("number"))["last"] if found else None
    return Remarks([one for one in found if not one.resolved_at], [one for one in found if one.resolved_at], latest)


def left_for(account: Account) -> list[Left]:
    """On what this account wrote and has not gone out. One query."""
    found = Comment.objects.filter(resolved_at=None, notice__author=account, notice__state__in=WAITING)
    rows = found.exclude(by=account).order_by().values_list("notice", "notice__title", "notice__upgrade__name")
    return [Left(*row) for row in rows.annotate(number=Count("pk")).order_by("notice__title", "notice")[:10]]
