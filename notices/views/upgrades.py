"""Upgrades: the list, a new one from a template, and the overview of one."""

from collections import Counter

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keys
from commsplan.lib.htmx import page
from notices.enums import NoticeState
from notices.forms.upgrade import ROWS, NewUpgradeForm, PhaseForm, UpgradeSearch, WindowFormSet
from notices.insight import kit, ledger_short, outlook, unpublished
from notices.models import Notice
from notices.pipeline import planning
from stakeholders.models import Person, Site
from upgrades import assessing
from upgrades.enums import MilestoneKind, Phase, Quadrant
from upgrades.models import Milestone, Service, Stakeholder, Upgrade

PAGE = 25
WINDOWS = (MilestoneKind.GO_LIVE, MilestoneKind.WINDOW)
WINDOW_FIELDS = ("name", "start", "end", "site")
CONSEQUENCES: dict[str, str] = {
    Phase.PLANNING: "Dates and notices are still being worked out. Approved notices go out when they are due.",
    Phase.UNDER_WAY: "The work has begun. Nothing changes for the notices: they go out when they are due.",
    Phase.COMPLETED: "The work is done. Notices that still wait, such as surveys and thanks, go out when they are due.",
}


@require_GET
def upgrade_list(request):
    form = UpgradeSearch(request.GET)
    found = form.filter(outlook.with_outlook(Upgrade.objects.select_related("owner"), now=timezone.now()))
    upgrades = Paginator(found.order_by(*outlook.SOONEST), PAGE).get_page(request.GET.get("page"))
    is_filtered = any(request.GET.get(name) for name in form.fields)
    clear = reverse("upgrades") if is_filtered else ""
    context = {"form": form, "upgrades": upgrades, "is_filtered": is_filtered, "clear": clear}
    return page(request, "notices/upgrade_list.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
def upgrade_new(request):
    sites = [("", "All sites above"), *Site.objects.order_by("name", "pk").values_list("pk", "name")]
    if request.method == "POST":
        form = NewUpgradeForm(request.POST, account=request.user)
        windows = WindowFormSet(request.POST, prefix="windows", form_kwargs={"sites": sites})
        if "more" not in request.POST and all([form.is_valid(), windows.is_valid()]):
            return lay_out(request, form, windows)
        if "more" in request.POST:
            form, windows = with_more_rows(request, sites)
    else:
        form = NewUpgradeForm(account=request.user, initial={"template": request.GET.get("template", "")})
        windows = WindowFormSet(prefix="windows", initial=[{}] * ROWS, form_kwargs={"sites": sites})
    context = {"form": form, "windows": windows, "missing": missing()}
    return render(request, "notices/upgrade_new.html", context)


def missing() -> list[dict]:
    """What the register lacks so that somebody can be told. The plan can be laid out before that."""
    needed = [
        (Person.objects.active(), "Nobody is in the register, so nobody is told.", "import_new", "Import people"),
        (Service.objects.all(), "Without a service nobody is affected by it.", "service_new", "Add a service"),
    ]
    return [
        {"words": words, "url": reverse(url), "action": action}
        for rows, words, url, action in needed
        if not rows.exists()
    ]


def lay_out(request, form: NewUpgradeForm, windows):
    data = form.cleaned_data
    upgrade = planning.create_upgrade(
        by=request.user,
        template=form.plan_template,
        windows=windows.windows(zone=data["time_zone"]),
        services=data["services"],
        sites=data["sites"],
        impact=data["impact"],
        downtime=data["downtime"],
        **form.upgrade_fields(),
    )
    return redirect(f"{reverse('upgrade_plan', args=[upgrade.slug])}?new=1")


def with_more_rows(request, sites):
    """The page again with what was typed, and three empty windows more. Nothing is checked yet."""
    data = request.POST
    initial = {name: data.getlist(name) if name in ("services", "sites") else data.get(name) for name in data}
    number = min(keys.number(data.get("windows-TOTAL_FORMS")) + ROWS, WindowFormSet.max_num)
    rows = [{name: data.get(f"windows-{at}-{name}", "") for name in WINDOW_FIELDS} for at in range(number)]
    form = NewUpgradeForm(account=request.user, initial=initial)
    return form, WindowFormSet(prefix="windows", initial=rows, form_kwargs={"sites": sites})


@require_GET
def overview(request, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade.objects.select_related("owner").prefetch_related("services"), slug=slug)
    milestones = list(upgrade.milestones.order_by("start", "pk"))
    assessed = list(upgrade.stakeholders.assessed().order_by("pk"))
    notices = list(Notice.objects.filter(upgrade=upgrade).order_by("send_at", "pk"))
    upcoming = next_window(milestones, now=now)
    context = {
        "upgrade": upgrade,
        "milestones": milestones,
        "next": upcoming,
        "expectations": ledger_short.of(upgrade, now=now),
        "is_on": bool(upcoming and not upcoming.is_over and upcoming.start <= now < upcoming.last_moment),
        "in_short": [(label, value) for label, value in facts(upgrade) if value],
        "coming": [notice for notice in notices if notice.is_waiting and notice.send_at][:4],
        "counts": counts(notices),
        "unpublished": unpublished.said(upgrade, notices),
        "quadrants": quadrants(assessed),
        "to_look_at": sum(assessing.is_stale(one.assessed_at, now=now) for one in assessed),
        "phases": [
            {"value": value, "label": label, "words": CONSEQUENCES[value], "active": value == upgrade.phase}
            for value, label in Phase.choices
            if value in CONSEQUENCES
        ],
        "kit": kit.line(upcoming),
        "cancelling": what_cancelling_does(sum(notice.is_waiting for notice in notices)),
    }
    return render(request, "notices/upgrade.html", context)


def what_cancelling_does(waiting: int) -> str:
    if not waiting:
        return "Nothing waits to go out, so nobody is told anything by this."
    stop = "One waiting notice is" if waiting == 1 else f"{waiting} waiting notices are"
    return f"{stop} cancelled, except those that say that it is off. To tell people, write a notice."


def next_window(milestones: list[Milestone], *, now) -> Milestone | None:
    """The window that runs or comes next; without any the next milestone; when all is over, the last."""
    coming = [milestone for milestone in milestones if not milestone.is_over and milestone.last_moment > now]
    windows = [milestone for milestone in coming if milestone.kind in WINDOWS]
    return next(iter(windows or coming), None) or (milestones[-1] if milestones else None)


def counts(notices: list[Notice]) -> dict:
    by_state = Counter(notice.state for notice in notices)
    planned, out = len(notices) - by_state[NoticeState.CANCELLED], by_state[NoticeState.RELEASED]
    return {
        "planned": planned,
        "out": out,
        "words": f"{out} of {planned} notices {'has' if planned == 1 else 'have'} gone out",
        "scheduled": by_state[NoticeState.APPROVED],
        "in_review": by_state[NoticeState.IN_REVIEW],
        "drafts": by_state[NoticeState.DRAFT],
        "missed": by_state[NoticeState.MISSED],
    }


def quadrants(assessed: list[Stakeholder]) -> list[dict]:
    """In the places of the grid: influence grows upwards, interest to the right."""
    known = Counter(one.quadrant for one in assessed)
    places = [Quadrant.KEEP_SATISFIED, Quadrant.MANAGE_CLOSELY, Quadrant.MONITOR, Quadrant.KEEP_INFORMED]
    return [{"value": quadrant.value, "label": quadrant.label, "count": known[quadrant]} for quadrant in places]


def facts(upgrade: Upgrade) -> list[tuple[str, str]]:
    return [
        ("Objective", upgrade.objective),
        ("Why now", upgrade.why_now),
        ("What people gain", upgrade.benefit),
        ("Risk of not changing", upgrade.risk),
        ("How we know it went well", upgrade.success_measures),
        ("Services", ", ".join(sorted(service.name for service in upgrade.services.all()))),
        ("Owner", str(upgrade.owner)),
        ("Time zone", upgrade.time_zone),
    ]


@require_POST
@permission_required("upgrades.edit")
def upgrade_phase(request, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = PhaseForm(request.POST)
    if form.is_valid() and form.cleaned_data["phase"] != upgrade.phase:
        phase = Phase(form.cleaned_data["phase"])
        cancelled = planning.change_phase(upgrade, phase=phase, by=request.user, now=timezone.now())
        also = f" {cancelled} waiting notice{'s are' if cancelled != 1 else ' is'} cancelled." if cancelled else ""
        messages.success(request, f"The upgrade is now: {phase.label.lower()}.{also}")
    return redirect(upgrade)
