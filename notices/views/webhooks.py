"""Providers report over the web what came back: only that of MAIL_REPORTS_FROM, and only what it has signed."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notices.pipeline import coming_back
from notices.pipeline.coming_back import reported

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000


@csrf_exempt
@login_not_required
@require_POST
def mail_reports(request: HttpRequest) -> HttpResponse:
    """403: not signed, nothing is kept. 400: signed, and not understood."""
    if settings.MAIL_REPORTS_FROM not in reported.PROVIDERS or not settings.MAIL_REPORTS_SECRET:
        raise Http404("No provider reports to this page.")
    if len(request.body) > MOST_BYTES:
        return HttpResponse(status=413)
    now = timezone.now()
    try:
        events = reported.read(request, settings.MAIL_REPORTS_FROM, settings.MAIL_REPORTS_SECRET, now=now)
    except reported.NotTheirs as error:
        log.warning("report refused", extra={"why": str(error)[:200]})
        return HttpResponse(status=403)
    except reported.NotUnderstood:
        return HttpResponse(status=400)
    for event in events:
        coming_back.take_report(
            event.report, identity=event.identity, source=settings.MAIL_REPORTS_FROM, now=now, is_proved=True
        )
    return HttpResponse()
