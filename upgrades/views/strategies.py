"""How one upgrade treats the stakeholders of each quadrant."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.toasts import offer_undo
from upgrades import strategies as treating
from upgrades.enums import UNCONNECTED, Means, Quadrant
from upgrades.forms import StrategyForm
from upgrades.models import Strategy, Upgrade


@require_GET
def strategies(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    found = [
        {
            "quadrant": quadrant,
            "strategy": strategy,
            "means": [means_in_words(Means(one)) for one in strategy.means],
            "usual": treating.default(upgrade, quadrant),
        }
        for quadrant, strategy in treating.of(upgrade).items()
    ]
    return render(request, "upgrades/strategies.html", {"upgrade": upgrade, "found": found})


def means_in_words(means: Means) -> str:
    return f"{means.label} (not connected)" if means in UNCONNECTED else str(means.label)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def strategy_edit(request, slug, quadrant):
    lock = Upgrade.objects.select_for_update(of=("self",), no_key=True)
    upgrade = get_object_or_404(lock if request.method == "POST" else Upgrade, slug=slug)
    strategy = treating.of(upgrade)[known(quadrant)]
    form = StrategyForm(request.POST if request.method == "POST" else None, instance=strategy)
    if request.method == "POST" and form.is_valid():
        treating.keep(form.save(commit=False))
        messages.success(request, f"{strategy.get_quadrant_display()}: saved.")
        return redirect("upgrade_strategies", slug)
    return render(request, "upgrades/strategy_form.html", {"form": form, "strategy": strategy, "upgrade": upgrade})


def known(quadrant: str) -> Quadrant:
    if quadrant not in Quadrant.values:
        raise Http404
    return Quadrant(quadrant)


@require_POST
@permission_required("upgrades.edit")
def strategy_reset(request, slug, quadrant):
    own = Strategy.objects.filter(upgrade__slug=slug, quadrant=known(quadrant))
    if own.delete()[0]:
        undo = reverse("strategy_bring_back", args=[slug, history.act()])
        offer_undo(request, f"{known(quadrant).label}: back to the default.", url=undo)
    return redirect("upgrade_strategies", slug)


@require_POST
@permission_required("upgrades.edit")
def strategy_bring_back(request, slug, act):
    if history.bring_back(act, Strategy):
        messages.success(request, "Your own strategy counts again.")
    else:
        messages.error(request, "There is nothing to bring back: somebody has written a new one.")
    return redirect("upgrade_strategies", slug)
