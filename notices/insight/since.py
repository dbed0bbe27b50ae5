"""What has become of a notice since somebody last stood behind it: what an approver looks at first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import F, Func

from accounts.models import Account
from notices.insight import approval, comparison
from notices.insight.comparison import Change
from notices.models import ApprovedAudience, Notice, Revision

TEXT = ("language", "level", "subject", "body")


@dataclass(frozen=True)
class Since:
    """`was_at` is the time it had then, where that differs."""

    approved_at: datetime
    by: Account | None
    words: Sequence[Change]
    facts: Sequence[Change]
    was_at: datetime | None
    joined: int
    left: int
    is_other_rule: bool
    is_other_channel: bool

    @property
    def is_nothing(self) -> bool:
        others = (self.was_at, self.joined, self.left, self.is_other_rule, self.is_other_channel)
        return not (self.words or self.facts or any(others))


def last_approval(notice: Notice, *, on: date | None) -> Since | None:
    """None where nobody has approved it yet. `on`: the day on which it goes out."""
    found = last_approvals([notice]).get(notice.pk)
    if found is None:
        return None
    joined, left = _moves(notice, on=on)
    return replace(found, joined=joined, left=left)


def last_approvals(notices: Iterable[Notice]) -> dict[int, Since]:
    """Of those that somebody approved once, without who joined and left. The number of queries does not depend on how
    many notices there are."""
    rows = {one.pk: one for one in notices}
    events: Any = Notice.pgh_event_model.objects  # type: ignore[attr-defined]
    approvals = events.filter(pgh_obj_id__in=rows, approved_revision__isnull=False)
    then = {one.pgh_obj_id: one for one in approvals.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")}
    revisions = Revision.objects.prefetch_related("variants").in_bulk(
        {one.approved_revision_id for one in then.values()}
    )
    latest = Revision.objects.filter(notice__in=then).order_by("notice", "-number").distinct("notice")
    newest = {one.notice_id: one for one in latest}
    accounts = Account.objects.in_bulk({one.approved_by_id for one in then.values()})
    return {
        pk: _since(rows[pk], one, revision, newest.get(pk), accounts.get(one.approved_by_id))
        for pk, one in then.items()
        if (revision := revisions.get(one.approved_revision_id))
    }


def _since(notice: Notice, then: Any, revision: Revision, latest: Revision | None, by: Account | None) -> Since:
    return Since(
        approved_at=then.approved_at,
        by=by,
        words=comparison.of_words(_texts(revision), notice.words),
        facts=_facts(notice, revision, latest),
        was_at=then.send_at if then.send_at != notice.send_at else None,
        joined=0,
        left=0,
        is_other_rule=revision.audience != notice.audience,
        is_other_channel=sorted(revision.channels) != sorted(notice.channels),
    )


def _texts(revision: Revision) -> list[dict[str, str]]:
    return [{name: getattr(one, name) for name in TEXT} for one in sorted(revision.variants.all(), key=lambda v: v.pk)]


def _facts(notice: Notice, revision: Revision, latest: Revision | None) -> list[Change]:
    return comparison.of_facts(revision.facts, latest.facts, zone=notice.upgrade.time_zone) if latest else []


def _moves(notice: Notice, *, on: date | None) -> tuple[int, int]:
    """How many joined and left since the approver saw the audience."""
    seen = ApprovedAudience.objects.filter(notice=notice)
    if not seen.exists():
        return 0, 0
    people = approval.people_of(notice, on=on)
    keys = seen.annotate(person=Func(F("people"), function="unnest")).values("person")
    before = seen.values_list("people", flat=True)[0]
    joined = people.exclude(pk__in=keys).count()
    return joined, len(before) - (people.count() - joined)
