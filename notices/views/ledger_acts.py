"""What one does from the ledger: send the correction, or say why not; call those whom nothing reaches; set the rule."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required, refusal
from commsplan.lib import keys
from notices.channels.base import ChannelError
from notices.enums import NoticeKind
from notices.forms.ledger_rule import RuleForm, RuleWords
from notices.insight import ledger_correcting
from notices.models import Call, CorrectionRule, Notice
from notices.pipeline import approve, correcting
from notices.pipeline import render as renderer
from notices.pipeline.byhand import recall
from notices.pipeline.correcting import rule
from notices.pipeline.ledger import Plan
from notices.views.frames import framed, look_of, only_styles
from upgrades.models import Upgrade


def carry_out(request: HttpRequest, slug: str, act: Callable[[], object], *, done: str):
    try:
        act()
    except (approve.NotAllowed, ChannelError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("upgrade_ledger", slug)


def fetch_letter(slug: str, pk: int) -> Notice:
    rows = Notice.objects.filter(upgrade__slug=slug, kind__in=[NoticeKind.CORRECTION, NoticeKind.CATCH_UP])
    return get_object_or_404(rows.select_related("upgrade", "author"), pk=pk)


@require_POST
@permission_required("notices.send")
def ledger_propose(request: HttpRequest, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    act = lambda: correcting.propose_now(upgrade, by=request.user, now=timezone.now())  # noqa: E731
    return carry_out(request, slug, act, done="Proposed. Nothing has gone out yet.")


@require_POST
@permission_required("notices.approve")
def ledger_send(request: HttpRequest, slug: str, pk: int):
    letter = fetch_letter(slug, pk)
    act = lambda: correcting.send_now(letter, by=request.user, now=timezone.now(), hold=recall.HOLD)  # noqa: E731
    return carry_out(request, slug, act, done="It goes out in five minutes. Until then it can be recalled.")


@require_POST
@permission_required("notices.approve")
def ledger_dismiss(request: HttpRequest, slug: str, pk: int):
    letter, reason = fetch_letter(slug, pk), request.POST.get("reason", "")
    act = lambda: correcting.dismiss(letter, by=request.user, reason=reason, now=timezone.now())  # noqa: E731
    return carry_out(request, slug, act, done="Not sent. It comes up again when the plan changes again.")


@require_POST
@permission_required("engagements.edit")
def ledger_called(request: HttpRequest, slug: str, pk: int):
    call = get_object_or_404(Call.objects.select_related("person"), pk=pk, upgrade__slug=slug)
    is_reached, outcome = request.POST.get("reached") == "yes", request.POST.get("outcome", "")
    now = timezone.now()
    act = lambda: correcting.calls.done(call, by=request.user, now=now, outcome=outcome, is_reached=is_reached)  # noqa: E731
    done = f"Noted: {call.person} knows it now." if is_reached else f"Noted: {call.person} was not reached."
    return carry_out(request, slug, act, done=done)


# The rule


@require_http_methods(["GET", "POST"])
def ledger_rule(request: HttpRequest, slug: str):
    upgrade = get_object_or_404(Upgrade.objects.select_related("owner"), slug=slug)
    settings = rule.of(upgrade)
    data = request.POST if request.method == "POST" else None
    form, words = RuleForm(data, instance=settings), RuleWords(rule.of(upgrade), data)
    no_edit = refusal(request.user, "notices.write")
    if request.method == "POST" and not no_edit and all([form.is_valid(), words.is_valid()]):
        try:
            version = keys.number(request.POST.get("version")) or None
            rule.save(upgrade, by=request.user, version=version, **form.values(), words=words.words())
            messages.success(request, "Saved.")
            return redirect("ledger_rule", slug)
        except approve.NotAllowed as error:
            form.add_error(None, str(error))
    stored = rule.of(upgrade)
    context = {
        "upgrade": upgrade,
        "rule": stored,
        "form": form,
        "words": words,
        "no_edit": no_edit,
        "is_automatic": rule.is_automatic(stored),
        "why_not_approve": why_not_approve(stored, request.user),
    }
    return render(request, "notices/ledger_rule.html", context)


def why_not_approve(stored: CorrectionRule, account) -> str:
    if stored.pk is None:
        return "Save the rule first."
    if account.pk in rule.authors(stored):
        return "Somebody else than its author has to approve it."
    return refusal(account, "notices.approve")


@require_POST
@permission_required("notices.approve")
def ledger_rule_approve(request: HttpRequest, slug: str):
    stored = get_object_or_404(CorrectionRule, upgrade__slug=slug)
    stored.version = keys.number(request.POST.get("version"))
    try:
        rule.approve(stored, by=request.user, now=timezone.now())
        messages.success(request, "Approved. From now on corrections go out by themselves, within its limits.")
    except approve.NotAllowed as error:
        messages.error(request, str(error))
    return redirect("ledger_rule", slug)


@require_GET
@only_styles
def ledger_rule_frame(request: HttpRequest, slug: str):
    """A correction as a reader would get it today, in the words of the rule."""
    upgrade, now = get_object_or_404(Upgrade.objects.prefetch_related("services"), slug=slug), timezone.now()
    settings = rule.of(upgrade)
    letter = Notice(
        upgrade=upgrade,
        kind=NoticeKind.CORRECTION,
        title="Correction",
        author=settings.author,
        words=rule.words_of(settings),
        channels=["email"],
        audience={"people": []},
    )
    told = ledger_correcting.sample_rows(Plan.of(upgrade, now=now), now=now)
    person = getattr(request.user, "person", None) or renderer.sample_reader(letter)
    try:
        html = renderer.preview(letter, person=person, told=told, now=now).html
    except ChannelError as error:
        html = f"<p>{error}</p>"
    return framed(html, look=look_of(request))
