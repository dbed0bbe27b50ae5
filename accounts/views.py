from allauth.account.forms import ResetPasswordForm
from allauth.account.views import login as allauth_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import joining, tokens
from accounts.enums import Role
from accounts.forms import ROLES_HELP, AccountForm, NewAccountForm, ProfileForm, SetupForm, ThemeForm, TokenForm
from accounts.models import AccessToken, Account
from accounts.permissions import permission_required
from commsplan.lib import bearer

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def sign_in(request):
    """Where nobody has an account yet, signing in begins with making the first one."""
    if not request.user.is_authenticated and not Account.objects.exists():
        return redirect("setup")
    return allauth_login(request)


@login_not_required
def not_here(request):
    raise Http404


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request):
    if Account.objects.exists():
        return redirect("home")
    form = SetupForm(request.POST) if request.method == "POST" else SetupForm()
    if form.is_valid():
        try:
            account = joining.set_up(**form.cleaned_data)
        except joining.AlreadySetUp as error:
            messages.error(request, str(error))
            return redirect("account_login")
        login(request, account, backend=BACKEND)
        messages.success(request, f"Welcome, {account}. CommsPlan is ready.")
        return redirect("home")
    return render(request, "accounts/setup.html", {"form": form})


@require_http_methods(["GET", "POST"])
def profile(request):
    form = ProfileForm(request.POST, instance=request.user) if request.method == "POST" else None
    if form and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    if form:
        request.user.refresh_from_db()
    roles = [{"label": role.label, "words": ROLES_HELP[role]} for role in Role if role in request.user.roles]
    context = {
        "form": form or ProfileForm(instance=request.user),
        "roles": roles,
        "tokens": tokens.in_use(request.user).order_by("-created_at", "-pk"),
    }
    return render(request, "accounts/profile.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def token_new(request):
    """The answer to the POST is the one page that ever shows the token."""
    blank = AccessToken(account=request.user)
    form = TokenForm(request.POST, instance=blank) if request.method == "POST" else TokenForm(instance=blank)
    if form.is_valid():
        try:
            token, secret = tokens.issue(**form.cleaned_data, by=request.user, now=timezone.now())
        except tokens.TooMany as error:
            form.add_error(None, str(error))
        else:
            return render(
                request, "accounts/token_made.html", {"token": token, "secret": secret, "base": settings.BASE_URL}
            )
    return render(request, "accounts/token_form.html", {"form": form})


@require_POST
def token_revoke(request, pk):
    token = get_object_or_404(AccessToken, pk=pk, account=request.user)
    bearer.revoke(token, now=timezone.now())
    messages.success(request, f"The token {token} is revoked: it opens nothing any more.")
    return redirect("profile")


@require_POST
def profile_theme(request):
    """From the menu at the bottom left: back to the page one was on."""
    form = ThemeForm(request.POST, instance=request.user)
    if form.is_valid():
        form.save()
    back = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return redirect("home")


@require_GET
@permission_required("accounts.manage")
def accounts(request):
    everybody = Account.objects.order_by("-is_active", "name", "pk")
    return render(request, "accounts/accounts.html", {"accounts": everybody})


@permission_required("accounts.manage")
@require_http_methods(["GET", "POST"])
def account_new(request):
    form = NewAccountForm(request.POST) if request.method == "POST" else NewAccountForm()
    if form.is_valid():
        account = form.save(commit=False)
        account.set_unusable_password()
        account.save()
        invite(request, account)
        messages.success(request, f"{account} has an account. A link to choose a password is on its way by mail.")
        return redirect("accounts")
    return render(request, "accounts/account_form.html", {"form": form})


@permission_required("accounts.manage")
@require_http_methods(["GET", "POST"])
@transaction.atomic
def account_edit(request, pk):
    lock = Account.objects.select_for_update(no_key=True)
    account = get_object_or_404(lock if request.method == "POST" else Account, pk=pk)
    form = AccountForm(request.POST, instance=account) if request.method == "POST" else AccountForm(instance=account)
    if form.is_valid():
        try:
            joining.change(account, **form.values)
        except joining.NoAdministratorLeft as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{account} is saved.")
            return redirect("accounts")
    return render(request, "accounts/account_form.html", {"form": form, "account": Account.objects.get(pk=pk)})


@require_POST
@permission_required("accounts.manage")
def account_invite(request, pk):
    account = get_object_or_404(Account, pk=pk, is_active=True)
    invite(request, account)
    messages.success(request, f"A link to choose a password is on its way to {account.email}.")
    return redirect("accounts")


def invite(request, account):
    form = ResetPasswordForm({"email": account.email})
    if form.is_valid():
        form.save(request)
