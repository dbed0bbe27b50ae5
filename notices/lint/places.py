"""Where people mend what was found: the page of a place."""

from django.urls import reverse

from notices.lint.findings import Place
from upgrades.models import Upgrade


def url(place: Place, upgrade: Upgrade) -> str:
    """A line of the plan is mended where it is edited, anything else on its own page."""
    if place.kind == "planstep":
        return reverse("step_edit", args=[upgrade.slug, place.pk])
    if place.kind == "milestone":
        return reverse("milestone_edit", args=[upgrade.slug, place.pk])
    if place.kind == "stakeholder":
        return reverse("stakeholder_edit", args=[upgrade.slug, place.pk])
    if place.kind in ("notice", "survey", "group", "person"):
        return reverse(place.kind, args=[place.pk])
    if place.kind == "week":
        return reverse("upgrade_plan", args=[upgrade.slug])
    return reverse("upgrade_edit", args=[upgrade.slug])
