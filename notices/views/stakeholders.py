"""The map of one upgrade: who stands where, today or on an earlier day, and whether the plan treats them so."""

import json
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required
from commsplan import looks
from commsplan.lib import history
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from notices.insight import treatment
from notices.insight.treatment import Treatment
from upgrades import assessing, standing
from upgrades.enums import Attitude, Quadrant
from upgrades.forms import AttitudeForm, StakeholderFilter
from upgrades.models import Stakeholder, Upgrade
from upgrades.standing import Standing

SEVERAL = 30  # more than that are folded in the list beside the map


@dataclass(frozen=True)
class Row:
    standing: Standing
    is_stale: bool
    matches: bool
    treatment: Treatment | None = None

    @property
    def steps(self) -> str:
        return json.dumps(self.standing.steps)


@require_GET
def stakeholders(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    now, filters = timezone.now(), StakeholderFilter(request.GET)
    on = day_of(request, upgrade)
    found = standing.of(upgrade, on=on)
    view = "table" if request.GET.get("view") == "table" else "grid"
    treatments = treated(upgrade, found, now=now) if on is None else None
    rows = [row_of(one, filters, treatments, now=now) for one in found]
    matching = [row for row in rows if row.matches]
    context = {
        "upgrade": upgrade,
        "view": view,
        "on": on,
        "today": today(upgrade).isoformat(),
        "stops": json.dumps([day.isoformat() for day in standing.stops(found)]),
        "filters": filters,
        "rows": sorted_by(matching, request.GET.get("sort", "")) if view == "table" else rows,
        "columns": columns(request),
        "is_empty": not rows,
        "matching": len(matching),
        "placed": by_quadrant(matching),
        "is_long": len(matching) > SEVERAL,
        "unplaced": [row for row in matching if not row.standing.quadrant],
        "unserved": [pk for pk, one in (treatments or {}).items() if one.short],
        "to_look_at": [row for row in rows if row.is_stale],
        "counts": [(quadrant, sum(one.quadrant == quadrant for one in found)) for quadrant in Quadrant],
        "faces": faces(),
        "selected": request.GET.get("sel", ""),
    }
    if view == "grid" and (chosen := next((one for one in found if str(one.pk) == context["selected"]), None)):
        context |= panel_of(upgrade, chosen, on=on)
    partial = "counts" if request.GET.get("part") == "counts" else "standing"
    return page(request, "notices/stakeholders.html", context, partial=partial)


def day_of(request, upgrade: Upgrade) -> date | None:
    """None is today, also for a day to come or one that makes no sense."""
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None
    return on if on < today(upgrade) else None


def today(upgrade: Upgrade) -> date:
    return timezone.now().astimezone(ZoneInfo(upgrade.time_zone)).date()


def treated(upgrade: Upgrade, found: list[Standing], *, now) -> dict[int, Treatment]:
    return treatment.of(upgrade, {one.pk: one.quadrant for one in found if one.quadrant}, now=now)


def row_of(one: Standing, filters: StakeholderFilter, treatments: dict[int, Treatment] | None, *, now) -> Row:
    """Without treatments, on an earlier day, nobody is left out for being served."""
    newest = one.path[-1].at if one.path else None
    own = (treatments or {}).get(one.pk)
    is_wanted = treatments is None or "unserved" not in filters.chosen or bool(own and own.short)
    matches = filters.matches(one) and is_wanted
    return Row(one, assessing.is_stale(newest, now=now), matches, own)


def by_quadrant(rows: list[Row]) -> list[tuple[Quadrant, list[Row]]]:
    found = [(quadrant, [row for row in rows if row.standing.quadrant == quadrant]) for quadrant in Quadrant]
    return [(quadrant, some) for quadrant, some in found if some]


def faces() -> str:
    """Icon and word of each attitude, for the page's script."""
    shown = {value: looks.look_of("attitude", value) for value in Attitude}
    return json.dumps({int(value): [look.icon, look.words] for value, look in shown.items()})


# The table


def _number(name: str):
    return lambda row: -1 if row.standing.last is None else getattr(row.standing.last, name)


SORTS = {
    "name": lambda row: str(row.standing).casefold(),
    "place": lambda row: list(Quadrant).index(row.standing.quadrant) if row.standing.quadrant else len(Quadrant),
    "influence": _number("influence"),
    "interest": _number("interest"),
    "attitude": lambda row: -9 if row.standing.last is None else row.standing.last.attitude,
    "gap": lambda row: -9 if row.standing.gap is None else row.standing.gap,
    "impact": lambda row: row.standing.stakeholder.impact_on_them,
    "plan": lambda row: len(row.treatment.short) if row.treatment else -1,
    "assessed": lambda row: row.standing.last.at.timestamp() if row.standing.last else 0,
}
LABELS = {
    "name": "Stakeholder",
    "place": "Place",
    "influence": "Influence",
    "interest": "Interest",
    "attitude": "Attitude",
    "gap": "To wanted",
    "impact": "Impact on them",
    "plan": "What the strategy asks",
    "assessed": "Assessed",
}


def sorted_by(rows: list[Row], sort: str) -> list[Row]:
    key = SORTS.get(sort.removeprefix("-"))
    return sorted(rows, key=key, reverse=sort.startswith("-")) if key else rows


def columns(request) -> list[dict]:
    """Once more on the heading turns the order round."""
    sort = request.GET.get("sort", "name")
    return [
        {
            "label": label,
            "next": f"-{name}" if sort == name else name,
            "order": "ascending" if sort == name else "descending" if sort == f"-{name}" else "",
        }
        for name, label in LABELS.items()
    ]


# The panel beside the map


@require_GET
def stakeholder_panel(request, slug, pk):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    on = day_of(request, upgrade)
    return panel(request, upgrade, pk, on=on)


def panel(request, upgrade: Upgrade, pk: int, *, on=None, form=None) -> HttpResponse:
    get_object_or_404(upgrade.stakeholders, pk=pk)
    chosen = next(one for one in standing.of(upgrade, on=on) if one.pk == pk)
    context = {"upgrade": upgrade, "on": on, "today": today(upgrade).isoformat()}
    return render(request, "notices/_stakeholder_panel.html", context | panel_of(upgrade, chosen, on=on, form=form))


def panel_of(upgrade: Upgrade, chosen: Standing, *, on: date | None, form=None) -> dict:
    now = timezone.now()
    own = None if on else treated(upgrade, [chosen], now=now).get(chosen.pk)
    attitude = chosen.last.attitude if chosen.last else Attitude.NEUTRAL
    return {
        "chosen": chosen,
        "treatment": own,
        "earlier": list(reversed(chosen.path))[:6],
        "form": form or AttitudeForm(instance=chosen.stakeholder, initial={"attitude": attitude}),
    }


@require_POST
@permission_required("upgrades.edit")
@transaction.atomic
def stakeholder_attitude(request, slug, pk):
    """Attitude now and wanted, from the panel."""
    rows = Stakeholder.objects.assessed().select_related("upgrade").select_for_update(of=("self",), no_key=True)
    stake = get_object_or_404(rows, pk=pk, upgrade__slug=slug)
    attitude = Attitude.NEUTRAL if stake.attitude is None else stake.attitude
    form = AttitudeForm(request.POST, instance=stake, initial={"attitude": attitude})
    if not form.is_valid():
        return panel(request, stake.upgrade, pk, form=form)
    form.save()
    if form.cleaned_data["attitude"] != attitude or stake.attitude is None:
        assessing.assess(stake, attitude=form.cleaned_data["attitude"], by=request.user, now=timezone.now())
    undo = reverse("stakeholder_undo", args=[slug, history.act()])
    if not request.htmx:
        offer_undo(request, f"{stake}: saved.", url=undo)
        return redirect(f"{reverse('upgrade_stakeholders', args=[slug])}?{urlencode({'sel': pk})}")
    response = panel(request, stake.upgrade, pk)
    told = {"key": pk, "attitude": form.cleaned_data["attitude"], "wanted": stake.wanted_attitude, "undo": undo}
    response["HX-Trigger"] = json.dumps({"stakeholder:changed": told})
    return response
