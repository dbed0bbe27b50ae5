"""Playing a plan forward: day by day, as one person, and what if. Only `simulation_apply` changes anything."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.api import api_allowed
from accounts.permissions import permission_required, refusal
from commsplan.lib import wallclock
from commsplan.lib.htmx import page
from notices.forms.simulation import KINDS, AsPersonForm, ChangeForm, UntilForm, WhyForm
from notices.insight import unfolding
from notices.lint import looking_ahead
from notices.simulation import comparing, days, fatigue, inbox, reading, writing
from notices.simulation.beliefs import Wrong
from notices.simulation.play import AS_IT_STANDS, AS_PLANNED, Play, play
from notices.simulation.what_if import AS_IT_IS, Cancelled, Frozen, Slip, WhatIf, whole_days
from upgrades import moving_along, offers
from upgrades.fact_words import as_told, label
from upgrades.models import Milestone, Upgrade
from upgrades.moving_along import Change
from upgrades.views import moving_back

USUAL = timedelta(days=42)
AFTERWARDS = timedelta(days=21)
ONE_SECOND = timedelta(seconds=1)
ONE_DAY = timedelta(days=1)


@require_GET
def simulation(request: HttpRequest, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form, played = played_by(request, upgrade, now=now)
    every = days.of(played, upgrade)
    chosen = chosen_day(request, every)
    context = {
        "upgrade": upgrade,
        "form": form,
        "until": local_day(played.until, upgrade),
        "chart": unfolding.chart(every, chosen.on),
        "days": [day for day in every if day.has_something],
        "day": chosen,
        "around": unfolding.around(every, chosen),
        "shown": days.status_page(played, upgrade, on=chosen.on),
        "summary": unfolding.summary(played),
        "waiting": unfolding.waiting(played),
        "explained": unfolding.explained(played, chosen),
    }
    return page(request, "notices/simulation.html", context, partial="day")


def played_by(
    request: HttpRequest, upgrade: Upgrade, *, now: datetime, what_if: WhatIf = AS_IT_IS, also: Iterable[Upgrade] = ()
) -> tuple[UntilForm, Play]:
    """`also`: other upgrades that are played with it."""
    form = UntilForm(request.GET, today=local_day(now, upgrade))
    until = form.cleaned_data.get("until") if form.is_valid() else None
    end = last_moment(until, upgrade) if until else usual_end(upgrade, now=now)
    approvals = AS_IT_STANDS if form.is_valid() and form.cleaned_data["as_it_stands"] else AS_PLANNED
    return form, play([upgrade, *also], now=now, until=end, what_if=what_if, approvals=approvals)


def local_day(moment: datetime, upgrade: Upgrade) -> date:
    return moment.astimezone(ZoneInfo(upgrade.time_zone)).date()


def last_moment(day: date, upgrade: Upgrade) -> datetime:
    return whole_days(day, day, zone=upgrade.time_zone)[1] - ONE_SECOND


def usual_end(upgrade: Upgrade, *, now: datetime) -> datetime:
    """Some weeks after the last milestone."""
    moments = [one.last_moment for one in upgrade.milestones.all()]
    end = max([now + USUAL, *(moment + AFTERWARDS for moment in moments)])
    return last_moment(local_day(end, upgrade), upgrade)


def chosen_day(request: HttpRequest, every: list[days.Day]) -> days.Day:
    """That of the address, else the first on which something happens."""
    by_day = {day.on.isoformat(): day for day in every}
    return by_day.get(request.GET.get("day", "")) or next((day for day in every if day.has_something), every[0])


@api_allowed
@require_GET
def simulation_json(request: HttpRequest, slug: str):
    upgrade = Upgrade.objects.filter(slug=slug).first()
    if upgrade is None:
        raise Http404
    try:
        changes = what_if_of(request.GET, upgrade)
    except reading.NotUnderstood as error:
        return JsonResponse({"error": str(error)}, status=400)
    form, played = played_by(request, upgrade, now=timezone.now(), what_if=changes, also=changes.upgrades)
    if not form.is_valid():
        return JsonResponse(
            {"error": " ".join(str(line) for lines in form.errors.values() for line in lines)}, status=400
        )
    found = writing.play(played, with_messages="messages" in request.GET)
    if changes:
        before = played_by(request, upgrade, now=played.now, also=changes.upgrades)[1]
        difference = comparing.compare(before, played, check=looking_ahead.findings)
        found["difference"] = writing.difference(difference, finding=looking_ahead.as_json)
    return JsonResponse(found)


# As one person


@require_GET
def simulation_person(request: HttpRequest, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = AsPersonForm(request.GET if "person" in request.GET else None)
    person = form.cleaned_data["person"] if form.is_bound and form.is_valid() else None
    until_form, played = played_by(request, upgrade, now=now)
    found = inbox.of(played, person) if person else []
    steps = stepping(request, found, last=local_day(played.until, upgrade)) if found else {}
    context = {
        "upgrade": upgrade,
        "form": form,
        "until_form": until_form,
        "person": person,
        "days": found,
        "letters": sum(len(day.letters) for day in found),
        "until": local_day(played.until, upgrade),
        "steps": steps,
        "shown": days.status_page(played, upgrade, on=steps["day"].on) if steps else [],
    }
    return page(request, "notices/simulation_person.html", context, partial="day")


def stepping(request: HttpRequest, found: list[inbox.InboxDay], *, last: date) -> dict[str, Any]:
    """One day of all, those beside it, and those beside it on which something comes."""
    first = found[0].on
    asked = parse_day(request.GET.get("day", ""))
    day = asked if asked and first <= asked <= max(last, first) else first
    mails = [one.on for one in found if one.letters]
    return {
        "day": inbox.on(found, day),
        "before": day - ONE_DAY if day > first else None,
        "after": day + ONE_DAY if day < last else None,
        "mail_before": max((on for on in mails if on < day), default=None),
        "mail_after": min((on for on in mails if on > day), default=None),
    }


def parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# How much comes to whom


@require_GET
def simulation_fatigue(request: HttpRequest):
    found = fatigue.heat_map(now=timezone.now())
    context = {"map": found, "rows": found.rows, "cap": fatigue.CAP, "over": sum(row.over > 0 for row in found.rows)}
    return render(request, "notices/simulation_fatigue.html", context)


# What if


@require_GET
def simulation_what_if(request: HttpRequest, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    kind = request.GET.get("add", "slip")
    form = ChangeForm(request.GET if "change_now" in request.GET else None, upgrade=upgrade, kind=kind)
    if form.is_bound and form.is_valid():
        return redirect(address(upgrade, [*request.GET.getlist("change"), json.dumps(form.row)]))
    rows, wrong = understood(request.GET.getlist("change"), upgrade)
    changes = WhatIf(tuple(change for _, change in rows))
    difference = differing(request, upgrade, changes, now=now) if changes else None
    context = {
        "upgrade": upgrade,
        "form": form,
        "kinds": [(name, words, name == form.kind) for name, words in KINDS.items()],
        "rows": [listed(upgrade, rows, number) for number in range(len(rows))],
        "wrong": wrong,
        "difference": difference,
        "cost": f"{difference.cost:+,} with corrections" if difference else "",
        "wrongs": [in_words(one) for one in difference.new_wrongs] if difference else [],
        "no_edit": refusal(request.user, "upgrades.edit"),
        "why": WhyForm(),
        "sure": [text for text, change in rows if isinstance(change, Slip | Cancelled)],
        "offers": along_with(changes, now=now),
    }
    return render(request, "notices/simulation_what_if.html", context)


def along_with(changes: WhatIf, *, now: datetime) -> list[tuple[Slip, offers.Offer]]:
    """What could move with each milestone that slips, unless the what-if says itself where it goes."""
    said = {*changes.slips, *changes.cancelled}
    slips = changes.slips.values()
    found = [(one, offers.of(one.milestone, one.start, QueryDict(), now=now, without=said)) for one in slips]
    return [(one, offer) for one, offer in found if offer]


def in_words(one: Wrong) -> dict[str, Any]:
    zone = one.upgrade.time_zone
    return {
        "name": f"{one.milestone}: {label(one.fact).lower()}",
        "told": as_told(one.fact, one.told, zone=zone),
        "current": as_told(one.fact, one.current, zone=zone),
        "people": one.people,
    }


def differing(request: HttpRequest, upgrade: Upgrade, changes: WhatIf, *, now: datetime) -> comparing.Difference:
    before = played_by(request, upgrade, now=now, also=changes.upgrades)[1]
    after = played_by(request, upgrade, now=now, what_if=changes, also=changes.upgrades)[1]
    return comparing.compare(before, after, check=looking_ahead.findings)


def what_if_of(query: QueryDict, upgrade: Upgrade) -> WhatIf:
    texts = query.getlist("change")
    return reading.load(f"[{','.join(texts)}]", upgrade=upgrade) if texts else AS_IT_IS


def understood(texts: list[str], upgrade: Upgrade) -> tuple[list[tuple[str, Any]], list[str]]:
    """Each change with the text it came from, and what is wrong with the others."""
    rows, wrong = [], []
    for text in texts[: reading.MOST]:
        try:
            rows.append((text, reading.load(f"[{text}]", upgrade=upgrade).changes[0]))
        except (reading.NotUnderstood, IndexError) as error:
            wrong.append(str(error).removeprefix("Change 1: ") or "It is empty.")
    return rows, wrong


def listed(upgrade: Upgrade, rows: list[tuple[str, Any]], number: int) -> dict[str, Any]:
    """A change in words, with the address of the page without it, and where it is made for good."""
    text, change = rows[number]
    others = [other for at, (other, _) in enumerate(rows) if at != number]
    said = str(change)
    return {
        "said": f"{said[0].upper()}{said[1:]}.",
        "text": text,
        "without": address(upgrade, others),
        "elsewhere": elsewhere(change, upgrade),
    }


def elsewhere(change: Any, upgrade: Upgrade) -> tuple[str, str]:
    """What is not done here: where to, and in which words."""
    if isinstance(change, Frozen):
        return f"{reverse('critical_days_new')}?{freeze_query(change)}", "Enter these critical days"
    if isinstance(change, Slip | Cancelled):
        return "", ""
    if hasattr(change, "person"):
        return change.person.get_absolute_url(), "To this person"
    return reverse("upgrade_plan", args=[upgrade.slug]), "To the plan"


def freeze_query(change: Frozen) -> str:
    query = QueryDict(mutable=True)
    query["name"], query["time_zone"] = change.name, change.zone
    query["freeze"] = "hard" if change.is_hard else "soft"
    query["start"] = wallclock.show(change.start, zone=change.zone).strftime(wallclock.SHAPE)
    query["end"] = wallclock.show(change.end, zone=change.zone).strftime(wallclock.SHAPE)
    for thing in sorted(change.reach):
        query.appendlist(f"{thing.kind}s", str(thing.pk))
    return query.urlencode()


def address(upgrade: Upgrade, texts: list[str]) -> str:
    query = QueryDict(mutable=True)
    query.setlist("change", texts)
    return f"{reverse('simulation_what_if', args=[upgrade.slug])}?{query.urlencode()}"


@require_POST
@permission_required("upgrades.edit")
def simulation_apply(request: HttpRequest, slug: str):
    """Moves and cancels milestones, as the page of a milestone does. All other changes are made where they belong."""
    upgrade = get_object_or_404(Upgrade, slug=slug)
    try:
        changes = reading.load(f"[{','.join(request.POST.getlist('change'))}]", upgrade=upgrade)
    except reading.NotUnderstood as error:
        raise PermissionDenied(f"This what-if cannot be applied. {error}") from error
    found = applied(changes, along=request.POST.getlist("along"), reason=request.POST.get("why", ""))
    if not found:
        messages.info(request, "It is like that already.")
        return redirect("upgrade_plan", slug)
    moved = found[0].milestone
    said = f"{' and '.join(str(one.milestone) for one in found)} changed. Below is what moves with it."
    moving_back.offer(request, said, found, back=reverse("upgrade_plan", args=[slug]))
    return redirect(f"{reverse('upgrade_plan', args=[moved.upgrade.slug])}?moved={moved.pk}")


@transaction.atomic
def applied(changes: WhatIf, *, along: list[str], reason: str) -> list[Change]:
    """All of it or nothing."""
    rows = Milestone.objects.select_related("upgrade").filter(pk__in={*changes.slips, *changes.cancelled})
    now = timezone.now()
    return [
        one
        for row in rows.order_by("pk")
        for one in moving_along.change(row, **values_of(changes.milestone(row)), along=along, reason=reason, now=now)
    ]


def values_of(milestone: Milestone) -> dict[str, Any]:
    return {"start": milestone.start, "end": milestone.end, "status": milestone.status}
