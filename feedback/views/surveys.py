"""Surveys as the people see them who ask."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import csv, history
from commsplan.lib.htmx import page
from commsplan.lib.links import language_for
from commsplan.lib.toasts import offer_undo
from feedback import answering, questions, results, sets
from feedback.forms import AnswerForm, NewSurveyForm, QuestionForm, SurveyFilter, SurveyForm
from feedback.models import MINIMUM_GROUP, Question, Survey
from feedback.views.answers import show_form
from upgrades.models import Upgrade

PER_PAGE = 50


@require_GET
def surveys(request, slug=None):
    """All of them, or those of one upgrade among its tabs."""
    wanted = slug or _asked_for(request)
    upgrade = get_object_or_404(Upgrade, slug=wanted) if wanted else None
    filters = SurveyFilter(request.GET)
    found = filters.filter(Survey.objects.with_counts().select_related("upgrade"))
    if upgrade:
        found = found.filter(upgrade=upgrade)
    shown = Paginator(found.order_by("-created_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"surveys": shown, "filters": filters, "upgrade": upgrade, "new_url": _new_url(upgrade)}
    return page(request, "feedback/surveys.html", context, partial="rows")


def _asked_for(request) -> str:
    return request.GET.get("upgrade", "").replace("\x00", "")


def _new_url(upgrade: Upgrade | None) -> str:
    return reverse("survey_new") + (f"?upgrade={upgrade.slug}" if upgrade else "")


@require_http_methods(["GET", "POST"])
@permission_required("surveys.edit")
def survey_new(request):
    upgrade = Upgrade.objects.filter(slug=_asked_for(request)).first()
    initial = {"upgrade": upgrade, "set": request.GET.get("set") or sets.EMPTY}
    form = NewSurveyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = sets.create(form.cleaned_data["upgrade"], form.cleaned_data["set"], by=request.user)
        messages.success(request, "The survey is a draft: nobody can answer it before you open it.")
        return redirect(made)
    return render(request, "feedback/survey_new.html", {"form": form})


@require_GET
def survey(request, pk):
    found = get_object_or_404(Survey.objects.with_counts().with_answers_flag().select_related("upgrade"), pk=pk)
    context = {
        "survey": found,
        "questions": found.questions.order_by("position", "pk"),
        "takes_answers": found.takes_answers(now=timezone.now()),
        "languages": settings.LANGUAGES,
        "minimum": MINIMUM_GROUP,
    }
    return render(request, "feedback/survey.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("surveys.edit")
@transaction.atomic
def survey_edit(request, pk):
    lock = Survey.objects.select_for_update(of=("self",), no_key=True)
    found = get_object_or_404(lock if request.method == "POST" else Survey, pk=pk)
    form = SurveyForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.instance.translations = form.translations
        form.save()
        messages.success(request, "Saved.")
        return redirect(found)
    return render(request, "feedback/survey_form.html", {"form": form, "survey": Survey.objects.get(pk=pk)})


@require_POST
@permission_required("surveys.edit")
def survey_open(request, pk):
    found = get_object_or_404(Survey, pk=pk)
    try:
        answering.open_up(found, now=timezone.now())
        messages.success(request, "The survey takes answers now.")
    except answering.NotAccepted as error:
        messages.error(request, str(error))
    return redirect(found)


@require_POST
@permission_required("surveys.edit")
def survey_close(request, pk):
    found = get_object_or_404(Survey, pk=pk)
    answering.close(found, now=timezone.now())
    messages.success(request, "The survey is closed. The results are complete.")
    return redirect("survey_results", pk)


@require_GET
def survey_preview(request, pk):
    """The page as those see it who answer."""
    found = get_object_or_404(Survey.objects.select_related("upgrade"), pk=pk)
    with language_for(request, settings.LANGUAGE_CODE):
        rows = list(found.questions.order_by("position", "pk"))
        form = AnswerForm(questions=rows, language=translation.get_language())
        return show_form(request, found, form, is_preview=True)


# Questions


@require_http_methods(["GET", "POST"])
@permission_required("surveys.edit")
def survey_question_new(request, pk):
    found = get_object_or_404(Survey, pk=pk)
    form = QuestionForm(request.POST if request.method == "POST" else None, survey=found)
    if request.method == "POST" and form.is_valid():
        try:
            questions.add(found, **form.values)
        except questions.Fixed as error:
            messages.error(request, str(error))
        return redirect(found)
    return render(request, "feedback/question_form.html", {"form": form, "survey": found})


@require_http_methods(["GET", "POST"])
@permission_required("surveys.edit")
@transaction.atomic
def survey_question_edit(request, pk):
    lock = Question.objects.select_for_update(of=("self",), no_key=True)
    shown = get_object_or_404(lock if request.method == "POST" else Question, pk=pk)
    question = Question.objects.select_related("survey").get(pk=pk)
    data = request.POST if request.method == "POST" else None
    form = QuestionForm(data, instance=shown, survey=question.survey)
    if request.method == "POST" and form.is_valid():
        try:
            questions.change(question, **form.values)
            messages.success(request, "Saved.")
        except questions.Fixed as error:
            messages.error(request, str(error))
        return redirect(question.survey)
    context = {"form": form, "survey": question.survey, "question": question}
    return render(request, "feedback/question_form.html", context)


@require_POST
@permission_required("surveys.edit")
def survey_question_move(request, pk):
    question = get_object_or_404(Question.objects.select_related("survey"), pk=pk)
    questions.move(question, step=-1 if request.POST.get("step") == "up" else 1)
    return redirect(f"{question.survey.get_absolute_url()}#question-{question.pk}")


@require_POST
@permission_required("surveys.edit")
def survey_question_remove(request, pk):
    question = get_object_or_404(Question.objects.select_related("survey"), pk=pk)
    try:
        questions.remove(question)
        undo = reverse("survey_question_restore", args=[question.survey_id, history.act()])
        offer_undo(request, "The question is removed.", url=undo)
    except questions.Fixed as error:
        messages.error(request, str(error))
    return redirect(question.survey)


@require_POST
@permission_required("surveys.edit")
def survey_question_restore(request, pk, act):
    found = get_object_or_404(Survey, pk=pk)
    try:
        if questions.bring_back(found, act):
            messages.success(request, "The question is back.")
    except questions.Fixed as error:
        messages.error(request, str(error))
    return redirect(found)


# Results


@require_GET
def survey_results(request, pk):
    found = get_object_or_404(Survey.objects.select_related("upgrade"), pk=pk)
    context = {"survey": found, "results": results.of(found), "minimum": MINIMUM_GROUP}
    return render(request, "feedback/survey_results.html", context)


@require_GET
@permission_required("surveys.edit")
def survey_export(request, pk):
    found = get_object_or_404(Survey, pk=pk)
    head, rows = results.table(found)
    return csv.download(f"survey-{found.pk}", head, rows)
