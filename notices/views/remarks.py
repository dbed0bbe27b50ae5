"""Remarks about a notice: written, settled, opened again. Each is one order, and leads back to where it was given."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from notices.forms.results import RemarkForm
from notices.models import Comment, Notice
from notices.pipeline.approve import NotAllowed
from notices.pipeline.byhand import remarking


@require_POST
def remark_write(request: HttpRequest, pk: int):
    notice = get_object_or_404(Notice, pk=pk)
    form = RemarkForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    act = lambda: remarking.write(notice, text=text, by=request.user, now=timezone.now())  # noqa: E731
    return carry_out(request, notice, act, done="Your remark is kept.")


@require_POST
def remark_resolve(request: HttpRequest, pk: int):
    comment = get_object_or_404(Comment.objects.select_related("notice"), pk=pk)
    act = lambda: remarking.resolve(comment, by=request.user, now=timezone.now())  # noqa: E731
    return carry_out(request, comment.notice, act, done="Settled.")


@require_POST
def remark_reopen(request: HttpRequest, pk: int):
    comment = get_object_or_404(Comment.objects.select_related("notice"), pk=pk)
    act = lambda: remarking.reopen(comment, by=request.user)  # noqa: E731
    return carry_out(request, comment.notice, act, done="It is open again.")


def carry_out(request: HttpRequest, notice: Notice, act: Callable[[], object], *, done: str):
    try:
        act()
    except NotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    page = "notice_approve" if request.POST.get("next") == "approve" else "notice"
    return redirect(f"{reverse(page, args=[notice.pk])}#remarks")
