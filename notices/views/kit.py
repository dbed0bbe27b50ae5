"""The break-glass kit: one page with big buttons, a small form behind each, and outages that nobody planned."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required, refusal
from commsplan.lib import keys
from notices.channels.base import ChannelError
from notices.enums import MessageState, NoticeState
from notices.forms.calendar import read_start
from notices.forms.kit import FORMS, KitForm, OutageForm
from notices.insight import kit as insight
from notices.models import Notice
from notices.pipeline import approve, kit
from notices.pipeline.kit import outages, using
from notices.pipeline.kit.buttons import BUTTONS, Button
from notices.views.frames import framed, look_of, only_styles
from stakeholders.enums import Channel
from upgrades import offers
from upgrades.models import Milestone, Service, Upgrade

FILLED = ("start", "end", "more", "downtime", "at", "outcome", "reason", "along", "offered")


@require_GET
def upgrade_kit(request: HttpRequest, slug: str):
    now = timezone.now()
    upgrade = get_object_or_404(Upgrade, slug=slug)
    milestone = insight.milestone_of(upgrade, keys.number(request.GET.get("milestone")), now=now)
    context: dict[str, Any] = {
        "upgrade": upgrade,
        "milestone": milestone,
        "milestones": insight.milestones(upgrade),
        "waiting": [(one, insight.why_not_by(request.user, one)) for one in insight.waiting(upgrade)],
    }
    if milestone:
        found = insight.of(milestone, now=now)
        context |= {
            "buttons": found,
            "ready": sum(one.is_ready for one in found),
            "told": insight.told(milestone, now=now),
            "outage": f"{reverse('outage_new')}?upgrade={upgrade.slug}",
        }
    return render(request, "notices/kit.html", context)


@require_POST
@permission_required("notices.write")
def kit_lay(request: HttpRequest, slug: str, pk: int, button: str):
    """The usual words, submitted; or the draft that lies there."""
    milestone = _milestone(slug, pk)
    try:
        notice = kit.lay(milestone, _button(button), by=request.user, now=timezone.now())
    except approve.NotAllowed as error:
        messages.error(request, str(error))
    else:
        stands = "Somebody has to approve it." if notice.state == NoticeState.IN_REVIEW else "It is ready."
        messages.success(request, f"“{notice.title}” lies ready. {stands}")
    return redirect(_page_of(milestone))


@require_http_methods(["GET", "POST"])
@permission_required("notices.send")
def kit_use(request: HttpRequest, slug: str, pk: int, button: str):
    now = timezone.now()
    milestone, pressed = _milestone(slug, pk), _button(button)
    if pressed.key not in FORMS:
        return redirect(f"{reverse('outage_new')}?upgrade={slug}")
    notice = kit.find(milestone, pressed)
    if notice is None and request.method == "GET":
        messages.error(request, f"No words lie ready for “{pressed.label}”. Put them there first: it takes one click.")
        return redirect(_page_of(milestone))
    is_ready = notice is not None and using.is_ready(notice, now=now)
    is_alone = not is_ready and using.may_send_alone(milestone.upgrade, pressed, by=request.user)
    form = _form(request, milestone, pressed.key, notice, now=now, is_alone=is_alone)
    if request.method == "POST" and form.is_valid():
        return _press(request, milestone, pressed, form)
    offer = _offer(request, milestone, form) if pressed.key == "postpone" else None
    context = {
        "upgrade": milestone.upgrade,
        "milestone": milestone,
        "button": pressed,
        "form": form,
        "notice": notice,
        "is_ready": is_ready,
        "told": (told := _told(request, milestone, now=now)),
        "letter": _letter_url(request, milestone, pressed.key, told, offer),
        "looks_for": request.GET.get("reader", ""),
        "letter_stays": request.headers.get("HX-Target") == "readers",  # while somebody types whom they look for
        "why_not": pressed.why_not(milestone, now=now),
        "offer": offer,
    }
    return render(request, "notices/kit_use.html", context)


def _told(request: HttpRequest, milestone: Milestone, *, now) -> insight.Told:
    """With the reader that was chosen, or is looked for."""
    person, words = keys.number(request.GET.get("person")), request.GET.get("reader", "")
    return insight.told(milestone, now=now, person=person, words=words)


def _offer(request: HttpRequest, milestone: Milestone, form: KitForm) -> offers.Offer:
    """What may move with it, to where the new start would take it."""
    typed = request.POST if request.method == "POST" else request.GET
    start = read_start(typed.get("start", ""), milestone) or milestone.start
    return offers.of(milestone, start, typed, now=form.now)


def _form(
    request: HttpRequest, milestone: Milestone, key: str, notice: Notice | None, *, now, is_alone: bool
) -> KitForm:
    """What is in the address was typed to look at the letter; it is there when somebody comes back."""
    typed = {name: request.GET[name] for name in FORMS[key].base_fields if name in FILLED and name in request.GET}
    seen = {"kit": notice.pk if notice else "", "seen": milestone.sequence, **typed}
    data = request.POST if request.method == "POST" else None
    return FORMS[key](data, initial=seen, milestone=milestone, now=now, is_alone=is_alone)


def _press(request: HttpRequest, milestone: Milestone, pressed, form: KitForm):
    data = form.cleaned_data
    order = using.Order(
        button=pressed,
        kit=data["kit"],
        seen=data["seen"],
        values=form.values,
        reason=data.get("reason", ""),
        alone=data.get("alone", ""),
        along=request.POST.getlist("along"),
    )
    try:
        notice = kit.use(milestone, order, by=request.user, now=form.now)
    except (approve.NotAllowed, ChannelError) as error:
        messages.error(request, str(error))
        return redirect(_page_of(milestone))
    messages.success(request, _done(notice))
    return redirect(_page_of(milestone))


def _done(notice: Notice) -> str:
    if notice.released_at:
        return format_html(
            'The plan is changed, and <a href="{}">{}</a> is on its way to {}.',
            notice.get_absolute_url(),
            notice.title,
            _people(notice),
        )
    return "The plan is changed. Nobody has approved these words yet: somebody else has to press “Approve and send”."


def _people(notice: Notice) -> str:
    """Without those who are skipped: no mail reaches them, or they do not want it."""
    reached = notice.messages.exclude(state=MessageState.SKIPPED)
    number = reached.values("person").distinct().count()
    return "1 person" if number == 1 else f"{number:,} people"


def _letter_url(
    request: HttpRequest, milestone: Milestone, key: str, told: insight.Told, offer: offers.Offer | None
) -> str:
    """With what is typed so far: from the address, or from a form that has an error."""
    source = request.POST if request.method == "POST" else request.GET
    typed = source.copy()
    for name in [name for name in typed if name not in FILLED]:
        del typed[name]
    typed.setlist("along", [one.key for one, is_ticked in offer.rows if is_ticked] if offer else [])
    if told.reader:
        typed["person"] = str(told.reader.pk)
    address = reverse("kit_letter", args=[milestone.upgrade.slug, milestone.pk, key])
    return f"{address}?{typed.urlencode()}"


@require_GET
@only_styles
@permission_required("notices.send")
def kit_letter(request: HttpRequest, slug: str, pk: int, button: str):
    """How one of those who were told would read it. What is not typed yet stays as it is in the plan."""
    now = timezone.now()
    milestone, pressed = _milestone(slug, pk), _button(button)
    notice = kit.find(milestone, pressed)
    if notice is None or pressed.key not in FORMS:
        return framed(format_html("<p>{}</p>", "No words lie ready."), look=look_of(request))
    filled = {"kit": notice.pk, "seen": milestone.sequence, "reason": "…", **request.GET.dict()}
    form = FORMS[pressed.key]({**_usual(pressed.key, milestone, now=now), **filled}, milestone=milestone, now=now)
    values = form.values if form.is_valid() else {}
    reason = form.cleaned_data.get("reason", "") if "reason" in request.GET else ""
    along = request.GET.getlist("along")
    order = using.Order(pressed, kit=notice.pk, seen=milestone.sequence, values=values, reason=reason, along=along)
    reader = _told(request, milestone, now=now).reader
    try:
        envelope = kit.rehearse(milestone, order, reader=reader, now=now)
    except ChannelError as error:
        return framed(format_html("<p>{}</p>", error), look=look_of(request))
    return framed(envelope.html if envelope else "", look=look_of(request))


def _usual(key: str, milestone: Milestone, *, now) -> dict[str, Any]:
    form = FORMS[key](milestone=milestone, now=now)
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()} | {"outcome": "…"}


@require_POST
@permission_required("notices.approve")
def kit_approve(request: HttpRequest, slug: str, pk: int):
    """The second pair of eyes on what somebody else filled in."""
    notice = get_object_or_404(Notice, pk=pk, upgrade__slug=slug)
    seen = notice.revisions.filter(pk=keys.number(request.POST.get("revision"))).first()
    back = f"{reverse('upgrade_kit', args=[slug])}?milestone={notice.milestone_id}"
    if why_not := refusal(request.user, "notices.send"):
        messages.error(request, why_not)
        return redirect(back)
    try:
        kit.approve_and_send(notice, revision=seen, by=request.user, now=timezone.now())
    except (approve.NotAllowed, ChannelError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{notice.title}” is approved and on its way.")
    return redirect(back)


@require_http_methods(["GET", "POST"])
@permission_required("notices.send")
def outage_new(request: HttpRequest):
    """Everything but what people notice is filled in: the service from the address, the times from the clock."""
    now = timezone.now()
    during = _upgrade_in(request.GET.get("upgrade", ""))
    chosen = Service.objects.filter(pk=keys.number(request.GET.get("service")))
    initial: dict[str, Any] = {"services": list(chosen.values_list("pk", flat=True))}
    if during:
        initial |= {name: getattr(during, name) for name in ("contact_name", "contact_email", "contact_phone")}
        initial["is_public"] = during.is_published
        initial["services"] = initial["services"] or _only(during)
    data = request.POST if request.method == "POST" else None
    form = OutageForm(data, initial=initial, account=request.user, now=now, during=during)
    if request.method == "POST" and form.is_valid():
        return _report(request, form, during)
    context = {
        "form": form,
        "upgrade": during,
        "service": chosen.first(),
        "deaf": _deaf(initial["services"]),
        "has_services": Service.objects.exists(),
    }
    return render(request, "notices/outage_new.html", context)


def _upgrade_in(typed: str) -> Upgrade | None:
    return Upgrade.objects.filter(slug=typed).first() if typed.isprintable() else None


def _only(upgrade: Upgrade) -> list[int]:
    found = list(upgrade.services.order_by("pk").values_list("pk", flat=True)[:2])
    return found if len(found) == 1 else []


def _deaf(chosen: list[int]) -> list[Service]:
    """Those of the chosen services that carry mail; of all, while none is chosen."""
    carrying = Service.objects.filter(carries__contains=[Channel.EMAIL]).order_by("name", "pk")
    return list(carrying.filter(pk__in=chosen) if chosen else carrying)


def _report(request: HttpRequest, form: OutageForm, during: Upgrade | None):
    outage = form.outage
    try:
        upgrade, notice = outages.report(outage, during=during, by=request.user, now=form.now)
    except outages.KnownAlready as error:
        messages.warning(request, f"{error} Nothing was sent twice. Go on from here.")
        return redirect(_page_of(error.milestone))
    except (approve.NotAllowed, ChannelError) as error:
        messages.error(request, str(error))
        return redirect("outage_new")
    if notice.released_at:
        messages.success(request, f"“{notice}” is on its way to {_people(notice)}.")
    else:
        messages.success(request, "The outage is in the plan. Somebody else has to press “Approve and send” now.")
    if Channel.EMAIL in outages.deaf(outage.services):
        messages.warning(request, "Mail may not arrive while this is down. Tell people another way, too.")
    return redirect(f"{reverse('upgrade_kit', args=[upgrade.slug])}?milestone={notice.milestone_id}")


def _milestone(slug: str, pk: int) -> Milestone:
    rows = Milestone.objects.select_related("upgrade").prefetch_related("services", "sites", "upgrade__services")
    return get_object_or_404(rows, pk=pk, upgrade__slug=slug)


def _button(key: str) -> Button:
    if key not in BUTTONS:
        raise Http404
    return BUTTONS[key]


def _page_of(milestone: Milestone) -> str:
    return f"{reverse('upgrade_kit', args=[milestone.upgrade.slug])}?milestone={milestone.pk}"
