"""When it reaches people: fetched by the pages on which somebody plans, because the answer looks at everything else
that goes out until then."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from notices.insight import arrival
from notices.pipeline import hours
from notices.simulation import arriving
from notices.views.notice import fetch
from upgrades.models import Upgrade


@require_GET
def notice_arrival(request: HttpRequest, pk: int):
    """As it stands, or with `?draft=1` as it is written at this moment."""
    notice = fetch(pk)
    if "HX-Request" not in request.headers:
        return redirect(notice)
    now = timezone.now()
    ask = arriving.if_written_so if "draft" in request.GET else arriving.if_approved
    said = arrival.sentences(ask(notice, now=now)) if notice.is_waiting else []
    context = {"sentences": said or arrival.whenever(notice, hours.rules()), "is_waiting": notice.is_waiting}
    return render(request, "notices/_arrives.html", context)


@require_GET
def plan_arrivals(request: HttpRequest, slug: str):
    """A few words for each line of the plan that somebody gets later, or at night."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    if "HX-Request" not in request.headers:
        return redirect("upgrade_plan", slug)
    waiting = upgrade.notices.waiting().select_related(
        "upgrade", "milestone", "survey", "engagement", "approved_revision"
    )
    found = arriving.of(waiting.order_by("send_at", "pk"), now=timezone.now())
    said = [(pk, words) for pk, one in found.items() if (words := arrival.short(one))]
    context = {"upgrade": upgrade, "lines": said, "sentence": arrival.of_plan(found.values())}
    return render(request, "notices/_arrivals.html", context)
