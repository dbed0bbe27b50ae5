"""The proof of notice of an upgrade: what it would hold, who got one before, and the file itself."""

import pghistory
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required
from commsplan.lib import limits
from commsplan.lib.htmx import page
from notices.models import ProofPack
from notices.proof import entries, piping, writing
from upgrades.models import Upgrade

PER_PAGE = 25
PACKS, WHILE = 12, 3600  # seconds


@require_GET
def upgrade_proof(request: HttpRequest, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    packs = ProofPack.objects.filter(upgrade=upgrade).select_related("made_by").order_by("-made_at", "-pk")
    counts = entries.counts(upgrade)
    context = {
        "upgrade": upgrade,
        "counts": counts,
        "total": sum(number for _, number in counts),
        "packs": Paginator(packs, PER_PAGE).get_page(request.GET.get("page")),
    }
    return page(request, "notices/proof.html", context, partial="rows")


@require_POST
@permission_required("notices.write")
def proof_make(request, slug: str):
    """It leaves while it is made, so nobody waits for the first byte and no copy stays here."""
    upgrade, by, now = get_object_or_404(Upgrade, slug=slug), request.user, timezone.now()
    if not limits.allows("proof", str(by.pk), limit=PACKS, seconds=WHILE):
        messages.error(request, "That were many packs within an hour. Please wait a little.")
        return redirect("upgrade_proof", slug)
    names = request.POST.get("names") == "yes"

    def write(file) -> None:
        with pghistory.context(user=by.pk):
            writing.write(upgrade, file, by=by, now=now, names=names)

    response = StreamingHttpResponse(piping.pipe(write), content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = f'attachment; filename="proof-{upgrade.slug}-{now:%Y-%m-%d}.zip"'
    return response
