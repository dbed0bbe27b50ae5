"""What was true when: every value that a fact of an upgrade or of a milestone ever had."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from commsplan.lib.htmx import page
from notices.insight import fact_versions
from upgrades.models import Milestone, Upgrade


@require_GET
def upgrade_facts(request, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    return _shown(request, upgrade, None, fact_versions.of_upgrade(upgrade))


@require_GET
def milestone_facts(request, slug: str, pk: int):
    rows = Milestone.objects.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    milestone = get_object_or_404(rows, pk=pk, upgrade__slug=slug)
    return _shown(request, milestone.upgrade, milestone, fact_versions.of_milestone(milestone))


def _shown(request, upgrade: Upgrade, milestone: Milestone | None, facts):
    milestones = list(upgrade.milestones.order_by("start", "pk"))
    context = {"upgrade": upgrade, "milestone": milestone, "milestones": milestones, "facts": facts}
    return page(request, "notices/fact_versions.html", context, partial="facts")
