"""A manager cascade: who has told their own people, one by one."""

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required
from commsplan.lib.paging import Paginator
from commsplan.lib.toasts import offer_undo
from notices.enums import Medium
from notices.models import PlanStep
from notices.pipeline import planning
from notices.pipeline.audience import Audience
from notices.pipeline.planning import passing_on
from stakeholders.models import Person

PAGE = 50


def step_of(slug: str, pk: int) -> PlanStep:
    steps = PlanStep.objects.filter(medium=Medium.CASCADE).select_related("upgrade", "milestone", "done_by")
    return get_object_or_404(steps, upgrade__slug=slug, pk=pk)


@require_GET
def step_cascade(request: HttpRequest, slug: str, pk: int):
    step = step_of(slug, pk)
    asked = passing_on.managers(step).order_by("name", "pk")
    pages = Paginator(asked, PAGE, dress=lambda rows: passing_on.noted(step, rows).select_related("site"))
    context = {
        "step": step,
        "upgrade": step.upgrade,
        "people": pages.get_page(request.GET.get("page")),
        "told": (told := passing_on.told(step).count()),
        "said": f"{told:,} of {pages.count:,} have passed it on",
        "who": Audience.from_json(step.audience).describe(),
    }
    return render(request, "notices/step_cascade.html", context)


@require_POST
@permission_required("notices.write")
def step_pass_on(request: HttpRequest, slug: str, pk: int, person: int):
    step, manager = step_of(slug, pk), get_object_or_404(Person, pk=person)
    try:
        passing_on.pass_on(step, manager, by=request.user, now=timezone.now())
    except planning.NotPossible as error:
        messages.error(request, str(error))
    else:
        undo = reverse("step_not_passed_on", args=[slug, pk, manager.pk])
        offer_undo(request, f"{manager} has passed it on.", url=undo)
    return redirect("step_cascade", slug, pk)


@require_POST
@permission_required("notices.write")
def step_not_passed_on(request: HttpRequest, slug: str, pk: int, person: int):
    step, manager = step_of(slug, pk), get_object_or_404(Person, pk=person)
    passing_on.take_back(step, manager)
    messages.success(request, f"{manager} still has to pass it on.")
    return redirect("step_cascade", slug, pk)
