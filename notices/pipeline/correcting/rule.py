"""How an upgrade corrects what people were told, and who stands behind corrections that go out by themselves.

Somebody else than who wrote it approves a rule. Other words, limits or another mode take that back.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from notices import wording
from notices.enums import PUT_RIGHT, Correcting, NoticeKind, NoticeState
from notices.models import CorrectionRule, Notice
from notices.pipeline import render
from notices.pipeline.approve import Conflict, NotAllowed
from notices.pipeline.correcting.deciding import Waits
from notices.pipeline.correcting.reaching import OUR_DOING
from notices.pipeline.render.words import names_in
from upgrades.models import Upgrade

Words = list[dict[str, str]]

MAY_BE_SET = (
    *("mode", "wait_minutes", "longest_wait_minutes", "urgent_wait_minutes", "most_people"),
    *("start_minutes", "end_minutes", "downtime_minutes", "words"),
)
SAYS_WHAT_CHANGED = "changes"
RULE_CHANGED = f"{OUR_DOING}the rule for corrections has changed."


def of(upgrade: Upgrade) -> CorrectionRule:
    """Its own, or one with the usual values that is not stored."""
    found = CorrectionRule.objects.filter(upgrade=upgrade).select_related("author", "approved_by").first()
    return found or CorrectionRule(upgrade=upgrade, author=upgrade.owner)


@transaction.atomic
def save(upgrade: Upgrade, *, by, version: int | None = None, **values: Any) -> CorrectionRule:
    """`version`: that of the rule which somebody looked at; with it nobody overwrites what another has saved meanwhile.
    What is changed has to be approved again."""
    if strange := values.keys() - set(MAY_BE_SET):
        raise ValueError(f"A rule has no {', '.join(sorted(strange))}.")
    if values.get("words") and (obstacle := wrong_words(values["words"])):
        raise NotAllowed(obstacle)
    if not (by.has_perm("notices.write") or by.has_perm("notices.approve")):
        raise NotAllowed("Your role does not write notices.")
    row, is_new = CorrectionRule.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        upgrade=upgrade, defaults={"author": by, **values}
    )
    if is_new:
        return row
    if version is not None and version != row.version:
        raise Conflict("Somebody else has saved the rule in the meantime.")
    if all(getattr(row, name) == value for name, value in values.items()):
        return row
    unapproved = {"approved_by": None, "approved_at": None, "author": by, "version": F("version") + 1}
    _take_back_what_waits(row)
    CorrectionRule.objects.filter(pk=row.pk).update(**values, **unapproved)
    row.refresh_from_db()
    return row


def _take_back_what_waits(row: CorrectionRule) -> None:
    """What stands approved by the rule as it was, and waits for its hour. The clock proposes it anew."""
    if row.approved_at is None or not is_automatic(row):
        return
    waiting = Notice.objects.filter(
        upgrade=row.upgrade_id, kind__in=PUT_RIGHT, state=NoticeState.APPROVED, said_at=None
    )
    by_the_rule = waiting.filter(approved_by=row.approved_by_id, approved_at__gte=row.approved_at)
    by_the_rule.update(state=NoticeState.CANCELLED, reason=RULE_CHANGED, paused_at=None, pause_reason="")


@transaction.atomic
def approve(rule: CorrectionRule, *, by, now: datetime) -> None:
    """From now on corrections go out in this account's name without asking, as far as the rule says. `rule` is the
    version that they saw."""
    row = CorrectionRule.objects.select_for_update(of=("self",), no_key=True).get(pk=rule.pk)
    if row.version != rule.version:
        raise Conflict("The rule has changed since you opened it. Please look at the new one first.")
    if not by.has_perm("notices.approve"):
        raise NotAllowed("Your role does not approve notices.")
    if by.pk in authors(row):
        raise NotAllowed("Somebody else than its author has to approve a rule by which corrections go out.")
    CorrectionRule.objects.filter(pk=row.pk).update(approved_by=by, approved_at=now)
    rule.refresh_from_db()


def authors(rule: CorrectionRule) -> set[int]:
    """Whoever saved it since it was approved last."""
    events = CorrectionRule.pgh_event_model.objects.filter(pgh_obj_id=rule.pk)  # type: ignore[attr-defined]
    last = events.filter(approved_at__isnull=False).order_by("-pgh_id").values_list("pgh_id", flat=True).first()
    since = events.filter(pgh_id__gt=last) if last else events
    return {rule.author_id, *since.order_by().values_list("author_id", flat=True).distinct()}


def is_automatic(rule: CorrectionRule) -> bool:
    return rule.mode == Correcting.AUTOMATIC


def words_of(rule: CorrectionRule, kind: str = NoticeKind.CORRECTION) -> list[Any]:
    """Its own, or the usual ones of the kind. A catch-up always has the usual ones."""
    return list(rule.words) if rule.words and kind == NoticeKind.CORRECTION else list(wording.of(kind))


def waits_of(rule: CorrectionRule) -> Waits:
    return Waits(
        usual=timedelta(minutes=rule.wait_minutes),
        longest=timedelta(minutes=rule.longest_wait_minutes),
        urgent=timedelta(minutes=rule.urgent_wait_minutes),
    )


def wrong_words(words: Words) -> str:
    """Why these cannot be the words of a correction; empty when nothing is the matter."""
    if problems := render.check_words(words, has_milestone=False, has_survey=False):
        return f"Its words cannot go out like this. {problems[0]}"
    silent = [one["language"] for one in words if SAYS_WHAT_CHANGED not in names_in(one["body"])]
    if silent:
        return f"The text in “{silent[0]}” never says what has changed. Put {{{{ changes }}}} where it should stand."
    return ""
