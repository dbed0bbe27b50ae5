"""What is told of services, upgrades, milestones, stakeholders and critical days."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.apps import apps
from django.urls import reverse

from accounts.trails import Part, Trail
from upgrades import rescheduling
from upgrades.models import Assessment, CriticalDays, Milestone, Service, Stakeholder, Strategy, Upgrade


def chosen(table: str, column: str, noun: str, name: str) -> Part:
    """What was chosen from a list, and taken out again."""
    return Part(apps.get_model("upgrades", f"{table}Event"), column, noun, name=name)


def move_back(milestone: Milestone, values: Mapping[str, Any], *, by: Any, now: datetime) -> None:
    """As any other change of the plan: calendars, waiting notices and corrections see it."""
    tried = copy(milestone)
    for name, value in values.items():
        setattr(tried, name, value)
    tried.full_clean()
    rescheduling.change(milestone, **values)


MILESTONE = (
    *("name", "kind", "status", "start", "end", "impact", "downtime", "effect", "action", "workaround", "outcome"),
    *("action_deadline", "systems", "is_public"),
)
UPGRADE = (
    *("name", "objective", "why", "why_now", "risk", "benefit", "success_measures", "owner_id", "sponsor_name"),
    *("contact_name", "contact_email", "contact_phone"),
)
TRAILS = (
    Trail(
        kind="service",
        model=Service,
        noun="Service",
        edits="upgrades.edit",
        plain=("name", "description", "end_of_life_on"),
        parts=(
            chosen("ServiceUsers", "service_id", "Group that uses it", "group_id"),
            chosen("ServiceSites", "service_id", "Site", "site_id"),
        ),
    ),
    Trail(
        kind="upgrade",
        model=Upgrade,
        noun="Upgrade",
        edits="upgrades.edit",
        plain=UPGRADE,
        parts=(
            chosen("UpgradeServices", "upgrade_id", "Service", "service_id"),
            Part.of(Milestone, "upgrade_id", "Milestone", name="name", hides=("baseline_start", "baseline_end")),
            Part.of(Strategy, "upgrade_id", "Strategy", name="quadrant"),
        ),
    ),
    Trail(
        kind="milestone",
        model=Milestone,
        noun="Milestone",
        edits="upgrades.edit",
        plain=(*MILESTONE, "change_reason"),
        parts=(
            chosen("MilestoneServices", "milestone_id", "Service", "service_id"),
            chosen("MilestoneSites", "milestone_id", "Site", "site_id"),
        ),
        related=("upgrade",),
        url=lambda row: reverse("milestone_edit", args=[row.upgrade.slug, row.pk]),
        zone=lambda row: row.upgrade.time_zone,
        puts_back=move_back,
    ),
    Trail(
        kind="stakeholder",
        model=Stakeholder,
        noun="Stakeholder",
        edits="upgrades.edit",
        plain=("impact_on_them", "wanted_attitude", "note"),
        parts=(Part.of(Assessment, "stakeholder_id", "Assessment"),),
        related=("upgrade", "person", "group"),
        url=lambda row: reverse("upgrade_stakeholders", args=[row.upgrade.slug]),
        zone=lambda row: row.upgrade.time_zone,
    ),
    Trail(
        kind="critical-days",
        model=CriticalDays,
        noun="Critical days",
        edits="upgrades.edit",
        plain=("name", "freeze", "start", "end"),
        hides=("occurs",),
        parts=(
            chosen("CriticalDaysGroups", "criticaldays_id", "Group", "group_id"),
            chosen("CriticalDaysSites", "criticaldays_id", "Site", "site_id"),
            chosen("CriticalDaysServices", "criticaldays_id", "Service", "service_id"),
        ),
        related=("calendar",),
        url=lambda row: reverse("critical_days"),
        why_not=lambda row: "It follows a calendar file: change it there." if row.calendar_id else "",
    ),
)
