"""What came back: bounces, complaints and replies, and addresses that work again."""

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permission_required
from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from notices.forms.incoming import IncomingFilter
from notices.models import Incoming
from notices.register import working
from stakeholders.models import Person

PAGE = 50


@require_GET
@permission_required("notices.send")
def came_back(request: HttpRequest):
    filters = IncomingFilter(request.GET)
    rows = filters.filter(Incoming.objects.all()).order_by("-at", "-pk")
    found = Paginator(rows, PAGE, dress=with_what_rows_show).get_page(request.GET.get("page"))
    return page(request, "notices/came_back.html", {"filters": filters, "found": found}, partial="rows")


def with_what_rows_show(rows):
    return rows.select_related("message__person", "message__notice__upgrade")


@require_POST
@permission_required("people.edit")
def person_works_again(request: HttpRequest, pk: int):
    person = get_object_or_404(Person.objects.real(), pk=pk)
    if working.works_again(person):
        messages.success(request, f"{person} is written to again.")
    else:
        messages.info(request, f"Every address of {person} counts as working already.")
    return redirect(person)
