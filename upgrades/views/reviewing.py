"""One by one through those whose assessment is old or missing."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import permission_required
from commsplan.lib import history, keys
from commsplan.lib.toasts import offer_undo
from upgrades import assessing
from upgrades.enums import MIDDLE, Attitude
from upgrades.forms import StandingForm
from upgrades.models import Stakeholder, Upgrade


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def stakeholder_review(request, slug):
    upgrade, at = get_object_or_404(Upgrade, slug=slug), keys.number(request.GET.get("at"))
    if request.method == "POST":
        upgrade.stakeholders.select_for_update(of=("self",), no_key=True).filter(pk=at).first()
    queue = list(assessing.to_look_at(upgrade.stakeholders.all(), now=timezone.now()).select_related("person", "group"))
    stakeholder = next((one for one in queue if one.pk == at), None)
    if request.method == "POST" and stakeholder is None:
        messages.info(request, "Somebody has looked at this one meanwhile.")
        return redirect("stakeholder_review", slug)
    stakeholder = stakeholder or next(iter(queue), None)
    context = {"upgrade": upgrade, "stakeholder": stakeholder, "count": len(queue)}
    if stakeholder is None:
        return render(request, "upgrades/stakeholder_review.html", context)
    place = queue.index(stakeholder)
    following = queue[place + 1] if place + 1 < len(queue) else None
    form = form_for(request, stakeholder)
    if request.method == "POST" and form.is_valid():
        record(request, stakeholder, form)
        return redirect(address(slug, following))
    context |= {"form": form, "number": place + 1, "skip": address(slug, following)}
    return render(request, "upgrades/stakeholder_review.html", context)


def form_for(request, stakeholder: Stakeholder) -> StandingForm:
    initial = {"influence": MIDDLE, "interest": MIDDLE, "attitude": Attitude.NEUTRAL}
    if stakeholder.assessed_at:
        initial = {name: getattr(stakeholder, name) for name in initial}
    data = request.POST if request.method == "POST" else None
    return StandingForm(data, instance=stakeholder, initial=initial)


def record(request, stakeholder: Stakeholder, form: StandingForm) -> None:
    now = timezone.now()
    undo = reverse("stakeholder_undo", args=[stakeholder.upgrade.slug, history.act()])
    if "right" in request.POST and assessing.confirm(stakeholder, by=request.user, now=now):
        return offer_undo(request, f"{stakeholder} still stands there.", url=undo)
    form.save()
    values = {name: form.cleaned_data[name] for name in ("influence", "interest", "attitude")}
    assessing.assess(stakeholder, **values, by=request.user, now=now)
    return offer_undo(request, f"{stakeholder} is assessed.", url=undo)


def address(slug: str, stakeholder: Stakeholder | None) -> str:
    page = reverse("stakeholder_review", args=[slug])
    return f"{page}?at={stakeholder.pk}" if stakeholder else page
