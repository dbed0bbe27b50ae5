"""What people raise gets an answer; a public one says nothing of who asked."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from engagement.enums import Source
from feedback import concerns
from feedback.enums import ConcernKind, ConcernState
from feedback.models import Concern
from tests import factories
from tests.factories import NOW


@pytest.fixture
def upgrade(db):
    return factories.upgrade("Mail migration", slug="mail", published_at=NOW)


@pytest.fixture
def concern(upgrade, cai):
    return raised(upgrade, person=cai)


def raised(upgrade, **fields) -> Concern:
    return concerns.raise_(upgrade, **{"text": "Will my mail be gone?", "source": Source.PAGE, **fields})


def answered(concern, by, **fields):
    given = {"words": "No.", "is_public": True, "public_wording": "Is mail lost?", "now": NOW, **fields}
    concerns.answer(concern, by=by, **given)


def test_what_is_raised_is_the_owners_to_answer_by_a_date(upgrade, cai):
    concern = raised(upgrade, person=cai, text="  Not that week, please. ", kind=ConcernKind.OBJECTION)

    assert (concern.text, concern.owner, concern.state) == ("Not that week, please.", upgrade.owner, "open")
    assert concern.due_on == concerns.due_after(concern.created_at.date())


@pytest.mark.parametrize(("day", "due"), [(2, 5), (4, 9), (6, 11), (7, 11), (8, 11)])
def test_three_working_days_leave_out_the_weekend(day, due):
    assert concerns.due_after(date(2026, 3, day)) == date(2026, 3, due)


def test_an_answer_has_who_and_when_and_mending_it_keeps_both(concern, ana, ben):
    answered(concern, ana)

    answered(concern, ben, words="No, nothing.", now=NOW + timedelta(days=1))

    concern.refresh_from_db()
    assert (concern.state, concern.answer) == (ConcernState.ANSWERED, "No, nothing.")
    assert (concern.answered_by, concern.answered_at) == (ana, NOW)


def test_an_answer_is_public_only_with_words_for_everybody(concern, ana):
    with pytest.raises(concerns.NotPossible, match="everybody"):
        answered(concern, ana, public_wording=" ")

    concern.refresh_from_db()
    assert concern.state == ConcernState.OPEN


def test_an_answer_says_something(concern, ana):
    with pytest.raises(concerns.NotPossible, match="Write the answer"):
        answered(concern, ana, words=" ")


def test_what_is_closed_says_why_and_is_answered_only_when_open_again(concern, ana):
    concerns.close(concern, by=ana, now=NOW, reason="Asked twice.")

    with pytest.raises(concerns.NotPossible, match="Reopen"):
        answered(concern, ana)
    concerns.reopen(concern, by=ana, now=NOW)
    answered(concern, ana)

    concern.refresh_from_db()
    assert (concern.state, concern.close_reason) == (ConcernState.ANSWERED, "")


def test_what_is_open_again_is_public_no_more_and_keeps_the_answer_as_a_draft(concern, ana):
    answered(concern, ana)

    concerns.reopen(concern, by=ana, now=NOW)

    concern.refresh_from_db()
    assert (concern.state, concern.is_public, concern.answer) == (ConcernState.OPEN, False, "No.")
    assert (concern.answered_by, concern.answered_at) == (None, None)


def test_closing_twice_or_reopening_what_is_open_is_refused(concern, ana):
    with pytest.raises(concerns.NotPossible, match="open already"):
        concerns.reopen(concern, by=ana, now=NOW)
    concerns.close(concern, by=ana, now=NOW)
    with pytest.raises(concerns.NotPossible, match="closed without an answer already"):
        concerns.close(concern, by=ana, now=NOW)


def test_only_answers_of_published_upgrades_are_public(concern, ana, upgrade):
    answered(concern, ana)
    hidden = raised(factories.upgrade())
    answered(hidden, ana)
    answered(raised(upgrade), ana, is_public=False)

    assert list(Concern.objects.public()) == [concern]


def test_the_database_refuses_a_public_one_without_an_answer(concern):
    with pytest.raises(IntegrityError, match="what_is_public_is_answered_and_worded_for_everybody"):
        Concern.objects.filter(pk=concern.pk).update(is_public=True, public_wording="Is mail lost?")


def test_what_is_open_after_its_date_is_overdue(upgrade, ana):
    late = raised(upgrade, due_on=date(2026, 3, 1))
    raised(upgrade, due_on=date(2026, 3, 2))
    answered(raised(upgrade, due_on=date(2026, 3, 1)), ana)

    assert list(Concern.objects.overdue(NOW.date())) == [late]
    assert late.is_overdue(today=NOW.date())


def test_turnaround_is_the_median_of_answered_ones(upgrade, ana):
    for hours in (1, 5, 100):
        concern = raised(upgrade)
        answered(concern, ana, now=NOW)
        Concern.objects.filter(pk=concern.pk).update(created_at=NOW - timedelta(hours=hours))
    raised(upgrade)

    assert concerns.turnaround(Concern.objects.all()) == timedelta(hours=5)
    assert concerns.turnaround(Concern.objects.none()) is None


@pytest.mark.parametrize(
    ("taken", "words"), [(None, ""), (0.4, "under an hour"), (1, "1 hour"), (30, "30 hours"), (72, "3 days")]
)
def test_turnaround_in_words(taken, words):
    assert concerns.said(None if taken is None else timedelta(hours=taken)) == words
