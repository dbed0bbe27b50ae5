"""The check of a plan: its findings, their fixes and waivers. And the same for programs."""

from itertools import groupby

from django.contrib import messages
from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.api import api_allowed
from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from notices.enums import Severity
from notices.forms.check import WaiverForm
from notices.lint import checking, fixing, places, showing, waiving
from notices.lint.acts import NotFixable
from notices.lint.findings import Finding
from notices.pipeline import approve, planning
from upgrades.models import Upgrade

SHOWN = 6
AT_ONCE = 3  # of one rule
REFUSED = (NotFixable, planning.NotPossible, approve.NotAllowed)


@require_GET
def upgrade_check(request: HttpRequest, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    report = checking.check(upgrade, now=timezone.now())
    checking.keep(report)
    if "at" in request.GET:
        return render(request, "notices/check.html#here", {"upgrade": upgrade, "rows": here(report, request.GET["at"])})
    rows = linked(report.findings, upgrade)
    context = {
        "upgrade": upgrade,
        "report": report,
        "summary": showing.summary(report),
        "shelves": shelves(rows),
        "first": one_of_each(rows)[:SHOWN],
        "marked": marked(report),
        "worst": next((severity for severity in Severity if report.counts[severity]), ""),
        "lapsed": {one.finding.key: one.waiver for one in report.lapsed},
        "is_beside": "beside" in request.GET,
    }
    partial = "beside" if context["is_beside"] else "report"
    return page(request, "notices/check.html", context, partial=partial)


def linked(findings, upgrade: Upgrade) -> list[tuple[Finding, str]]:
    return [(one, places.url(one.place, upgrade)) for one in findings]


def shelves(rows) -> list[tuple[Severity, int, list[tuple[list, list]]]]:
    """By severity how many there are, and by rule those that show at once and those that are folded away."""
    found = []
    for severity in Severity:
        mine = [row for row in rows if row[0].severity == severity]
        by_rule = [list(group) for _, group in groupby(mine, key=lambda row: row[0].rule.id)]
        found.append((severity, len(mine), [(group[:AT_ONCE], group[AT_ONCE:]) for group in by_rule]))
    return found


def one_of_each(rows) -> list[tuple[Finding, str, int]]:
    """Of each rule the first, with how many more there are."""
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row[0].rule.id)]
    return [(*group[0], len(group) - 1) for group in groups]


def here(report: checking.Report, at: str) -> list[tuple[Finding, str]]:
    """Those at one of these places: "planstep:12,notice:7"."""
    asked = set(at.split(","))
    return linked([one for one in report.findings if str(one.place) in asked], report.upgrade)


def marked(report: checking.Report) -> dict[int, Finding]:
    """The worst finding of each line of the plan."""
    steps = [one for one in report.findings if one.place.kind == "planstep"]
    return {one.place.pk: one for one in reversed(steps)}


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def check_fix(request: HttpRequest, slug: str, rule: str, place: str):
    """GET shows what it would do; POST does it. Both ask the check again: what was mended meanwhile needs no fix."""
    upgrade, now = get_object_or_404(Upgrade, slug=slug), timezone.now()
    if request.method == "POST":
        return _fixed(request, upgrade, rule, place)
    finding = checking.check(upgrade, now=now).find(rule, place)
    if finding is None or finding.fix is None or finding.fix.act == "open":
        messages.info(request, "That is not found any more. Nothing is left to mend there.")
        return redirect("upgrade_check", slug)
    try:
        preview = fixing.preview(upgrade, finding.fix, by=request.user, now=now)
    except REFUSED as error:
        messages.error(request, str(error))
        return redirect("upgrade_check", slug)
    return render(request, "notices/check_fix.html", {"upgrade": upgrade, "finding": finding, "preview": preview})


def _fixed(request: HttpRequest, upgrade: Upgrade, rule: str, place: str):
    slug, seen = upgrade.slug, request.POST.get("seen", "")
    try:
        done = fixing.mend(upgrade, rule=rule, place=place, seen=seen, by=request.user, now=timezone.now())
    except fixing.HasChanged as error:
        messages.info(request, str(error))
        return redirect("check_fix", slug, rule, place)
    except fixing.NotFound as error:
        messages.info(request, str(error))
        return redirect("upgrade_check", slug)
    except REFUSED as error:
        messages.error(request, str(error))
        return redirect("upgrade_check", slug)
    offer_undo(request, done, url=reverse("check_fix_undo", args=[slug, history.act()]))
    return redirect("upgrade_check", slug)


@require_POST
@permission_required("upgrades.edit")
def check_fix_undo(request: HttpRequest, slug: str, act):
    if fixing.undo(act):
        messages.success(request, "It is as it was.")
    else:
        messages.error(request, "It was changed again since, so it stays as it is.")
    return redirect("upgrade_check", slug)


@require_http_methods(["GET", "POST"])
@permission_required("notices.approve")
def check_waive(request: HttpRequest, slug: str, rule: str, place: str):
    upgrade, now = get_object_or_404(Upgrade, slug=slug), timezone.now()
    finding = checking.check(upgrade, now=now).find(rule, place)
    if finding is None:
        messages.info(request, "That is not found any more. Nothing is left to waive.")
        return redirect("upgrade_check", slug)
    form = WaiverForm(request.POST if request.method == "POST" else None, initial={"digest": finding.digest})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["digest"] == finding.digest:
            waiving.waive(upgrade, finding, reason=form.cleaned_data["reason"], by=request.user, now=now)
            undo = reverse("check_unwaive", args=[slug, rule, place])
            offer_undo(request, f"Waived: {finding.rule.title}.", url=undo)
            return redirect("upgrade_check", slug)
        form.add_error(None, "It has changed since you opened this page. Please read it again.")
        form.data = request.POST.copy()
        form.data["digest"] = finding.digest
    return render(request, "notices/check_waive.html", {"upgrade": upgrade, "finding": finding, "form": form})


@require_POST
@permission_required("notices.approve")
def check_unwaive(request: HttpRequest, slug: str, rule: str, place: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    if waiving.take_back(upgrade, rule=rule, place=place):
        messages.success(request, "It counts again.")
    return redirect("upgrade_check", slug)


@api_allowed
@require_GET
def lint_json(request: HttpRequest, slug: str):
    upgrade = Upgrade.objects.filter(slug=slug).first()
    if upgrade is None:
        raise Http404
    return JsonResponse(showing.as_json(checking.check(upgrade, now=timezone.now())))
