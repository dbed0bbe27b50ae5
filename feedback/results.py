"""What came back, counted by the database. Every figure says from how many answers it is (n).

Of an anonymous survey only mixed responses count (feedback.urn), and nothing is shown for fewer than MINIMUM_GROUP.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from engagement import nominating
from engagement.nominating import Entry, Mention
from feedback import scales
from feedback.enums import QuestionKind, SurveyState
from feedback.models import MINIMUM_GROUP, Question, Response, Survey

TEXTS_SHOWN = 200
NEUTRAL = 2  # the place of the middle answer of five


@dataclass(frozen=True)
class Bar:
    """One possible answer and how many gave it."""

    value: str
    label: str
    count: int
    share: float  # of n, from 0 to 1


@dataclass(frozen=True)
class Net:
    """Promoters (9–10) minus detractors (0–6), in points, with the 95 % margin."""

    score: int
    margin: int
    promoters: int
    passives: int
    detractors: int


@dataclass(frozen=True)
class QuestionResult:
    question: Question
    text: str
    n: int
    is_shown: bool
    bars: list[Bar] = field(default_factory=list)
    not_applicable: int = 0
    top_two: float | None = None
    net: Net | None = None
    median: float | None = None
    lowest: int | None = None
    highest: int | None = None
    texts: list[str] = field(default_factory=list)
    named: list[Entry] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.question.kind

    @property
    def said(self) -> str:
        """The note below its number."""
        return f"n = {self.n:,}" + (f", give or take {self.net.margin}" if self.net else "")

    @property
    def is_scale(self) -> bool:
        return self.kind in (QuestionKind.RATING, QuestionKind.CSAT)


@dataclass(frozen=True)
class Results:
    survey: Survey
    invited: int
    answered: int  # finished invitations
    n: int  # responses that are counted here
    is_shown: bool
    questions: list[QuestionResult]

    @property
    def rate(self) -> float | None:
        return self.answered / self.invited if self.invited else None

    @property
    def said(self) -> str:
        return f"{self.answered:,} of {self.invited:,} invited"

    @property
    def waiting_said(self) -> str:
        verb = "answer waits" if self.waiting == 1 else "answers wait"
        if self.survey.state == SurveyState.CLOSED:
            return f"{self.waiting:,} late {verb}: fewer than {MINIMUM_GROUP} could be told apart from all the others."
        return (
            f"{self.waiting:,} more {verb} until the survey is closed. While it is open "
            f"the last {MINIMUM_GROUP} or more are kept back, so that no single answer can be told apart."
        )

    @property
    def reach(self) -> float:
        """The longest arm of all five-point bars, up to the next tenth."""
        bars = [one.bars for one in self.questions if one.is_scale and one.bars]
        longest = max((max(left_of_middle(one), 1 - left_of_middle(one)) for one in bars), default=1)
        return math.ceil(longest * 10) / 10

    @property
    def waiting(self) -> int:
        """Answers that are in, but not yet mixed."""
        return max(self.answered - self.n, 0)


def left_of_middle(bars: list[Bar]) -> float:
    """The share of a diverging bar that lies left of the middle of "neutral"."""
    return sum(bar.share for bar in bars[:NEUTRAL]) + bars[NEUTRAL].share / 2


def of(survey: Survey, *, language: str = "en") -> Results:
    """Six queries at most, however many answers there are."""
    counted = Survey.objects.with_counts().get(pk=survey.pk)
    responses = countable(survey)
    n = responses.count()
    is_shown = n >= (MINIMUM_GROUP if survey.is_anonymous else 1)
    questions = list(survey.questions.order_by("position", "pk"))
    found = _counts(survey) if is_shown else {}
    texts = _texts(responses, questions) if is_shown else {}
    named = _named(responses, questions) if is_shown else {}
    least = MINIMUM_GROUP if survey.is_anonymous else 1
    return Results(
        survey=survey,
        invited=counted.invited,
        answered=counted.answered,
        n=n,
        is_shown=is_shown,
        questions=[
            _who_was_named(question, named.get(question.key, []), language, is_shown=is_shown)
            if question.kind == QuestionKind.REFERRAL
            else _result(question, found.get(question.key, Counter()), texts.get(question.key, []), least, language)
            for question in questions
        ],
    )


def countable(survey: Survey) -> QuerySet[Response]:
    responses = Response.objects.filter(survey=survey)
    return responses.filter(is_mixed=True) if survey.is_anonymous else responses


COUNTS = """
SELECT answer.key, item.value, count(*)
FROM feedback_response response
CROSS JOIN LATERAL jsonb_each(response.answers) AS answer(key, value)
CROSS JOIN LATERAL (
    SELECT element #>> '{}' AS value FROM jsonb_array_elements(
        CASE jsonb_typeof(answer.value) WHEN 'array' THEN answer.value ELSE jsonb_build_array(answer.value) END
    ) AS element
    UNION ALL SELECT NULL
) AS item
WHERE response.survey_id = %(survey)s AND (response.is_mixed OR NOT %(anonymous)s)
  AND answer.key IN (
      SELECT key FROM feedback_question WHERE survey_id = %(survey)s AND kind NOT IN ('text', 'referral')
  )
