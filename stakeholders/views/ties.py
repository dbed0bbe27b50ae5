"""Absences and relations: sections of somebody's page, with pages of their own where they are entered."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import history
from commsplan.lib.toasts import offer_undo
from stakeholders import standing
from stakeholders.forms.ties import AbsenceForm, RelationForm
from stakeholders.models import Absence, Person, Relation


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def absence_new(request, pk):
    person = _person(request, pk)
    form = AbsenceForm(request.POST if request.method == "POST" else None, instance=Absence(person=person))
    if request.method == "POST" and form.is_valid():
        standing.settle(Absence.objects.filter(pk=form.save().pk))
        messages.success(request, f"Noted: {person} is away then.")
        return redirect(person)
    return render(request, "stakeholders/absence_form.html", {"form": form, "person": person})


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def absence_edit(request, pk):
    rows = Absence.objects.select_related("person")
    _person(request, get_object_or_404(rows, pk=pk).person_id)
    lock = rows.select_for_update(of=("self",), no_key=True)
    absence = get_object_or_404(lock if request.method == "POST" else rows, pk=pk)
    form = AbsenceForm(request.POST if request.method == "POST" else None, instance=absence)
    if request.method == "POST" and form.is_valid():
        standing.settle(Absence.objects.filter(pk=form.save().pk))
        messages.success(request, "Saved.")
        return redirect(absence.person)
    return render(
        request, "stakeholders/absence_form.html", {"form": form, "person": absence.person, "absence": absence}
    )


@require_POST
@permission_required("people.edit")
def absence_remove(request, pk):
    absence = get_object_or_404(Absence.objects.select_related("person"), pk=pk)
    absence.delete()
    again = reverse("absence_bring_back", args=[absence.person_id, history.act()])
    offer_undo(request, "The absence is removed.", url=again)
    return redirect(absence.person)


@require_POST
@permission_required("people.edit")
def absence_bring_back(request, pk, act):
    return _bring_back(request, pk, act, Absence, "The absence is back.")


@require_http_methods(["GET", "POST"])
@permission_required("people.edit")
@transaction.atomic
def relation_new(request, pk):
    person = _person(request, pk)
    form = RelationForm(request.POST if request.method == "POST" else None, instance=Relation(person=person))
    if request.method == "POST" and form.is_valid():
        relation = form.save()
        standing.settle(Relation.objects.filter(pk=relation.pk))
        messages.success(request, f"Noted: {relation}.")
        return redirect(person)
    return render(request, "stakeholders/relation_form.html", {"form": form, "person": person})


@require_POST
@permission_required("people.edit")
def relation_remove(request, pk):
    relation = get_object_or_404(Relation.objects.select_related("person", "to_person", "to_group"), pk=pk)
    said = str(relation)
    relation.delete()
    again = reverse("relation_bring_back", args=[relation.person_id, history.act()])
    offer_undo(request, f"No longer noted: {said}.", url=again)
    return redirect(relation.person)


@require_POST
@permission_required("people.edit")
def relation_bring_back(request, pk, act):
    return _bring_back(request, pk, act, Relation, "It is noted again.")


def _bring_back(request, pk, act, table, sentence: str):
    with transaction.atomic():
        found = history.bring_back(act, table)
        standing.settle(table.objects.filter(pk__in=history.deleted(act, table)))
    if found:
        messages.success(request, sentence)
    else:
        messages.error(request, "There is nothing to bring back.")
    person = get_object_or_404(Person.objects.select_related("merged_into"), pk=pk)
    return redirect(person.merged_into or person)


def _person(request, pk) -> Person:
    """Held while something is written: who was merged meanwhile is the one who stays."""
    if request.method == "POST":
        return held(pk)
    return get_object_or_404(Person.objects.real(), pk=pk)


def held(pk: int) -> Person:
    """Inside a transaction. Nothing is written to somebody who was erased."""
    try:
        person = Person.objects.held(pk)
    except Person.DoesNotExist as error:
        raise Http404 from error
    if person.erased_at:
        raise Http404
    return person
