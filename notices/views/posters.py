"""A notice on paper: printed, or saved as PDF, by the browser."""

from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from commsplan.lib import time
from notices import wording
from notices.enums import Medium, NoticeKind, NoticeState
from notices.models import Notice, PlanStep
from notices.pipeline.render import CannotRender, poster
from notices.pipeline.schedule.fate import BEFORE_THE_WINDOW

MOST_WORDS = 350  # characters that find room beside the facts
STANDS = (NoticeState.APPROVED, NoticeState.RELEASED)


@require_GET
def notice_poster(request: HttpRequest, pk: int):
    rows = Notice.objects.select_related("upgrade", "milestone", "approved_revision", "step", "engagement", "concern")
    notice = get_object_or_404(rows, pk=pk)
    back = {"url": notice.get_absolute_url(), "label": "Back to the notice"}
    return _show(request, notice, back=back, is_sure=notice.approved_revision is not None)


@require_GET
def step_poster(request: HttpRequest, slug: str, pk: int):
    """In the words of what somebody stands behind about the same window; else in the usual ones."""
    steps = PlanStep.objects.select_related("upgrade", "milestone__upgrade")
    step = get_object_or_404(steps, pk=pk, upgrade__slug=slug, medium=Medium.POSTER)
    rows = Notice.objects.filter(upgrade=step.upgrade, milestone=step.milestone, state__in=STANDS)
    rows = rows.filter(kind__in=BEFORE_THE_WINDOW).exclude(approved_revision=None)
    said = rows.select_related("upgrade", "milestone", "approved_revision").order_by("-approved_at", "-pk").first()
    notice = said or Notice(
        upgrade=step.upgrade,
        milestone=step.milestone,
        kind=NoticeKind.ANNOUNCEMENT,
        title=step.name[:120],
        words=wording.of(NoticeKind.ANNOUNCEMENT),
    )
    back = {"url": reverse("upgrade_plan", args=[slug]), "label": "Back to the plan"}
    return _show(request, notice, back=back, is_sure=said is not None)


def _show(request: HttpRequest, notice: Notice, *, back: dict[str, str], is_sure: bool):
    spoken = poster.languages(_words(notice))
    if not spoken:
        raise Http404
    language = request.GET.get("lang", "")
    language = language if language in spoken else spoken[0]
    now = timezone.now()
    try:
        made = poster.of_notice(notice, language=language, now=now)
    except CannotRender as error:
        return render(request, "notices/poster_missing.html", {"why": str(error), "back": back}, status=422)
    wish = request.GET.get("text", "")
    context: dict[str, Any] = {
        "poster": made,
        "with_words": wish == "yes" or (wish != "no" and made.length <= MOST_WORDS),
        "code": code(made.url),
        "as_of": time.day(timezone.localtime(now).date(), language=language),
        "language": language,
        "spoken": [(one, dict(settings.LANGUAGES).get(one, one)) for one in spoken],
        "back": back,
        "is_sure": is_sure,
    }
    with translation.override(language):
        return render(request, "notices/poster.html", context)


def _words(notice: Notice) -> list[dict[str, Any]]:
    revision = notice.approved_revision
    return [{"language": one.language} for one in revision.variants.order_by("pk")] if revision else notice.words


def code(url: str) -> SafeString:
    """An inline SVG; a fifth of it may be torn or dirty."""
    made = segno.make(url, error="q", micro=False)
    return mark_safe(made.svg_inline(border=4, omitsize=True, svgclass="code", lineclass=None, light="#fff"))
