"""Sets of questions that come with the product (survey_sets/*.toml). Their keys are stable, so trends can be drawn."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pghistory
from django.db import transaction

from accounts.models import Account
from feedback.models import Question, Survey
from upgrades.models import Upgrade

FOLDER = Path(__file__).parent / "survey_sets"
EMPTY = "empty"
AND = {"en": "and", "de": "und", "fr": "et"}


@dataclass(frozen=True)
class SurveySet:
    key: str
    order: int
    title: str
    description: str
    words: dict[str, dict[str, str]]
    is_anonymous: bool
    questions: list[dict[str, Any]]


@cache
def all_sets() -> tuple[SurveySet, ...]:
    found = [_read(file) for file in sorted(FOLDER.glob("*.toml"))]
    return tuple(sorted(found, key=lambda one: one.order))


def _read(file: Path) -> SurveySet:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return SurveySet(
        key=file.stem,
        order=data["order"],
        title=data["words"]["en"]["title"],
        description=data["description"],
        words=data["words"],
        is_anonymous=data["anonymous"],
        questions=data["questions"],
    )


def get(key: str) -> SurveySet:
    """Raises KeyError."""
    return {one.key: one for one in all_sets()}[key]


@transaction.atomic
def create(upgrade: Upgrade, key: str, by: Account) -> Survey:
    """A draft survey with the questions of that set; {service} becomes the names of the upgrade's services."""
    with pghistory.context(user=by.pk):
        if key == EMPTY:
            return Survey.objects.create(upgrade=upgrade, title=f"Questions about {upgrade.name}"[:120])
        chosen = get(key)
        names = {language: _service_names(upgrade, language) for language in chosen.words}
        words = {language: _filled(chosen.words[language], names[language]) for language in chosen.words}
        survey = Survey.objects.create(
            upgrade=upgrade,
            is_anonymous=chosen.is_anonymous,
            translations={language: said for language, said in words.items() if language != "en"},
            **words["en"],
        )
        Question.objects.bulk_create(
            _question(survey, position, row, names) for position, row in enumerate(chosen.questions, 1)
        )
    return survey


def _question(survey: Survey, position: int, row: dict[str, Any], names: dict[str, str]) -> Question:
    return Question(
        survey=survey,
        key=row["key"],
        kind=row["kind"],
        position=position,
        texts=_by_language(row["text"], names),
        choices=row.get("choices", []),
        is_required=row.get("required", False),
    )


def _by_language(texts: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    return {language: text.replace("{service}", names.get(language, "")) for language, text in texts.items()}


def _filled(words: dict[str, str], service: str) -> dict[str, str]:
    return {
        name: text.replace("{service}", service)[: 120 if name == "title" else None] for name, text in words.items()
    }


def _service_names(upgrade: Upgrade, language: str) -> str:
    names = sorted(service.name for service in upgrade.services.all()) or [upgrade.name]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {AND.get(language, '&')} {names[-1]}"
