"""Whom a milestone concerns: everybody who would hear what was said about it, if it were said today."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from notices.enums import PERSONAL, NoticeKind
from notices.models import Notice
from notices.pipeline import audience
from upgrades import facts
from upgrades.models import Milestone, Upgrade

SAY_NO_DATE = (*PERSONAL, NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER, NoticeKind.NEWS)


def of(
    upgrade: Upgrade, milestones: Iterable[Milestone], *, people: Collection[int], now: datetime
) -> dict[int, list[str]]:
    """By person the subjects of those of these milestones that are still ahead or under way, in their order. One query
    for each rule by which somebody was told about one of them."""
    ahead = {one.pk: one for one in milestones if not one.is_over and one.last_moment > now}
    told = Notice.objects.released().filter(upgrade=upgrade, milestone__in=ahead).exclude(kind__in=SAY_NO_DATE)
    rules = {(one.milestone_id, str(one.audience)): one for one in told.select_related("survey").order_by("pk")}
    found: dict[int, set[int]] = defaultdict(set)
    for (milestone, _), notice in rules.items():
        rule = audience.Audience.from_json(notice.audience)
        chosen = audience.resolve(rule, upgrade=upgrade, milestone=ahead[milestone], survey=notice.survey)
        for person in chosen.filter(pk__in=people).order_by().values_list("pk", flat=True):
            found[person].add(milestone)
    return {person: [facts.subject(one) for one in ahead.values() if one.pk in own] for person, own in found.items()}
