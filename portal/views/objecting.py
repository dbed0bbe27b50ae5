"""Where somebody says that a date does not work. A GET changes nothing; the link is the proof, so no cookie is
needed."""

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from commsplan.lib.links import Gone, language_for, opened_by
from feedback.enums import ConcernKind
from notices.models import Message
from portal import asking, objecting
from portal.objecting import Page
from portal.views import personal

TOO_MANY = 429


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("message")
def object_(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    message = personal.find(pk)
    with language_for(request, message.person.language):
        page = objecting.page_for(message, language=get_language() or "en", now=timezone.now())
        if message.variant is None:
            raise Gone
        if page is None:
            return redirect("personal", token)
        if request.method == "POST":
            return _say(request, page, message, token)
        return _show(request, page, message, token, form=objecting.form_for(page, message))


def _say(request: HttpRequest, page: Page, message: Message, token: str) -> HttpResponse:
    """Where the window has closed since the page was opened, nothing that was typed is lost."""
    form = objecting.form_for(page, message, request.POST)
    if not form.is_valid():
        return _show(request, page, message, token, form=form, status=422)
    if not asking.allows(request, message):
        form.add_error(None, gettext("You have sent several in a short time. Please try again in an hour."))
        return _show(request, page, message, token, form=form, status=TOO_MANY)
    if isinstance(form, objecting.ObjectForm):
        objecting.object_(page, message, form)
    else:
        asking.ask(message, kind=ConcernKind.CONCERN, text=form.cleaned_data["text"])
    response = redirect("personal_object", token)
    response["Location"] += f"?said={'object' if page.takes_objections else 'worry'}" + _language(request)
    return response


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("lang", "")
    return f"&lang={wanted}" if wanted in ("en", "de", "fr") else ""


def _show(request: HttpRequest, page: Page, message: Message, token: str, *, form: Form, status=200) -> HttpResponse:
    context = {
        "page": page,
        "form": form,
        "message": message,
        "token": token,
        "said": request.GET.get("said", ""),
        "contact": message.notice.upgrade,
    }
    return render(request, "portal/object.html", context, status=status)
