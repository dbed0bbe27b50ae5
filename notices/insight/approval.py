"""What an approval covered, and what has become of its audience since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from accounts import permissions
from accounts.models import Account
from notices.audiences import sizes
from notices.audiences.asked import Asked
from notices.enums import NoticeState
from notices.models import ApprovedAudience, Notice, Revision
from notices.pipeline import approve, audience
from stakeholders.models import Person

NUMBERS = "none one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905


@dataclass(frozen=True)
class Approval:
    approved_for: int = 0
    goes_to: int = 0
    joined: int = 0
    is_given: bool = False

    @property
    def left(self) -> int:
        return self.approved_for - (self.goes_to - self.joined)

    @property
    def sentence(self) -> str:
        """ "Approved for 1,240; goes to 1,243: four joined, one left."."""
        if not (self.joined or self.left):
            people = "person" if self.approved_for == 1 else "people"
            return f"For {self.approved_for:,} {people}; nobody has joined or left since."
        changes = [(self.joined, "joined"), (self.left, "left")]
        said = ", ".join(f"{_said(number)} {what}" for number, what in changes if number)
        return f"Approved for {self.approved_for:,}; goes to {self.goes_to:,}: {said}."


def of(notice: Notice, *, on: date | None) -> Approval:
    """`on`: the day on which it goes out."""
    if not notice.approved_revision_id or notice.approved_size is None:
        return Approval()
    people = people_of(notice, on=on)
    seen = ApprovedAudience.objects.filter(notice=notice).annotate(person=Func(F("people"), function="unnest"))
    return Approval(
        approved_for=notice.approved_size,
        goes_to=people.count(),
        joined=people.exclude(pk__in=seen.values("person")).count(),
        is_given=True,
    )


def people_of(notice: Notice, *, on: date | None) -> QuerySet[Person]:
    """After the release: those for whom a message was made."""
    if notice.released_at:
        return Person.objects.filter(pk__in=notice.messages.values("person"))
    rule = audience.resolve(
        notice.audience,
        upgrade=notice.upgrade,
        milestone=notice.milestone,
        survey=notice.survey,
        on=on,
    )
    return rule.order_by()


def why_not_by(account, notice: Notice) -> str:
    """Why this account does not approve it, for people; empty when it may."""
    if refused := permissions.refusal(account, "notices.approve"):
        return refused
    why = approve.four_eyes(notice, size=approve.size_of(notice))
    if not why or account.pk not in approve.writers(notice):
        return ""
    return f"You wrote on it, and somebody else has to approve it: {why}."


def approvable(
    notices: Iterable[Notice], *, by, now: datetime, counted: Mapping[int, int] | None = None
) -> list[Notice]:
    """Of those that wait for approval: without what takes a second pair of eyes and is one's own. Three queries; none
    with `counted`, the sizes of what own() names."""
    if not by.has_perm("notices.approve"):
        return []
    waiting = _in_review(notices)
    known = sizes.of(own(waiting, by=by, now=now)) if counted is None else counted
    return [one for one in waiting if one.pk not in known or not approve.four_eyes(one, size=known[one.pk])]


def own(notices: Iterable[Notice], *, by, now: datetime) -> dict[int, Asked]:
    """Of those that wait for approval, what this account wrote: whether it may approve that depends on the size."""
    waiting = _in_review(notices)
    written = _written(waiting, by=by) if waiting else set()
    return {one.pk: Asked.of(one, now=now) for one in waiting if one.pk in written}


def _in_review(notices: Iterable[Notice]) -> list[Notice]:
    return [notice for notice in notices if notice.state == NoticeState.IN_REVIEW]


def _written(notices: list[Notice], *, by: Account) -> set[int]:
    """As approve.may_approve sees it: those that this account saved once, or submitted last."""
    its_own = Q(pgh_obj=OuterRef("pk")) | Q(step=OuterRef("step"))
    saved = Notice.pgh_event_model.objects.filter(its_own, author=by)  # type: ignore[attr-defined]
    last = Revision.objects.filter(notice=OuterRef("pk")).order_by("-number").values("author")[:1]
    mine = Q(author=by) | Q(Exists(saved.order_by())) | Q(submitted_by=by.pk)
    rows = Notice.objects.filter(pk__in=[notice.pk for notice in notices]).annotate(submitted_by=Subquery(last))
    return set(rows.filter(mine).order_by().values_list("pk", flat=True))


def _said(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