GROUP BY answer.key, item.value
"""


def _counts(survey: Survey) -> dict[str, Counter]:
    """Per question key: how often each value was given; under None, how many answered it at all."""
    found: dict[str, Counter] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"survey": survey.pk, "anonymous": survey.is_anonymous})
        for key, value, count in cursor.fetchall():
            found[key][value] = count
    return found


def _texts(responses: QuerySet[Response], questions: Iterable[Question]) -> dict[str, list[str]]:
    """In the order of random keys: not even the order in which they came is left."""
    keys = [question.key for question in questions if question.kind == QuestionKind.TEXT]
    if not keys:
        return {}
    found: dict[str, list[str]] = {key: [] for key in keys}
    rows = responses.filter(answers__has_any_keys=keys).order_by("pk").values_list("answers", flat=True)
    for answers in rows.iterator(chunk_size=2_000):
        for key in keys:
            if answers.get(key):
                found[key].append(str(answers[key]))
    return found


def _named(responses: QuerySet[Response], questions: Iterable[Question]) -> dict[str, list[list[Mention]]]:
    """Per question key, the people that each answer names."""
    keys = [question.key for question in questions if question.kind == QuestionKind.REFERRAL]
    found: dict[str, list[list[Mention]]] = {key: [] for key in keys}
    if keys:
        rows = responses.filter(answers__has_any_keys=keys).order_by("pk").values_list("answers", flat=True)
        for answers in rows.iterator(chunk_size=2_000):
            for key in keys:
                if answers.get(key):
                    found[key].append([Mention(**one) for one in answers[key]])
    return found


def _who_was_named(
    question: Question, answers: list[list[Mention]], language: str, *, is_shown: bool
) -> QuestionResult:
    """Shown as soon as the survey has enough answers: a name is given so that somebody follows it, and everybody who
    answered may have given it, even where few did."""
    people = nominating.entries([], [one for named in answers for one in named])
    return QuestionResult(question, question.text_in(language), n=len(answers), is_shown=is_shown, named=people)


def _result(question: Question, counts: Counter, texts: list[str], least: int, language: str) -> QuestionResult:
    text = question.text_in(language)
    if question.kind == QuestionKind.TEXT:
        shown = len(texts) >= least
        return QuestionResult(question, text, n=len(texts), is_shown=shown, texts=texts[:TEXTS_SHOWN] if shown else [])
    not_applicable = counts.get(scales.NOT_APPLICABLE, 0)
    n = counts.get(None, 0) - not_applicable
    if n < least:
        return QuestionResult(question, text, n=n, is_shown=False)
    if question.kind == QuestionKind.NUMBER:
        return QuestionResult(question, text, n=n, is_shown=True, **_spread(counts))
    bars = [
        Bar(value=value, label=label, count=counts.get(value, 0), share=counts.get(value, 0) / n)
        for value, label in scales.options(question, language)
        if value != scales.NOT_APPLICABLE
    ]
    return QuestionResult(
        question,
        text,
        n=n,
        is_shown=True,
        bars=bars,
        not_applicable=not_applicable,
        top_two=sum(bar.count for bar in bars[-2:]) / n if question.kind == QuestionKind.CSAT else None,
        net=net(counts, n) if question.kind == QuestionKind.NPS else None,
    )


def net(counts: Counter, n: int) -> Net:
    promoters = sum(counts.get(str(value), 0) for value in (9, 10))
    detractors = sum(counts.get(str(value), 0) for value in range(7))
    p, d = promoters / n, detractors / n
    margin = 1.96 * math.sqrt(max(p + d - (p - d) ** 2, 0) / n) * 100
    return Net(round((p - d) * 100), math.ceil(margin), promoters, n - promoters - detractors, detractors)


def _spread(counts: Counter) -> dict[str, Any]:
    values = sorted(Counter({int(value): count for value, count in counts.items() if value is not None}).elements())
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    return {"median": median, "lowest": values[0], "highest": values[-1]}


def table(survey: Survey, *, language: str = "en") -> tuple[list[str], Iterator[list[str]]]:
    """Heading and rows for a spreadsheet. Nothing of an anonymous survey below MINIMUM_GROUP answers, nor of a question
    that fewer answered, and nothing that leads from a name to the other answers."""
    questions = list(survey.questions.order_by("position", "pk"))
    who = [] if survey.is_anonymous else ["Name", "E-mail", "Language"]
    return [*who, *(_heading(question, survey, language) for question in questions)], _rows(survey, questions, language)


def _heading(question: Question, survey: Survey, language: str) -> str:
    is_apart = survey.is_anonymous and question.kind == QuestionKind.REFERRAL
    return question.text_in(language) + (" (sorted: not of the same row)" if is_apart else "")


def _rows(survey: Survey, questions: list[Question], language: str) -> Iterator[list[str]]:
    responses = countable(survey).select_related("invitation__person").order_by("pk")
    if survey.is_anonymous and responses.count() < MINIMUM_GROUP:
        return
    labels = {question.key: dict(scales.options(question, language)) for question in questions}
    too_few = {result.question.key for result in of(survey).questions if not result.is_shown}
    apart = _apart(responses, questions) if survey.is_anonymous else {}
    for response in responses.iterator(chunk_size=2_000):
        told = {key: answer for key, answer in response.answers.items() if key not in too_few}
        told |= {key: next(answers, None) for key, answers in apart.items()}
        answers = [_in_words(told.get(question.key), labels[question.key]) for question in questions]
        yield [*_who(response, survey), *answers]


def _apart(responses: QuerySet[Response], questions: list[Question]) -> dict[str, Iterator[Any]]:
    """Names, from the top, in the order of the alphabet: whoever names the people around them would be known by it, and
    with them all that they answered."""
    keys = [question.key for question in questions if question.kind == QuestionKind.REFERRAL]
    given = list(responses.values_list("answers", flat=True)) if keys else []
    return {key: iter(sorted((one[key] for one in given if one.get(key)), key=str)) for key in keys}


def _who(response: Response, survey: Survey) -> list[str]:
    if survey.is_anonymous or response.invitation is None:
        return [] if survey.is_anonymous else ["", "", response.language]
    person = response.invitation.person
    return [person.name, person.email, response.language]


def _in_words(answer: Any, labels: dict[str, str]) -> str:
    if answer is None:
        return ""
    values = answer if isinstance(answer, list) else [answer]
    if values and isinstance(values[0], dict):
        return "; ".join(_named_in_words(one) for one in values)
    return "; ".join(labels.get(str(value), str(value)) for value in values)


def _named_in_words(one: dict[str, str]) -> str:
    address = f" <{one['email']}>" if one.get("email") else ""
    return f"{one['name']}{address}" + (f": {one['why']}" if one.get("why") else "")
