"""Where somebody who is invited says whether they come, and that they are there. A GET changes nothing: the links of a
mail only choose an answer, and a button sends it. The link is the proof, so no cookie is needed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commsplan.lib.links import Gone, language_for, opened_by
from engagement.planning import Full, Moved, NotPossible
from notices.models import Message
from portal import attending
from portal.forms import AnswerForm
from portal.views.personal import find


def open_invitation(pk: int) -> tuple[Message, str]:
    """With the language of its reader."""
    message = find(pk)
    if message.variant is None or not attending.asks(message):
        raise Gone
    reader = attending.reader_of(message)
    if reader.erased_at:
        raise Gone
    return message, reader.language


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("rsvp")
def rsvp(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    message, language = open_invitation(pk)
    with language_for(request, language):
        if request.method == "POST":
            return _answer(request, message, token)
        return show(request, message, token, said=request.GET.get("said", ""))


def _answer(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    now = timezone.now()
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return show(request, message, token, form=form, status=422)
    seen = attending.visit(message, language=get_language(), now=now)
    try:
        attending.answer(seen, **form.cleaned_data, now=now)
    except Moved:
        return show(request, message, token, said="moved", status=409)
    except Full:
        return show(request, message, token, said="full", status=409)
    except NotPossible:
        return show(request, message, token, said="late", status=409)
    return _back(request, token, "answered")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("rsvp")
def rsvp_here(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Somebody who opens its address, or reloads it, comes to the page with the button."""
    message, language = open_invitation(pk)
    if request.method != "POST":
        return redirect("rsvp", token)
    now = timezone.now()
    with language_for(request, language):
        try:
            attending.check_in(attending.visit(message, language=get_language(), now=now), now=now)
        except NotPossible:
            return show(request, message, token, said="late", status=409)
        return _back(request, token, "here")


@require_safe
@opened_by("rsvp")
def rsvp_calendar(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    message, language = open_invitation(pk)
    with language_for(request, language):
        if not attending.visit(message, language=get_language(), now=timezone.now()).has_file:
            return redirect("rsvp", token)
        data = attending.file(message, language=get_language(), now=timezone.now())
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="event.ics"'
    return response


def _back(request: HttpRequest, token: str, said: str) -> HttpResponse:
    response = redirect("rsvp", token)
    language = request.GET.get("lang", "")
    response["Location"] += f"?said={said}" + (f"&lang={language}" if language in ("en", "de", "fr") else "")
    return response


def show(
    request: HttpRequest, message: Message, token: str, *, said: str = "", form: AnswerForm | None = None, status=200
) -> HttpResponse:
    seen = attending.visit(message, language=get_language(), now=timezone.now())
    context = {
        "seen": seen,
        "token": token,
        "said": said,
        "form": form or attending.form_for(seen, request.GET.get("answer", "")),
    }
    return render(request, "portal/rsvp.html", context, status=status)
