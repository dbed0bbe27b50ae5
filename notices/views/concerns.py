"""The page of one concern: read it, answer it, and send the answer. It stands here because it sends."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required, refusal, require
from commsplan.lib.toasts import offer_undo
from feedback import concerns, storyline
from feedback.concern_forms import AnswerConcernForm, CloseConcernForm, ConcernForm
from feedback.models import Concern
from notices.enums import NoticeState
from notices.pipeline.approve import NotAllowed
from notices.pipeline.direct import answers


@require_GET
def concern(request, pk):
    return show(request, get_object_or_404(Concern, pk=pk))


def show(request: HttpRequest, found: Concern, *, status=200, **forms):
    """With what came back to be corrected in place of the fresh forms."""
    stored = Concern.objects.select_related("upgrade", "person", "milestone", "engagement", "owner", "answered_by")
    row = stored.get(pk=found.pk)
    context = {
        "concern": row,
        "is_overdue": row.is_overdue(today=timezone.localdate()),
        "answer_form": forms.get("answer") or AnswerConcernForm(instance=stored.get(pk=found.pk), prefix="answer"),
        "details_form": forms.get("details") or ConcernForm(instance=stored.get(pk=found.pk), prefix="details"),
        "close_form": forms.get("close") or CloseConcernForm(prefix="close"),
        "no_mail": why_no_mail(request, row),
        "story": storyline.of_concern(row),
        "sent": row.notices.order_by("-pk"),
    }
    return render(request, "notices/concern.html", context, status=status)


def why_no_mail(request: HttpRequest, row: Concern) -> str:
    """Why the answer cannot go out by mail; empty when it can."""
    if row.person is None:
        return "Nobody is named to whom it could go."
    if not row.person.email:
        return f"{row.person} has no e-mail address."
    return refusal(request.user, "notices.send")


def _locked(pk: int) -> Concern:
    lock = Concern.objects.select_for_update(of=("self",), no_key=True)
    return get_object_or_404(lock, pk=pk)


@require_POST
@permission_required("notices.write")
@transaction.atomic
def concern_answer(request, pk):
    found = _locked(pk)
    form = AnswerConcernForm(request.POST, instance=found, prefix="answer")
    if not form.is_valid():
        return show(request, found, status=422, answer=form)
    given = form.cleaned_data
    try:
        concerns.answer(
            found,
            words=given["answer"],
            is_public=given["is_public"],
            public_wording=given["public_wording"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, said(found))
        if request.POST.get("send") == "mail":
            send(request, found)
    except concerns.NotPossible as error:
        messages.error(request, str(error))
    return redirect(found)


def send(request: HttpRequest, found: Concern) -> None:
    """The answer stands, whether or not it can be mailed."""
    require(request, "notices.send")
    try:
        notice = answers.send(found, by=request.user, now=timezone.now())
    except NotAllowed as error:
        messages.error(request, f"It was not sent by mail. {error}")
    else:
        waits = notice.state == NoticeState.IN_REVIEW
        messages.success(request, "The mail waits for approval." if waits else "The mail is on its way.")


def said(found: Concern) -> str:
    if found.is_public and not found.upgrade.is_published:
        return "Answered. It shows on the status page as soon as the upgrade is published."
    return "Answered, and shown on the status page." if found.is_public else "Answered."


@require_POST
@permission_required("notices.write")
@transaction.atomic
def concern_edit(request, pk):
    found = _locked(pk)
    form = ConcernForm(request.POST, instance=found, prefix="details")
    if not form.is_valid():
        return show(request, found, status=422, details=form)
    form.save()
    messages.success(request, "Saved.")
    return redirect(found)


@require_POST
@permission_required("notices.write")
def concern_close(request, pk):
    found = get_object_or_404(Concern, pk=pk)
    form = CloseConcernForm(request.POST, prefix="close")
    if not form.is_valid():
        return show(request, found, status=422, close=form)
    try:
        concerns.close(found, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        offer_undo(request, "Closed without an answer.", url=reverse("concern_reopen", args=[pk]))
    except concerns.NotPossible as error:
        messages.error(request, str(error))
    return redirect(found)


@require_POST
@permission_required("notices.write")
def concern_reopen(request, pk):
    found = get_object_or_404(Concern, pk=pk)
    try:
        concerns.reopen(found, by=request.user, now=timezone.now())
        messages.success(request, "It is open again, and nothing of it is public.")
    except concerns.NotPossible as error:
        messages.error(request, str(error))
    return redirect(found)
