"""The trails of all objects: those of the apps below, and of what is said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse

import accounts.trails.kept
import directory.trails
import engagement.trails
import feedback.trails
import stakeholders.trails
import upgrades.trails
import vendors.trails
from accounts.trails import Part, Trail
from accounts.trails.trail import save
from notices.enums import PERSONAL, NoticeState
from notices.insight.outlets import slug_of
from notices.models import (
    Call,
    Comment,
    CorrectionRule,
    DeliveryRules,
    DomainLimit,
    Notice,
    Outlet,
    PassedOn,
    PlanStep,
    SavedTemplate,
    Term,
    Waiver,
)
from notices.pipeline import approve, limits, planning
from notices.pipeline.audience import Audience

WHO: dict[str, Any] = {"audience": lambda rule: Audience.from_json(rule).describe()}
CARRIED = ("author_id", "state", "reason", *approve.UNAPPROVED, "approved_revision_id", "approved_by_id")
NOTICE = (
    *("title", "kind", "channels", "audience", "words", "survey_id", "asks_acknowledgement", "needs_approval"),
    *("send_at", "local_on", "local_at", "expires_at", "is_urgent"),
)
RATES = ("per_second", "per_minute", "per_hour")
OF_OUTLET = (*RATES, "per_day", "connections", "per_connection", "warm_up_from", "warm_up_start", "stop_after")
OF_STEP = (
    *("name", "edge", "offset", "unit", "at", "clock", "weekdays", "every_weeks", "event", "after_id", "owner_id"),
    *("sender", "audience", "objective", "milestone_id"),
)


def why_no_notice(notice: Notice) -> str:
    if notice.state not in approve.EDITABLE:
        return f"It {NoticeState(notice.state).said}: what people got stays as it was."
    return ""


def unsay(notice: Notice, values: Mapping[str, Any], *, by: Any, now: datetime) -> None:
    """As any other edit: what was approved is a draft again."""
    if notice.step_id and values.keys() - {"words", "is_urgent", "expires_at"}:
        raise ValidationError("Its plan step says that. Take the change back there.")
    if notice.kind in PERSONAL and values.keys() - {"title", "words"}:
        raise ValidationError("It was made for those who need it. Only its words can be taken back.")
    try:
        approve.save_draft(notice, by=by, version=notice.version, **values)
    except approve.NotAllowed as error:
        raise ValidationError(str(error)) from error


def change_back(step: PlanStep, values: Mapping[str, Any], *, by: Any, now: datetime) -> None:
    """Together with its notice, which needs approval again where it says or does something else."""
    for name, value in values.items():
        setattr(step, name, value)
    line = planning.line_of(step)
    try:
        planning.change_step(PlanStep.objects.get(pk=step.pk), line, by=by, now=now)
    except (planning.NotPossible, approve.NotAllowed) as error:
        raise ValidationError(str(error)) from error


def limit_again(limit: DomainLimit, values: Mapping[str, Any], *, by: Any, now: datetime) -> None:
    """Whoever waits has a turn that was worked out for the other limit."""
    save(limit, values, by=by, now=now)
    limits.release(limit.outlet, limit.domain, now=now)


OF_UPGRADES = (
    Part.of(PlanStep, "upgrade_id", "Plan step", name="name", says=WHO, hides=("engagement_id",)),
    Part.of(Waiver, "upgrade_id", "Waiver", name="rule", hides=("place", "by_id", "at")),
    Part.of(CorrectionRule, "upgrade_id", "Correction rule"),
    Part.of(Call, "upgrade_id", "Call", name="person_id", hides=("facts",)),
)
OWN = (
    Trail(
        kind="notice",
        model=Notice,
        noun="Notice",
        edits="notices.write",
        plain=NOTICE,
        carries=CARRIED,
        hides=("release", "approved_revision_id", "step_id", "occurrence_of_id", "engagement_id", "concern_id"),
        says=WHO,
        parts=(Part.of(Comment, "notice_id", "Remark", hides=("revision_id", "at", "by_id")),),
        related=("upgrade", "step"),
        zone=lambda row: row.upgrade.time_zone,
        why_not=why_no_notice,
        puts_back=unsay,
    ),
    Trail(
        kind="step",
        model=PlanStep,
        noun="Plan step",
        edits="upgrades.edit",
        plain=OF_STEP,
        hides=("engagement_id",),
        says=WHO,
        parts=(Part.of(PassedOn, "step_id", "Passed on by", name="person_id", hides=("at",)),),
        related=("upgrade",),
        url=lambda row: reverse("step_edit", args=[row.upgrade.slug, row.pk]),
        zone=lambda row: row.upgrade.time_zone,
        puts_back=change_back,
    ),
    Trail(
        kind="template",
        model=SavedTemplate,
        noun="Template",
        edits="upgrades.edit",
        plain=("name", "description"),
    ),
    Trail(
        kind="term",
        model=Term,
        noun="Word",
        edits="notices.write",
        plain=("word", "language", "audible", "meaning", "instead"),
        url=lambda row: reverse("term_edit", args=[row.pk]),
    ),
    Trail(
        kind="waiver",
        model=Waiver,
        noun="Waiver",
        related=("upgrade",),
        hides=("place",),
        url=lambda row: reverse("upgrade_check", args=[row.upgrade.slug]),
        zone=lambda row: row.upgrade.time_zone,
    ),
    Trail(
        kind="correction-rule",
        model=CorrectionRule,
        noun="Correction rule",
        related=("upgrade",),
        url=lambda row: row.upgrade.get_absolute_url(),
        zone=lambda row: row.upgrade.time_zone,
    ),
    Trail(
        kind="outlet",
        model=Outlet,
        noun="Delivery",
        edits="delivery.manage",
        plain=OF_OUTLET,
        says={"config": lambda entered: ", ".join(f"{name}: {value}" for name, value in sorted(entered.items()))},
        parts=(Part.of(DomainLimit, "outlet_id", "Limit for a domain", name="domain"),),
        url=lambda row: reverse("outlet", args=[slug_of(row)]),
    ),
    Trail(
        kind="domain-limit",
        model=DomainLimit,
        noun="Limit for a domain",
        edits="delivery.manage",
        plain=(*RATES, "connections"),
        related=("outlet",),
        url=lambda row: reverse("domain_limit_edit", args=[row.pk]),
        puts_back=limit_again,
    ),
    Trail(
        kind="delivery-rules",
        model=DeliveryRules,
        noun="Quiet hours and digests",
        edits="delivery.manage",
        plain=("quiet_from", "quiet_until", "quiet_weekends", "most_per_week", "digest_at"),
        url=lambda row: reverse("delivery_rules"),
    ),
)


def _all() -> dict[str, Trail]:
    below = [
        *accounts.trails.kept.TRAILS,
        *stakeholders.trails.TRAILS,
        *directory.trails.TRAILS,
        *upgrades.trails.TRAILS,
        *vendors.trails.TRAILS,
        *engagement.trails.TRAILS,
        *feedback.trails.TRAILS,
    ]
    known = {trail.kind: trail for trail in [*below, *OWN]}
    known["upgrade"] = replace(known["upgrade"], parts=(*known["upgrade"].parts, *OF_UPGRADES))
    return known


TRAILS = _all()
