"""Pages reached by a personal link from a message. A GET changes nothing: mail scanners follow every link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from commsplan.lib import tokens
from commsplan.lib.links import Gone, language_for, opened_by
from notices.enums import NoticeKind
from notices.models import Message
from notices.pipeline.coming_back import receipts
from portal import asking, attending, mine
from portal.forms import TOPICS

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058


def find(pk: int) -> Message:
    """A distribution list is read by many: nothing personal is ever opened by its links. Links to somebody who was
    merged with another person open that one's pages; those of an erased person open nothing."""
    messages = Message.objects.select_related(
        "notice__upgrade", "notice__milestone", "person__merged_into", "variant__revision"
    )
    message = messages.filter(pk=pk, person__is_list=False).exclude(values__is_list=True).first()
    if message is None:
        raise Gone
    message.person = message.person.merged_into or message.person
    if message.person.erased_at or message.person.is_list:
        raise Gone
    return message


@require_http_methods(["GET", "HEAD"])
@opened_by("message")
def personal(request, pk, token):
    message = find(pk)
    if message.variant is None:
        raise Gone
    with language_for(request, message.person.language):
        return show(request, message, token)


def show(request: HttpRequest, message: Message, token: str, *, said=None, status=200) -> HttpResponse:
    """`said` are the forms that came back with something to correct."""
    language = get_language()
    context = {
        "page": mine.page_for(message, language=language, now=timezone.now()),
        "token": token,
        "message": message,
        "asking": asking.forms_for(said or {}),
        "mine": asking.mine(message, language=language),
        "said": request.GET.get("said", ""),
        **_invitation(message, language=language),
    }
    return render(request, "portal/personal.html", context, status=status)


def _invitation(message: Message, *, language: str) -> dict:
    """What the page of an invitation shows besides."""
    if not attending.asks(message):
        return {"seen": None}
    seen = attending.visit(message, language=language, now=timezone.now())
    return {"seen": seen, "rsvp_form": attending.form_for(seen), "rsvp_token": tokens.make("rsvp", message.pk)}


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("message")
def acknowledge(request, pk, token):
    """Somebody who opens its address, or reloads it, comes to the page with the button."""
    message = find(pk)
    if request.method == "POST" and message.notice.asks_acknowledgement:
        receipts.acknowledge(message, now=timezone.now())
    return redirect("personal", token)


@csrf_exempt  # the mail program posts, without ever having seen the page; the link is the proof
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("unsubscribe")
def unsubscribe(request, pk, token):
    message = find(pk)
    topic = NoticeKind(message.notice.kind).topic
    with language_for(request, message.person.language):
        if request.method != "POST":
            return _unsubscribe(request, message, topic, token)
        if topic is None:
            return _unsubscribe(request, message, topic, token, status=409)
        if "undo" in request.POST:
            receipts.subscribe_again(message, topic)
            return _unsubscribe(request, message, topic, token, outcome="undone")
        receipts.unsubscribe(message, topic, now=timezone.now())
        if is_one_click(request):
            return HttpResponse(gettext("You are unsubscribed.") + "\n", content_type="text/plain; charset=utf-8")
        return _unsubscribe(request, message, topic, token, outcome="done")


def is_one_click(request: HttpRequest) -> bool:
    name, value = ONE_CLICK
    return request.POST.get(name) == value


def _unsubscribe(request, message, topic, token, *, outcome="", status=200) -> HttpResponse:
    is_off = topic is not None and message.person.opt_outs.filter(topic=topic).exists()
    context = {
        "message": message,
        "topic": TOPICS[topic] if topic else None,
        "outcome": outcome or ("done" if is_off else ""),
        "preferences_token": tokens.make("preferences", message.pk),
    }
    return render(request, "portal/unsubscribe.html", context, status=status)
