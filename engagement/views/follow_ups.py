from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.toasts import offer_undo
from engagement.forms.follow_ups import FollowUpForm
from engagement.models import Engagement, FollowUp

ROWS = FollowUp.objects.select_related("engagement__upgrade", "person", "owner")


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
def follow_up_new(request, pk):
    engagement = get_object_or_404(Engagement.objects.select_related("upgrade"), pk=pk)
    blank = FollowUp(engagement=engagement)
    form = FollowUpForm(
        request.POST if request.method == "POST" else None, instance=blank, initial={"owner": request.user.pk}
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Noted.")
        return to_list(engagement)
    return render(request, "engagement/follow_up.html", {"form": form, "engagement": engagement, "follow_up": None})


@require_http_methods(["GET", "POST"])
@permission_required("engagements.edit")
@transaction.atomic
def follow_up_edit(request, pk):
    rows = ROWS.select_for_update(of=("self",), no_key=True) if request.method == "POST" else ROWS
    follow_up = get_object_or_404(rows, pk=pk)
    form = FollowUpForm(request.POST if request.method == "POST" else None, instance=follow_up)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return to_list(follow_up.engagement)
    context = {"form": form, "engagement": follow_up.engagement, "follow_up": follow_up}
    return render(request, "engagement/follow_up.html", context)


@require_POST
@permission_required("engagements.edit")
def follow_up_done(request, pk):
    follow_up = get_object_or_404(ROWS, pk=pk)
    follow_up.finish(by=request.user, now=timezone.now())
    offer_undo(request, f"Done: {follow_up}", url=reverse("follow_up_open", args=[pk]))
    return back(request, follow_up.engagement)


@require_POST
@permission_required("engagements.edit")
def follow_up_open(request, pk):
    follow_up = get_object_or_404(ROWS, pk=pk)
    follow_up.take_up_again()
    messages.success(request, f"Open again: {follow_up}")
    return back(request, follow_up.engagement)


@require_POST
@permission_required("engagements.edit")
def follow_up_delete(request, pk):
    follow_up = get_object_or_404(ROWS, pk=pk)
    follow_up.delete()
    undo = reverse("follow_up_bring_back", args=[follow_up.engagement_id, history.act()])
    offer_undo(request, f"Deleted: {follow_up}", url=undo)
    return to_list(follow_up.engagement)


@require_POST
@permission_required("engagements.edit")
def follow_up_bring_back(request, pk, act):
    engagement = get_object_or_404(Engagement, pk=pk)
    brought = history.bring_back(act, FollowUp)
    (messages.success if brought else messages.error)(request, "Back." if brought else "There is nothing to undo.")
    return to_list(engagement)


def back(request, engagement: Engagement):
    """To where one ticked it: the list of all, the home page or its own page."""
    asked = request.POST.get("next", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return HttpResponseRedirect(asked)
    return to_list(engagement)


def to_list(engagement: Engagement):
    return redirect(f"{engagement.get_absolute_url()}#follow-ups")
