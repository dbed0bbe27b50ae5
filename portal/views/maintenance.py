"""Windows of an upgrade for those whose machines read maintenance notes: a file to send them, published or not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal import calendars, windows
from upgrades.models import Upgrade


@require_GET
def upgrade_maintenance(request: HttpRequest, slug: str) -> HttpResponse:
    """What is meant for the public and has an end; a moment is no maintenance."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    found = upgrade.milestones.filter(is_public=True, end__isnull=False).order_by("start", "pk")
    found = found.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    now = timezone.now()
    rows = [windows.of_milestone(one, reader_zone="", language="en", now=now) for one in found]
    response = HttpResponse(calendars.of_upgrade(upgrade, rows), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{upgrade.slug}.ics"'
    return response
