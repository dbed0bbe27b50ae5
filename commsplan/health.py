"""For machines that ask how this process is: alive (healthz), able to do its work (readyz)."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from commsplan.lib import ready


@require_safe
@login_not_required
def healthz(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@login_not_required
@never_cache
def readyz(request):
    found = list(ready.checks())
    is_ready = all(one.is_well for one in found)
    checks = {one.name: {"ok": one.is_well, "ms": one.milliseconds, "said": one.said} for one in found}
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)
