"""The tokens of directories, for administrators."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import bearer
from directory import tokens
from directory.forms import TokenForm
from directory.models import DirectoryToken


def address() -> str:
    return f"{settings.BASE_URL.rstrip('/')}/scim/v2"


@require_GET
@permission_required("directory.manage")
def directory_tokens(request):
    found = DirectoryToken.objects.select_related("created_by").order_by("-revoked_at", "-created_at", "-pk")
    return render(request, "directory/tokens.html", {"tokens": found, "address": address()})


@permission_required("directory.manage")
@never_cache
@require_http_methods(["GET", "POST"])
def directory_token_new(request):
    """The answer to the POST is the one page that ever shows the token."""
    form = TokenForm(request.POST) if request.method == "POST" else TokenForm()
    if form.is_valid():
        token, secret = tokens.issue(form.cleaned_data["name"], by=request.user, now=timezone.now())
        shown = {"token": token, "secret": secret, "address": address()}
        return render(request, "directory/token_made.html", shown)
    return render(request, "directory/token_form.html", {"form": form})


@require_POST
@permission_required("directory.manage")
def directory_token_revoke(request, pk):
    token = get_object_or_404(DirectoryToken, pk=pk)
    bearer.revoke(token, now=timezone.now())
    messages.success(request, f"The token {token} is revoked: its directory cannot come in any more.")
    return redirect("directory_tokens")
