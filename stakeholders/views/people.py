from datetime import datetime

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import csv
from commsplan.lib.htmx import page
from commsplan.lib.toasts import offer_undo
from stakeholders import bulk
from stakeholders.forms import BulkForm, PersonFilter, PersonForm
from stakeholders.models import Group, Person

PER_PAGE = 50
EXPORTED = (
    *("name", "email", "phone", "external_id", "department", "job_title"),
    *("site", "time_zone", "language", "reader_level"),
)
ADDRESS_TAKEN = "Not restored: somebody else has the same e-mail address now. Change one of the two first."


@require_GET
def people(request):
    filters = PersonFilter(request.GET)
    found = filters.filter(Person.objects.select_related("site")).in_order()
    in_groups = Prefetch("groups", Group.objects.order_by("name", "pk"))
    shown = Paginator(found.prefetch_related(in_groups), PER_PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "people": shown, "groups": Group.objects.order_by("name", "pk")}
    return page(request, "stakeholders/people.html", context, partial="rows")


@require_GET
def people_export(request):
    found = PersonFilter(request.GET).filter(Person.objects.select_related("site")).in_order()
    rows = ([getattr(person, name) for name in EXPORTED] for person in found.iterator(chunk_size=2000))
    return csv.download("people", EXPORTED, rows)


@require_POST
@permission_required("people.edit")
def people_bulk(request):
    form = BulkForm(request.POST, matching=PersonFilter(request.GET).filter(Person.objects.all()))
    if form.is_valid():
        BULK_ACTS[form.cleaned_data["act"]](request, form)
    else:
        messages.error(
            request, " ".join(map(str, form.non_field_errors())) or "Nothing was changed: choose what to do."
        )
    return redirect(with_filters(request, "people"))


def archive_many(request, form: BulkForm):
    now = timezone.now()
    count = bulk.archive(form.people, now=now)
    undo = with_filters(request, "people_restore", now.isoformat())
    offer_undo(request, f"Archived {said(count)}.", url=undo)


def restore_many(request, form: BulkForm):
    try:
        with transaction.atomic():
            count = form.people.archived().update(archived_at=None)
    except IntegrityError:
        messages.error(request, ADDRESS_TAKEN)
    else:
        messages.success(request, f"Restored {said(count)}.")


def add_many(request, form: BulkForm):
    group = form.cleaned_data["group"]
    added = bulk.add_to_group(form.people, group=group)
    undo = with_filters(request, "people_take_back", added.act)
    offer_undo(request, f"Added {said(added.people)} to {group}.", url=undo)


BULK_ACTS = {"archive": archive_many, "restore": restore_many, "add": add_many}


@require_POST
@permission_required("people.edit")
def people_restore(request, archived_at):
    try:
        with transaction.atomic():
            count = bulk.restore(archived_at=datetime.fromisoformat(archived_at))
    except IntegrityError:
        messages.error(request, ADDRESS_TAKEN)
    except ValueError as error:
        raise BadRequest("This is not a moment.") from error
    else:
        messages.success(request, f"Restored {said(count)}.")
    return redirect(with_filters(request, "people"))


@require_POST
@permission_required("people.edit")
def people_take_back(request, act):
    count = bulk.take_back(act)
    messages.success(request, f"Taken out of the group again: {said(count)}.")
    return redirect(with_filters(request, "people"))


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
def person_new(request):
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            person = form.save()
            person.groups.set(form.cleaned_data["groups"])
        messages.success(request, f"{person} can be told things now.")
        return redirect(person)
    return render(request, "stakeholders/person_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def person_edit(request, pk):
    lock = Person.objects.select_for_update(of=("self",), no_key=True)
    person = get_object_or_404(lock if request.method == "POST" else Person, pk=pk)
    name = person.name
    form = PersonForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        person.groups.set(form.cleaned_data["groups"])
        messages.success(request, "Saved.")
        return redirect(person)
    return render(request, "stakeholders/person_form.html", {"form": form, "person": person, "name": name})


@require_POST
@permission_required("people.edit")
def person_archive(request, pk):
    person = get_object_or_404(Person.objects.active(), pk=pk)
    now = timezone.now()
    person.archive(now=now)
    offer_undo(request, f"{person} is archived.", url=reverse("person_restore", args=[pk]))
    return redirect("people")


@require_POST
@permission_required("people.edit")
def person_restore(request, pk):
    person = get_object_or_404(Person, pk=pk)
    try:
        with transaction.atomic():
            person.restore()
    except IntegrityError:
        messages.error(request, ADDRESS_TAKEN)
        return redirect("people")
    messages.success(request, f"{person} is back.")
    return redirect(person)


def with_filters(request, name: str, *args) -> str:
    """One comes back to the list that one acted on."""
    query = request.GET.urlencode()
    return f"{reverse(name, args=args)}?{query}" if query else reverse(name, args=args)


def said(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
