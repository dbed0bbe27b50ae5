"""Delivery: how each channel leaves the house, how fast, and whether at all. Everybody may look."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required, refusal
from commsplan.lib import history, secrets
from commsplan.lib.conflicts import Clash
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from notices.channels import KINDS
from notices.channels import email as mail
from notices.channels.base import ChannelDown, ChannelError
from notices.enums import OutletLogKind
from notices.forms.outlets import DomainLimitForm, OutletLimitsForm, SetUpForm, StopForm, TryOutForm
from notices.insight import outlets as standings
from notices.models import DomainLimit, Outlet, Standstill
from notices.pipeline import limits, outlets
from notices.pipeline.deliver import refusing
from notices.pipeline.outlets import trying_out
from notices.register import rooms
from stakeholders.enums import Channel

MAY = "delivery.manage"
FALLBACK = "-fallback"
DAY_PIXELS = 48  # of a day in the drawing of a warm-up


@require_GET
def outlet_list(request):
    context = {
        "standings": standings.all_outlets(now=timezone.now()),
        "standstill": Standstill.objects.select_related("by").filter(ended_at=None).first(),
        "refused": refusal(request.user, MAY),
    }
    return page(request, "notices/outlets.html", context, partial="rows")


@require_http_methods(["GET", "POST"])
@permission_required(MAY)
def outlets_stop(request):
    """A page of its own: it asks for the reason, and says what happens."""
    form = why(request) if request.method == "POST" else StopForm()
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if outlets.stop_everything(by=request.user, now=timezone.now(), reason=reason):
            offer_undo(request, "Everything that sends is stopped.", url=reverse("outlets_start"))
        else:
            messages.info(request, "It was stopped already.")
        return back(request, "outlets")
    return render(request, "notices/outlets_stop.html", {"form": form})


def why(request) -> StopForm:
    """Whoever takes back a start stops for the reason there was: it stands in the address."""
    return StopForm(request.POST if "reason" in request.POST else request.GET)


def back(request, *otherwise: str):
    """To the page of the operation, if the button stood there."""
    return redirect("operations") if is_of_operations(request) else redirect(*otherwise)


def is_of_operations(request) -> bool:
    return "operations" in (request.POST.get("next"), request.GET.get("next"))


def undo_of_start(request, reason: str, name: str, *args: str) -> str:
    values = {"reason": reason} | ({"next": "operations"} if is_of_operations(request) else {})
    return f"{reverse(name, args=args)}?{urlencode(values)}"


@require_POST
@permission_required(MAY)
def outlets_start(request):
    standstill = Standstill.objects.filter(ended_at=None).first()
    if outlets.start_everything(by=request.user, now=timezone.now()) and standstill:
        undo = undo_of_start(request, standstill.reason, "outlets_stop")
        offer_undo(request, "Sending goes on.", url=undo)
    else:
        messages.info(request, "Nothing was stopped.")
    return back(request, "outlets")


def found(slug: str, *, lock: bool = False) -> Outlet:
    """Of the address of its page; one that nobody has set up yet is not stored."""
    channel, is_fallback = slug.removesuffix(FALLBACK), slug.endswith(FALLBACK)
    if channel not in KINDS:
        raise Http404("There is no such channel.")
    rows = Outlet.objects.filter(channel=channel, is_fallback=is_fallback)
    whole = rows.select_for_update(of=("self",), no_key=True) if lock else rows.select_related("health", "stopped_by")
    if one := whole.first():
        return one
    if is_fallback and not (channel == Channel.EMAIL and settings.EMAIL_FALLBACK_URL):
        raise Http404("There is no fallback.")
    return outlets.usual(channel, is_fallback=is_fallback)


def stored(slug: str) -> Outlet:
    """Mail always has one; another channel has to be set up first."""
    one = found(slug)
    if one.pk:
        return one
    if one.channel != Channel.EMAIL:
        raise Http404("It is not set up.")
    return (one.is_fallback and outlets.fallback_of(one.channel)) or outlets.of(one.channel)


@require_GET
def outlet(request, slug):
    return shown(request, found(slug))


def shown(request, one: Outlet, *, test: TryOutForm | None = None, status: int = 200):
    now = timezone.now()
    is_stored = one.pk is not None
    warm_up = standings.warm_up(one, now=now)
    context = {
        "standing": standings.standing(one, now=now),
        "outlet": one,
        "slug": standings.slug_of(one),
        "config": configured(one),
        "domains": standings.domains_of(one, now=now) if is_stored else [],
        "warm_up": warm_up,
        "warm_up_width": standings.WIDTH * len(warm_up),
        "warm_up_pixels": DAY_PIXELS * len(warm_up),
        "log": standings.log_of(one) if is_stored else [],
        "last": standings.last_messages(one, now=now),
        "server": server_of(one),
        "variable": variable_of(one),
        "fallback_slug": f"{Channel.EMAIL}{FALLBACK}",
        "is_mail": one.channel == Channel.EMAIL,
        "test": test or TryOutForm(outlet=one),
        "stop": StopForm(),
        "has_fallback": not one.is_fallback and is_stored and outlets.fallback_of(one.channel) is not None,
        "fallback_server": server(mail.FALLBACK),
        "has_rooms": rooms.has_rooms(one.channel),
        "rooms": rooms.number_of(one.channel) if is_stored and rooms.has_rooms(one.channel) else 0,
        "refused": refusal(request.user, MAY),
    }
    return page(request, "notices/outlet.html", context, partial="now", status=status)


def server_of(one: Outlet) -> str:
    """Without the password."""
    if one.channel != Channel.EMAIL:
        return ""
    return server(mail.FALLBACK if one.is_fallback else mail.MAIN)


def server(name: str) -> str:
    """As EMAIL_URL or EMAIL_FALLBACK_URL names it; empty where there is none."""
    try:
        relay = mail.find(name)
    except ChannelDown:
        return ""
    return f"{relay.host}:{relay.port or 25}"


def configured(one: Outlet) -> list[tuple[str, str]]:
    """What may be seen. Of secrets only whether they are set."""
    known = secrets_of(one)
    rows = []
    for field in KINDS[one.channel].fields:
        if not field.is_asked(one.config):
            continue
        if field.is_secret:
            rows.append((field.label, "set, never shown" if known.get(field.name) else ""))
        else:
            value = one.config.get(field.name, "")
            said = dict(field.choices).get(value, value)
            rows.append((field.label, said.replace("EMAIL_URL", variable_of(one))))
    return rows


def variable_of(one: Outlet) -> str:
    return "EMAIL_FALLBACK_URL" if one.is_fallback else "EMAIL_URL"


def secrets_of(one: Outlet) -> dict[str, str]:
    """Those that can be read. Where the keys are lost they are entered again."""
    try:
        return secrets.decrypt_values(one.secrets)
    except secrets.CannotDecrypt:
        return {}


@require_http_methods(["GET", "POST"])
@permission_required(MAY)
@transaction.atomic
def outlet_limits(request, slug):
    is_post = request.method == "POST"
    one = found(slug, lock=is_post)
    if one.pk is None and one.channel != Channel.EMAIL:
        raise Http404("It is not set up.")
    form = OutletLimitsForm(request.POST if is_post else None, instance=one)
    if is_post and form.is_valid():
        stored = form.save()
        note_change(request, stored, form.changes(), "Limits")
        messages.success(request, "Saved. The workers know it within seconds.")
        return redirect("outlet", slug)
    return render(request, "notices/outlet_limits.html", {"form": form, "outlet": found(slug), "slug": slug})


def note_change(request, one: Outlet, changes: Sequence[Clash], what: str) -> None:
    if changes:
        said = "; ".join(f"{each.label}: {each.stored or 'none'} → {each.typed or 'none'}" for each in changes)
        outlets.note(one, OutletLogKind.CHANGED, f"{what}. {said}", at=timezone.now(), by=request.user)


@require_http_methods(["GET", "POST"])
@permission_required(MAY)
@transaction.atomic
def outlet_set_up(request, slug):
    is_post = request.method == "POST"
    one = found(slug, lock=is_post)
    if not KINDS[one.channel].fields and one.channel == Channel.EMAIL:
        raise Http404("Mail is set up by EMAIL_URL.")
    form = SetUpForm(request.POST if is_post else None, outlet=one, kept=secrets_of(one))
    if is_post and form.is_valid():
        one.config = form.config
        one.secrets = secrets.encrypt_values(form.secrets) if form.secrets else None
        one.save()
        note_change(request, one, form.changes(), "Set-up")
        messages.success(request, "Saved. Try it out below.")
        return redirect("outlet", slug)
    kind = KINDS[one.channel]
    return render(request, "notices/outlet_set_up.html", {"form": form, "outlet": one, "slug": slug, "kind": kind})


@require_POST
@permission_required(MAY)
def outlet_stop(request, slug):
    one, form = stored(slug), why(request)
    if not form.is_valid():
        messages.error(request, "Say why: others see it.")
    elif outlets.stop(one, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"]):
        offer_undo(request, f"{one} is stopped.", url=reverse("outlet_start", args=[slug]))
    else:
        messages.info(request, f"{one} was stopped already.")
    return back(request, "outlet", slug)


@require_POST
@permission_required(MAY)
def outlet_start(request, slug):
    one = stored(slug)
    reason = one.stop_reason
    if outlets.start(one, by=request.user, now=timezone.now()):
        undo = undo_of_start(request, reason, "outlet_stop", slug)
        offer_undo(request, f"{one} sends again.", url=undo)
    else:
        messages.info(request, f"{one} was not stopped.")
    return back(request, "outlet", slug)


@require_POST
@permission_required(MAY)
def outlet_test(request, slug):
    one = stored(slug)
    form = TryOutForm(request.POST, outlet=one)
    if not form.is_valid():
        return shown(request, one, test=form, status=422)
    if not trying_out.allows(request.user):
        messages.error(request, trying_out.TOO_OFTEN)
        return redirect("outlet", slug)
    address, secret = form.cleaned_data["address"], form.cleaned_data.get("secret", "")
    try:
        answer = trying_out.try_out(one, address, secret=secret, by=request.user, now=timezone.now())
    except (ChannelError, secrets.CannotDecrypt) as error:
        messages.error(request, f"The test did not work. {error}")
    else:
        messages.success(request, f"The test went out. The other side says: {answer}")
    return redirect("outlet", slug)


@require_POST
@permission_required(MAY)
def domain_start(request, slug):
    one, domain = stored(slug), request.POST.get("domain", "")
    if refusing.start(one, domain, by=request.user, now=timezone.now()):
        messages.success(request, f"Mail to {domain} goes out again.")
    else:
        messages.info(request, "It was not stopped.")
    return back(request, "outlet", slug)


@require_POST
@permission_required(MAY)
def domains_start(request, slug):
    one = stored(slug)
    number = refusing.start_all(one, by=request.user, now=timezone.now())
    if number:
        messages.success(request, f"Mail to {'1 domain' if number == 1 else f'{number:,} domains'} goes out again.")
    else:
        messages.info(request, "No domain was stopped.")
    return back(request, "outlet", slug)


@require_http_methods(["GET", "POST"])
@permission_required(MAY)
@transaction.atomic
def domain_limit_new(request, slug):
    is_post = request.method == "POST"
    one = stored(slug)
    if one.channel != Channel.EMAIL:
        raise Http404("Only mail has domains.")
    form = DomainLimitForm(request.POST if is_post else None, instance=DomainLimit(outlet=one))
    if is_post and form.is_valid():
        limit = form.save()
        outlets.note(one, OutletLogKind.CHANGED, f"New limit for {limit.domain}", at=timezone.now(), by=request.user)
        messages.success(request, f"{limit.domain} has a limit.")
        return redirect("outlet", slug)
    return render(request, "notices/domain_limit_form.html", {"form": form, "outlet": one, "slug": slug})


@require_http_methods(["GET", "POST"])
@permission_required(MAY)
@transaction.atomic
def domain_limit_edit(request, pk):
    is_post = request.method == "POST"
    rows = DomainLimit.objects.select_related("outlet")
    limit = get_object_or_404(rows.select_for_update(of=("self",), no_key=True) if is_post else rows, pk=pk)
    before = limit.domain
    form = DomainLimitForm(request.POST if is_post else None, instance=limit)
    slug = standings.slug_of(limit.outlet)
    if is_post and form.is_valid():
        form.save()
        for domain in {before, limit.domain}:
            limits.release(limit.outlet, domain, now=timezone.now())
        note_change(request, limit.outlet, form.changes(), f"Limit for {limit.domain}")
        messages.success(request, "Saved. What waited for its turn is looked at anew.")
        return redirect("outlet", slug)
    context = {"form": form, "outlet": limit.outlet, "slug": slug, "limit": limit}
    return render(request, "notices/domain_limit_form.html", context)


@require_POST
@permission_required(MAY)
@transaction.atomic
def domain_limit_delete(request, pk):
    limit = get_object_or_404(DomainLimit.objects.select_related("outlet"), pk=pk)
    one = limit.outlet
    limit.delete()
    limits.release(one, limit.domain, now=timezone.now())
    outlets.note(
        one, OutletLogKind.CHANGED, f"No limit for {limit.domain} any more", at=timezone.now(), by=request.user
    )
    undo = reverse("domain_limit_bring_back", args=[history.act()])
    offer_undo(request, f"{limit.domain} has no limit any more.", url=undo)
    return redirect("outlet", standings.slug_of(one))


@require_POST
@permission_required(MAY)
def domain_limit_bring_back(request, act):
    done = history.bring_back(act, DomainLimit)
    (messages.success if done else messages.error)(request, "It is back." if done else "It cannot be brought back.")
    return redirect("outlets")
