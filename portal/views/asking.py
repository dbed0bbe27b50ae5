"""What people say back. Each is a POST from the personal page; somebody who opens its address comes to that page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from commsplan.lib.links import Gone, language_for, opened_by
from portal import asking
from portal.views import personal

TOO_MANY = 429


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("message")
def ask(request, pk, token):
    return _say(request, pk, token, "ask")


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("message")
def nominate(request, pk, token):
    return _say(request, pk, token, "nominate")


def _say(request: HttpRequest, pk: int, token: str, act: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("personal", token)
    message = personal.find(pk)
    if message.variant is None:
        raise Gone
    with language_for(request, message.person.language):
        form = asking.FORMS[act](request.POST, prefix=act)
        if not form.is_valid():
            return personal.show(request, message, token, said={act: form}, status=422)
        if not asking.allows(request, message):
            form.add_error(None, gettext("You have sent several in a short time. Please try again in an hour."))
            return personal.show(request, message, token, said={act: form}, status=TOO_MANY)
    asking.ACTS[act](message, **form.cleaned_data)
    return redirect(f"{reverse('personal', args=[token])}?said={act}#{act}")
