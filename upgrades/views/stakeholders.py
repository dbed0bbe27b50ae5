from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from stakeholders.models import Group, Person
from stakeholders.views.ties import held
from upgrades import assessing
from upgrades.forms import CandidateFilter, NewStakeholderForm, PlaceForm, StakeholderForm
from upgrades.models import Assessment, Stakeholder, Upgrade, groups_that_use

SUGGESTIONS = 20


@require_POST
@permission_required("upgrades.edit")
def stakeholder_place(request, slug):
    """One move on the grid. The answer is where to take it back, or a sentence why not."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("Influence and interest go from 0 to 100.", content_type="text/plain")
    place = dict(form.cleaned_data)
    stakeholder = get_object_or_404(Stakeholder, pk=place.pop("key"), upgrade__slug=slug)
    assessing.assess(stakeholder, **place, by=request.user, now=timezone.now())
    undo = reverse("stakeholder_undo", args=[slug, history.act()])
    if "back" in request.POST:
        offer_undo(request, f"{stakeholder} is placed.", url=undo)
        query = urlencode({"sel": stakeholder.pk})
        return redirect(f"{reverse('upgrade_stakeholders', args=[slug])}?{query}#on-the-map")
    return JsonResponse({"undo": undo})


@require_POST
@permission_required("upgrades.edit")
def stakeholder_undo(request, slug, act):
    """A move or a change of attitude, as long as nobody has assessed them again since."""
    done = history.take_back(act, Assessment, Stakeholder)
    said = "Taken back." if done else "This was changed again since, so it stays as it is."
    if request.accepts("text/html"):
        (messages.success if done else messages.error)(request, said)
        return redirect("upgrade_stakeholders", slug)
    return HttpResponse(said, content_type="text/plain", status=200 if done else 409)


@require_http_methods(["GET", "POST"])
@permission_required("upgrades.edit")
@transaction.atomic
def stakeholder_edit(request, slug, pk):
    rows = Stakeholder.objects.assessed().select_related("upgrade")
    lock = rows.select_for_update(of=("self",), no_key=True)
    stakeholder = get_object_or_404(lock if request.method == "POST" else rows, pk=pk, upgrade__slug=slug)
    standing = {name: getattr(stakeholder, name) for name in ("influence", "interest", "attitude")}
    initial = standing if stakeholder.assessed_at else {"influence": 50, "interest": 50, "attitude": 0}
    form = StakeholderForm(request.POST if request.method == "POST" else None, instance=stakeholder, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.save()
        values = {name: form.cleaned_data[name] for name in standing}
        assessing.assess(stakeholder, **values, by=request.user, now=timezone.now())
        messages.success(request, f"{stakeholder} is assessed.")
        return redirect(f"{reverse('upgrade_stakeholders', args=[slug])}?{urlencode({'sel': pk})}")
    earlier = stakeholder.assessments.select_related("by").order_by("-at", "-pk")
    context = {"form": form, "stakeholder": stakeholder, "upgrade": stakeholder.upgrade, "earlier": earlier}
    return render(request, "upgrades/stakeholder_form.html", context)


@require_GET
def stakeholder_new(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    filters = CandidateFilter(request.GET)
    words = filters.chosen.get("q", "")
    groups = Group.objects.exclude(stakes__upgrade=upgrade).with_size().order_by("name", "pk")
    people = Person.objects.active().exclude(stakes__upgrade=upgrade).in_order()
    users = groups_that_use(upgrade.services.all()).values("pk")
    context = {
        "upgrade": upgrade,
        "filters": filters,
        "words": words,
        "groups": (groups.found_by(words) if words else groups.filter(pk__in=users))[:SUGGESTIONS],
        "people": people.found_by(words)[:SUGGESTIONS] if words else [],
    }
    context["at"] = next_to_add(request.GET.get("at", ""), context)
    filters.fields["q"].widget.attrs["autofocus"] = not context["at"]
    return page(request, "upgrades/stakeholder_new.html", context, partial="found")


def next_to_add(place: str, found) -> str:
    """Where the focus goes after somebody was added from `place`: to the one that moved up; empty for the search."""
    kind, _, number = place.partition("-")
    left = len(found[kind]) if kind in ("groups", "people") else 0
    return f"{kind}-{min(int(number), left - 1)}" if left and number.isdecimal() else ""


@require_POST
@permission_required("upgrades.edit")
@transaction.atomic
def stakeholder_add(request, slug):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = NewStakeholderForm(request.POST)
    if form.is_valid():
        who = {name: value for name, value in form.cleaned_data.items() if value}
        if "person" in who:
            who["person"] = held(who["person"].pk)
        stakeholder, _ = Stakeholder.objects.get_or_create(upgrade=upgrade, **who)
        messages.success(request, f"{stakeholder} is a stakeholder now. Next, put them on the map.")
    else:
        messages.error(request, "Nobody was added: choose a person or a group.")
    query = urlencode({name: request.POST[name] for name in ("q", "at") if request.POST.get(name)})
    return redirect(f"{reverse('stakeholder_new', args=[slug])}?{query}")


@require_POST
@permission_required("upgrades.edit")
def stakeholder_remove(request, slug, pk):
    stakeholder = get_object_or_404(Stakeholder.objects.select_related("person", "group"), pk=pk, upgrade__slug=slug)
    name = str(stakeholder)
    stakeholder.delete()
    undo = reverse("stakeholder_bring_back", args=[slug, history.act()])
    offer_undo(request, f"{name} is no longer a stakeholder.", url=undo)
    return redirect("upgrade_stakeholders", slug)


@require_POST
@permission_required("upgrades.edit")
def stakeholder_bring_back(request, slug, act):
    if assessing.bring_back(act):
        messages.success(request, "Back, with all assessments.")
    else:
        messages.error(request, "There is nothing to bring back: the person or group is gone too.")
    return redirect("upgrade_stakeholders", slug)
