from copy import copy

from django.contrib import messages
from django.db import transaction
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from upgrades import collisions, moving_along, obstacles, offers, overlaps, slipping
from upgrades.forms import MilestoneChangeForm, MilestoneForm
from upgrades.models import Milestone, Upgrade
from upgrades.moving_along import Change
from upgrades.views import moving_back


@require_GET
def milestones(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    found = list(upgrade.milestones.prefetch_related("services", "sites").order_by("start", "pk"))
    hits = collisions.by_milestone(collisions.of_moved(found))
    met = overlaps.by_milestone(overlaps.of_moved(found))
    rows = [(one, slipping.sentence(one), hits.get(one.pk, []), met.get(one.pk, [])) for one in found]
    return page(request, "upgrades/milestones.html", {"upgrade": upgrade, "rows": rows}, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def milestone_new(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = MilestoneForm(typed(request), instance=Milestone(upgrade=upgrade))
    if request.method == "POST" and not only_asks(request) and form.is_valid():
        milestone = form.save()
        messages.success(request, f"{milestone} is in the plan.")
        say_what_was_understood(request, form)
        return redirect("upgrade_milestones", slug)
    context: dict = {"form": form, "upgrade": upgrade, "milestone": None, "was": None, "offer": None}
    return shown(request, context, asked_about(form, now=timezone.now()) if only_asks(request) else None)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def milestone_edit(request, slug, pk):
    rows = Milestone.objects.select_related("upgrade")
    lock = rows.select_for_update(of=("self",), no_key=True)
    milestone = get_object_or_404(lock if request.method == "POST" else rows, pk=pk, upgrade__slug=slug)
    was, stored = {"name": milestone.name, "slip": slipping.sentence(milestone)}, copy(milestone)
    form = MilestoneChangeForm(typed(request), instance=milestone)
    now = timezone.now()
    if request.method == "POST" and not only_asks(request) and form.is_valid():
        along = request.POST.getlist("along")
        changes = moving_along.change(milestone, **form.values, along=along, reason=form.reason, now=now)
        is_changed = bool(changes) or milestone.change_reason != stored.change_reason
        say_what_was_understood(request, form)
        return redirect(after_change(request, milestone, changes, is_changed=is_changed))
    context = {"form": form, "upgrade": milestone.upgrade, "milestone": milestone, "was": was}
    context |= {"offer": offered(request, form, stored, now=now)}
    return shown(request, context, asked_about(form, now=now) if only_asks(request) else obstacles.of(stored, now=now))


def offered(request, form: MilestoneChangeForm, stored: Milestone, *, now) -> offers.Offer:
    """What may move with it. A deadline that is typed anew is where it should be."""
    form.is_valid()  # fills cleaned_data as far as it goes
    typed_in = form.cleaned_data if form.is_bound else {}
    start = typed_in.get("start") or stored.start
    own = typed_in.get("action_deadline", stored.action_deadline) == stored.action_deadline
    return offers.of(stored, start, request.POST, now=now, own=own)


def only_asks(request) -> bool:
    """What is in the way of what is typed; nothing is saved. A free window that is chosen is typed."""
    return bool({"check", "slot"} & request.POST.keys())


def typed(request) -> QueryDict | None:
    if request.method != "POST":
        return None
    data = request.POST.copy()
    start, _, end = data.get("slot", "").partition(" ")
    if start:
        data["start"], data["end"] = start, end
    return data


def asked_about(form: MilestoneForm, *, now) -> obstacles.Obstacles | None:
    """None while there is no start."""
    form.is_valid()
    found = form.cleaned_data
    if not found.get("start"):
        return None
    one = copy(form.instance)
    one.start, one.end = found["start"], found.get("end")
    for name in {"kind", "status", "impact"} & found.keys():
        setattr(one, name, found[name])
    return obstacles.of_typed(one, services=found.get("services", ()), sites=found.get("sites", ()), now=now)


def shown(request, context: dict, found: obstacles.Obstacles | None):
    return page(request, "upgrades/milestone_form.html", context | {"found": found}, partial="in_the_way")


def after_change(request, milestone: Milestone, changes: list[Change], *, is_changed: bool) -> str:
    """A moved milestone leads to the plan, which lists the notices that move with it. Undo is for the times alone."""
    slug = milestone.upgrade.slug
    became = changes[0].became if changes else {}
    if {"start", "end", "status"} & became.keys():
        said = f"{milestone} is changed. {moving_back.with_it(changes)} Below is what moves with it."
        plan = reverse("upgrade_plan", args=[slug])
        if "start" in became:
            back = reverse("upgrade_milestones", args=[slug])
            moving_back.offer(request, " ".join(said.split()), changes, back=back)
        else:
            messages.success(request, " ".join(said.split()))
        return f"{plan}?moved={milestone.pk}"
    messages.success(request, "Saved." if is_changed else "Nothing was changed.")
    return reverse("upgrade_milestones", args=[slug])


def say_what_was_understood(request, form: MilestoneForm) -> None:
    for sentence in form.understood:
        messages.warning(request, sentence)
