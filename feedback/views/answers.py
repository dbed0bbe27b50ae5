"""The page on which people answer, reached by a personal link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from commsplan.lib.links import Gone, language_for, opened_by
from feedback import answering
from feedback.enums import Progress
from feedback.forms import AnswerForm, preselected
from feedback.models import Invitation


def find(pk: int) -> Invitation:
    """Of somebody who was merged with another person, that one's invitation: who answered once has answered."""
    invitations = Invitation.objects.select_related("survey__upgrade", "person")
    invitation = invitations.filter(pk=pk, person__is_list=False, person__erased_at=None).first()
    if invitation is None:
        raise Gone
    kept = invitation.person.merged_into_id
    own = invitations.filter(survey=invitation.survey_id, person=kept).first() if kept else None
    return own or invitation


@require_http_methods(["GET", "HEAD", "POST"])
@opened_by("survey")
def answer(request, pk, token):
    invitation = find(pk)
    with language_for(request, invitation.person.language):
        return _answer(request, invitation)


def _answer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    survey, now = invitation.survey, timezone.now()
    if invitation.progress == Progress.FINISHED:
        return _say(request, survey, "already")
    if not survey.takes_answers(now=now):
        return _say(request, survey, "over" if survey.is_over(now=now) else "early")
    questions = list(survey.questions.order_by("position", "pk"))
    language = get_language()
    if request.method != "POST":
        form = AnswerForm(questions=questions, language=language, initial=preselected(questions, request.GET))
        return show_form(request, survey, form)
    form = AnswerForm(request.POST, questions=questions, language=language)
    if not form.is_valid():
        return show_form(request, survey, form)
    try:
        answering.store(invitation, form.answers, language, now)
    except answering.AlreadyAnswered:
        return _say(request, survey, "already")
    except answering.NotOpen:
        return _say(request, survey, "over")
    return _say(request, survey, "thanks")


def show_form(request, survey, form, *, is_preview=False):
    context = {
        "survey": survey,
        "words": survey.words_in(get_language()),
        "form": form,
        "is_preview": is_preview,
        "minutes": max(1, round(len(form.questions) / 4)),
    }
    return render(request, "feedback/answer.html", context, status=422 if form.is_bound else 200)


def _say(request, survey, outcome):
    words = survey.words_in(get_language())
    status = {"already": 409, "over": 410, "early": 403}.get(outcome, 200) if request.method == "POST" else 200
    context = {"survey": survey, "words": words, "outcome": outcome}
    return render(request, "feedback/answer_outcome.html", context, status=status)
