"""What has become of a notice since somebody last stood behind it: what an approver looks at first."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import F, Func

from accounts.models import Account
from notices.channels.base import ChannelError
from notices.insight import approval, comparison, reach
from notices.insight.comparison import Change
from notices.models import ApprovedAudience, Notice, Revision
from notices.pipeline import render
from stakeholders.models import Person

TEXT = ("language", "level", "subject", "body")


@dataclass(frozen=True)
class Since:
    """`was_at` is the time it had then, where that differs."""

    approved_at: datetime
    by: Account | None
    revision: Revision
    words: Sequence[Change]
    rendered: Sequence[Change]
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
    return replace(found, joined=joined, left=left, rendered=_rendered(notice, found.revision, on=on))


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
        revision=revision,
        rendered=(),
        words=comparison.of_words(_texts(revision), notice.words),
        facts=_facts(notice, revision, latest),
        was_at=then.send_at if then.send_at != notice.send_at else None,
        joined=0,
        left=0,
        is_other_rule=revision.audience != notice.audience,
        is_other_channel=sorted(revision.channels) != sorted(notice.channels),
    )


def _rendered(notice: Notice, revision: Revision, *, on: date | None) -> list[Change]:
    """What a reader of each version finds otherwise in the letter: words, and the facts that they print."""
    reader = reach.reader(notice, on=on)
    now = notice.send_at or notice.created_at
    before = {(one["language"], one["level"]): one for one in _texts(revision)}
    changes = []
    for words in notice.words:
        then = before.get((words["language"], words["level"]))
        if then:
            old = _letter(notice, then, reader, facts=revision.facts, now=now)
            new = _letter(notice, words, reader, facts=None, now=now)
            changes += _differing(comparison.name_of(words["language"], words["level"]), old, new)
    return changes


def _letter(notice: Notice, words: dict, reader: Person, *, facts: Any, now: datetime) -> tuple[str, str]:
    person = copy(reader)
    person.language, person.reader_level = words["language"], words["level"]
    try:
        letter = render.preview(notice, person=person, words=[words], facts=facts, now=now)
    except ChannelError as error:
        return "", str(error)
    return letter.subject, letter.text


def _differing(name: str, old: tuple[str, str], new: tuple[str, str]) -> list[Change]:
    pairs = zip(("subject", "letter"), old, new, strict=True)
    return [
        Change(f"{name}: {part}", comparison.shorten(comparison.compare(was, now)))
        for part, was, now in pairs
        if was != now
    ]


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
