"""Who was named in surveys.

In a survey with names a nomination is stored together with the answers. In an anonymous one nothing is stored beside
them: a row would have a time and an order that lead to who answered. Names are read from the mixed answers, once there
are enough of them for results to be shown, and a nomination is written only when a manager decides on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from engagement import nominating
from engagement.enums import Source
from engagement.models import Nomination
from engagement.nominating import Entry, Mention, plain
from feedback.enums import QuestionKind
from feedback.models import MINIMUM_GROUP, Question, Survey
from stakeholders.models import Person
from upgrades.models import Upgrade

# The order is that of names, so not even the order in which they came is left.
NAMED = """
SELECT survey.upgrade_id, item ->> 'name', coalesce(item ->> 'email', ''), coalesce(item ->> 'why', '')
FROM feedback_survey survey
JOIN feedback_question question ON question.survey_id = survey.id AND question.kind = 'referral'
JOIN feedback_response response ON response.survey_id = survey.id AND response.is_mixed
CROSS JOIN LATERAL jsonb_array_elements(response.answers -> question.key) AS item
WHERE survey.is_anonymous AND survey.upgrade_id = ANY(%(upgrades)s)
  AND jsonb_typeof(response.answers -> question.key) = 'array'
  AND (SELECT count(*) FROM feedback_response mixed WHERE mixed.survey_id = survey.id AND mixed.is_mixed) >= %(least)s
ORDER BY lower(item ->> 'name'), 3, 4
"""


def nominate(survey: Survey, answers: Mapping[str, Any], *, by: Person) -> None:
    """Of a survey with names: whoever was named waits for a manager from now on."""
    if survey.is_anonymous:
        raise ValueError("Nothing is stored beside the answers of an anonymous survey.")
    keys = Question.objects.filter(survey=survey, kind=QuestionKind.REFERRAL).order_by("position", "pk")
    for key in keys.values_list("key", flat=True):
        for named in answers.get(key, []):
            nominating.nominate(survey.upgrade, source=Source.SURVEY, by=by, **named)


def undecided(upgrades: Sequence[int]) -> dict[int, list[Mention]]:
    """By upgrade: who was named in anonymous surveys and is not decided yet. Two queries."""
    mentions = _mentions(upgrades)
    decided = _decided(mentions) if mentions else {}
    return {
        pk: kept
        for pk, named in mentions.items()
        if (kept := [one for one in named if not _keys(one) & decided.get(pk, set())])
    }


def waiting(upgrades: Iterable[Upgrade]) -> dict[int, list[Entry]]:
    """By upgrade: all who were named and wait for a manager, each once. Three queries."""
    keys = [one.pk for one in upgrades]
    rows = defaultdict(list)
    stored = Nomination.objects.waiting().filter(upgrade__in=keys).select_related("by")
    for row in stored.order_by("pk"):
        rows[row.upgrade_id].append(row)
    anonymous = undecided(keys)
    return {
        pk: nominating.entries(rows.get(pk, []), anonymous.get(pk, [])) for pk in sorted(rows.keys() | anonymous.keys())
    }


@transaction.atomic
def take_up(upgrade: Upgrade, *, name: str, email: str) -> Nomination:
    """Somebody decides on a name from an anonymous survey: only now is it stored, without who gave it."""
    for entry in waiting([upgrade]).get(upgrade.pk, []):
        if (plain(entry.name), entry.email.lower()) == (plain(name), email.lower()):
            return entry.nomination or nominating.nominate(
                upgrade, name=entry.name, email=entry.email, why=" / ".join(entry.whys), source=Source.SURVEY
            )
    raise nominating.NotPossible("Somebody else has decided this in the meantime.")


def _mentions(upgrades: Sequence[int]) -> dict[int, list[Mention]]:
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"upgrades": list(upgrades), "least": MINIMUM_GROUP})
        for upgrade, name, email, why in cursor.fetchall():
            found[upgrade].append(Mention(name, email, why))
    return found


def _decided(upgrades) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Nomination.objects.exclude(pk__in=Nomination.objects.waiting().values("pk")).filter(upgrade__in=upgrades)
    for pk, name, email in rows.order_by("pk").values_list("upgrade", "name", "email"):
        found[pk] |= {plain(name), *([email.lower()] if email else [])}
    return found


def _keys(one: Mention) -> set[str]:
    """The address decides; without one, the name."""
    return {one.email.lower()} if one.email else {plain(one.name)}
