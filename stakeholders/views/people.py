from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import csv, xlsx
from commsplan.lib.htmx import page
from commsplan.lib.paging import Paginator
from commsplan.lib.toasts import offer_undo
from stakeholders import bulk, columns
from stakeholders.forms.bulk import BulkForm
from stakeholders.forms.filters import PersonFilter
from stakeholders.forms.people import PersonForm
from stakeholders.models import Group, Person

PER_PAGE = 50
ADDRESS_TAKEN = "Not restored: somebody else has the same e-mail address now. Change one of the two first."


@require_GET
def people(request):
    filters = PersonFilter(request.GET)
    found = filters.filter(Person.objects.all()).in_order()
    shown = Paginator(found, PER_PAGE, dress=with_what_rows_show).get_page(request.GET.get("page"))
    context = {"filters": filters, "people": shown, "bulk": BulkForm()}
    return page(request, "stakeholders/people.html", context, partial="rows")


def with_what_rows_show(rows):
    return rows.select_related("site").prefetch_related(Prefetch("groups", Group.objects.order_by("name", "pk")))


@require_GET
def people_export(request):
    """CSV, or XLSX with ?as=xlsx; both can be imported again."""
    found = PersonFilter(request.GET).filter(Person.objects.all()).in_order()
    return writer_of(request).download("people", columns.COLUMNS, columns.rows(found))


def writer_of(request):
    return xlsx if request.GET.get("as") == "xlsx" else csv


@require_POST
@permission_required("people.edit")
def people_bulk(request):
    form = BulkForm(request.POST, matching=PersonFilter(request.GET).filter(Person.objects.all()))
    if form.is_valid():
        act_on(request, form)
    else:
        messages.error(request, form.why_not)
    return redirect(with_filters(request, "people"))


def act_on(request, form: BulkForm):
    try:
        done, sentence = BULK_ACTS[form.cleaned_data["act"]](form.people, form.cleaned_data)
    except IntegrityError:
        messages.error(request, ADDRESS_TAKEN)
    else:
        kept = f" {said(done.kept)} chose for themselves and keep it." if done.kept else ""
        undo = with_filters(request, "people_undo", done.act)
        offer_undo(request, f"{sentence.format(said(done.people))}{kept}", url=undo)


def archive_many(people, _chosen):
    return bulk.archive(people, now=timezone.now()), "Archived {}."


def restore_many(people, _chosen):
    return bulk.restore(people), "Restored {}."


def add_many(people, chosen):
    return bulk.add_to_group(people, group=chosen["group"]), f"Added {{}} to {literal(chosen['group'])}."


def remove_many(people, chosen):
    return bulk.remove_from_group(people, group=chosen["group"]), f"Took {{}} out of {literal(chosen['group'])}."


def tag_many(people, chosen):
    return bulk.tag(people, word=chosen["tag"]), f"Tagged {{}} with {literal(chosen['tag'])}."


def untag_many(people, chosen):
    return bulk.untag(people, word=chosen["tag"]), f"Took the tag {literal(chosen['tag'])} from {{}}."


def giving(name: str):
    def give_many(people, chosen):
        return bulk.give(people, name=name, value=chosen[name]), "Changed {}."

    return give_many


BULK_ACTS = {
    "archive": archive_many,
    "restore": restore_many,
    "add": add_many,
    "remove": remove_many,
    "tag": tag_many,
    "untag": untag_many,
    **{name: giving(name) for name in bulk.GIVEN},
}


def literal(words) -> str:
    """Inside a sentence that still gets its number."""
    return str(words).replace("{", "{{").replace("}", "}}")


@require_POST
@permission_required("people.edit")
def people_undo(request, act):
    try:
        count = bulk.undo(act)
    except IntegrityError:
        messages.error(request, ADDRESS_TAKEN)
    else:
        sentence = f"Taken back for {said(count)}." if count else "There is nothing to take back any more."
        messages.success(request, sentence)
    return redirect("tags" if request.GET.get("back") == "tags" else with_filters(request, "people"))


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
    people = Person.objects.real()
    lock = people.select_for_update(of=("self",), no_key=True)
    person = get_object_or_404(lock if request.method == "POST" else people, pk=pk)
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
    person = get_object_or_404(Person.objects.real(), pk=pk)
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
