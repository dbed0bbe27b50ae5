"""The ledger of an upgrade: who believes what, who believes something wrong, and what puts them right."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.api import api_allowed
from commsplan.lib import csv
from commsplan.lib.htmx import page
from notices.forms.ledger import BelieversFilter, MatrixFilter, MomentForm
from notices.insight import (
    ledger,
    ledger_correcting,
    ledger_drawing,
    ledger_fact,
    ledger_json,
    ledger_matrix,
    ledger_people,
    ledger_person,
    ledger_summary,
    ledger_trend,
    reach,
)
from notices.insight.ledger_words import capital, name_of, of_subject, subject_of
from stakeholders.models import Person
from upgrades.models import Upgrade

PAGE = 20  # each row holds all that one person was told
CSV_AT_ONCE = 2_000
HEAD = ("Person", "Address", "Department", "Fact", "Standing", "Was told", "On", "By", "Evidence", "True now")


@require_GET
def upgrade_ledger(request: HttpRequest, slug: str):
    upgrade, now = fetch(slug), timezone.now()
    moment = MomentForm(request.GET, upgrade=upgrade, now=now)
    board, rows = opened(upgrade, moment.moment, now=now)
    filters = MatrixFilter(request.GET, board=board)
    chosen = filters.chosen
    blocks = ledger_matrix.blocks(board, milestone=chosen.get("milestone", ""), fact=chosen.get("fact", ""))
    at = query_of(request, "at") if moment.moment else {}
    context = {
        "upgrade": upgrade,
        "moment": moment,
        "at": moment.moment,
        "at_query": urlencode(at),
        "summary": ledger_summary.summary(board),
        "filters": filters,
        "matrix": ledger_matrix.matrix(board, rows, blocks, query=at, wrong_only=bool(chosen.get("wrong"))),
        "silent": ledger_summary.silent(board),
        "next": ledger_summary.next_notice(upgrade) if not board.facts else None,
        "correcting": correcting(request, board, now=now) if moment.moment is None else None,
    }
    return page(request, "notices/ledger.html", context, partial="matrix")


def correcting(request: HttpRequest, board: ledger.Board, *, now: datetime) -> ledger_correcting.Correcting | None:
    """None where nobody is wrong and nothing is open. A part of the page does not show it."""
    if request.htmx:  # type: ignore[attr-defined]
        return None
    found = ledger_correcting.of(board, account=request.user, now=now)
    return found if board.groups or found.has_something else None


def fetch(slug: str) -> Upgrade:
    return get_object_or_404(Upgrade.objects.select_related("owner").prefetch_related("services"), slug=slug)


def opened(
    upgrade: Upgrade, at: datetime | None, *, now: datetime
) -> tuple[ledger.Board, list[ledger_matrix.Audience]]:
    stakes = ledger_matrix.stakes(upgrade)
    groups = ledger_matrix.groups_of(stakes)
    board = ledger.board(upgrade, at=at or now, is_past=at is not None, groups=groups)
    return board, ledger_matrix.audiences(board, stakes)


def query_of(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET[name] for name in names if request.GET.get(name)}


# The people behind a cell


@require_GET
def ledger_people_list(request: HttpRequest, slug: str):
    upgrade, now = fetch(slug), timezone.now()
    moment = MomentForm(request.GET, upgrade=upgrade, now=now)
    board, rows = opened(upgrade, moment.moment, now=now)
    filters = BelieversFilter(request.GET, board=board, audiences=rows)
    chosen = filters.chosen
    key, standing = chosen.get("fact", ""), chosen.get("is", "")
    audience = ledger_people.among(rows, chosen.get("who", "")) or rows[0]
    crowd = ledger_people.crowd_of(board, audience, key=key, standing=standing)
    people = ledger_people.in_order(board, crowd, words=chosen.get("q") or "")
    if request.GET.get("format") == "csv" and moment.is_valid():  # a table of now is no answer about another moment
        return csv.download(f"ledger-{slug}", HEAD, as_rows(board, people, key=key, standing=standing))
    shown = Paginator(people, PAGE).get_page(request.GET.get("page"))
    context = {
        "upgrade": upgrade,
        "moment": moment,
        "at": moment.moment,
        "at_query": urlencode(query_of(request, "at")),
        "filters": filters,
        "audience": audience,
        "fact": key if name_of(key) else "",
        "title": capital(of_subject(board.plan, key)) if key else "Everything that was told",
        "standing": standing,
        "shown": shown,
        "believers": ledger_people.believers(board, list(shown.object_list), key=key, standing=standing),
    }
    return page(request, "notices/ledger_people.html", context, partial="rows")


def as_rows(board: ledger.Board, people: list[int], *, key: str, standing: str) -> Iterator[tuple]:
    for first in range(0, len(people), CSV_AT_ONCE):
        part = people[first : first + CSV_AT_ONCE]
        for one in ledger_people.believers(board, part, key=key, standing=standing):
            who = one.person.name, one.person.email, one.person.department
            for said in one.said:
                how = said.evidence.label if said.evidence else ""
                when = said.on.isoformat() if said.on else ""
                yield *who, said.name, said.standing.label, said.told, when, said.source, how, said.truth


# One person, one fact


@require_GET
def ledger_person_story(request: HttpRequest, slug: str, pk: int):
    upgrade, now = fetch(slug), timezone.now()
    person = get_object_or_404(Person.objects.select_related("site"), pk=pk)
    moment = MomentForm(request.GET, upgrade=upgrade, now=now)
    at = moment.moment
    context = {
        "upgrade": upgrade,
        "person": person,
        "moment": moment,
        "at": at,
        "at_query": urlencode(query_of(request, "at")),
        "story": ledger_person.of(person, upgrade, at=at or now, is_past=at is not None),
        "coming": [] if at else [one for one in reach.planned_for(person, now=now) if one.upgrade_id == upgrade.pk],
    }
    return render(request, "notices/ledger_person.html", context)


@require_GET
def ledger_fact_page(request: HttpRequest, slug: str, fact: str):
    upgrade, now = fetch(slug), timezone.now()
    moment = MomentForm(request.GET, upgrade=upgrade, now=now)
    board, rows = opened(upgrade, moment.moment, now=now)
    if fact not in board.plan.facts:
        raise Http404
    context: dict[str, Any] = {
        "upgrade": upgrade,
        "moment": moment,
        "at": moment.moment,
        "at_query": urlencode(query_of(request, "at")),
        "fact": fact,
        "found": ledger_fact.of(board, fact, rows),
        "versions_url": versions_url(upgrade, fact),
    }
    return render(request, "notices/ledger_fact.html", context)


@require_GET
def ledger_over_time(request: HttpRequest, slug: str):
    upgrade, now = fetch(slug), timezone.now()
    trend = ledger_trend.of(upgrade, now=now)
    context = {
        "upgrade": upgrade,
        "drawn": ledger_drawing.of(trend, zone=upgrade.time_zone) if trend.points else None,
        "stale": f"{trend.stale_hours:,.0f}",
        "first": trend.points[0].at if trend.points else None,
        "exactness": ledger_drawing.exactness(trend.step),
    }
    return render(request, "notices/ledger_over_time.html", context)


def versions_url(upgrade: Upgrade, fact: str) -> str:
    kind, _, key = subject_of(fact).partition(":")
    if kind == "milestone":
        return reverse("milestone_facts", args=[upgrade.slug, key])
    return reverse("upgrade_facts", args=[upgrade.slug])


# For programs


@api_allowed
@require_GET
def ledger_as_json(request: HttpRequest, slug: str):
    upgrade, now = Upgrade.objects.prefetch_related("services").filter(slug=slug).first(), timezone.now()
    if upgrade is None:
        raise Http404
    moment = MomentForm(request.GET, upgrade=upgrade, now=now)
    if not moment.is_valid():
        return JsonResponse({"error": " ".join(map(str, moment.errors["at"]))}, status=400)
    board, rows = opened(upgrade, moment.moment, now=now)
    with_people = request.GET.get("people") not in (None, "", "0")
    return JsonResponse(ledger_json.of(board, rows, with_people=with_people))
