"""Who stands in for somebody who is away is told as well; the preview and the outbox agree on it."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notices.audiences import sizes
from notices.audiences.asked import Asked
from notices.enums import NoticeKind
from notices.insight import approval, reach
from notices.models import Message
from notices.pipeline import approve, audience, outbox
from notices.pipeline.audience import Audience
from stakeholders.enums import Channel
from stakeholders.models import Absence, Person
from tests.factories import NOW, group, milestone, notice, person, upgrade
from upgrades.models import Upgrade

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
TOMORROW = TODAY + timedelta(days=1)


def away(one, deputy=None, *, start=TODAY, end=TODAY) -> Absence:
    return Absence.objects.create(person=one, deputy=deputy, start_on=start, end_on=end)


def told(*people, on=TODAY, **rule) -> list[str]:
    chosen = Audience(people=tuple(sorted(one.pk for one in people)), **rule)
    return [one.name for one in audience.resolve(chosen, upgrade=upgrade(), on=on)]


def test_the_deputy_of_somebody_who_is_away_is_told_as_well(cai):
    away(cai, person("Dot"))

    assert told(cai) == ["Cai Carter", "Dot"]


def test_only_on_the_days_of_the_absence(cai):
    away(cai, person("Dot"), start=TODAY, end=TOMORROW)
    days = [TODAY - timedelta(days=1), TODAY, TOMORROW, TOMORROW + timedelta(days=1)]

    assert [told(cai, on=day) == ["Cai Carter", "Dot"] for day in days] == [False, True, True, False]


def test_without_a_day_nobody_stands_in(cai):
    away(cai, person("Dot"))

    assert told(cai, on=None) == ["Cai Carter"]


def test_a_deputy_of_somebody_who_is_not_told_is_not_told(cai):
    away(person("Other"), person("Dot"))

    assert told(cai) == ["Cai Carter"]


def test_a_deputy_who_is_away_passes_it_on(cai):
    dot, eve = person("Dot"), person("Eve")
    away(cai, dot)
    away(dot, eve)

    assert told(cai) == ["Cai Carter", "Eve"]


def test_after_three_steps_it_ends(cai):
    line = [person(f"Deputy {number}") for number in range(1, 5)]
    for one, deputy in zip([cai, *line[:2]], line, strict=False):
        away(one, deputy)
    assert told(cai) == ["Cai Carter", "Deputy 3"]

    away(line[2], line[3])
    assert told(cai) == ["Cai Carter"]


def test_a_circle_ends(cai):
    dot = person("Dot")
    away(cai, dot)
    away(dot, cai)

    assert told(cai) == ["Cai Carter"]


def test_archived_deputies_are_not_told(cai):
    away(cai, person("Dot", archived_at=NOW))

    assert told(cai) == ["Cai Carter"]


def test_who_is_told_anyway_is_told_once(cai):
    dot = person("Dot")
    away(cai, dot)
    away(cai, dot, start=TODAY, end=TOMORROW)

    assert told(cai, dot) == ["Cai Carter", "Dot"]


def test_the_deputy_of_a_representative_need_not_be_one(cai):
    board = group(representatives=[cai], people=[person("Member")])
    away(cai, person("Dot"))
    rule = Audience(groups=(board.pk,), representatives_only=True)

    found = audience.resolve(rule, upgrade=upgrade(), on=TODAY)

    assert [one.name for one in found] == ["Cai Carter", "Dot"]


def test_nobody_stands_in_for_a_reminder_to_answer(cai):
    away(cai, person("Dot"))

    assert told(cai, not_answered=True) == []


def waiting(cai, **fields):
    return notice(audience={"people": [cai.pk]}, send_at=NOW, **fields)


def test_preview_approval_count_and_outbox_agree(cai, ben):
    away(cai, person("Dot"))
    one = waiting(cai, milestone=milestone())
    approve.submit(one, by=one.author, now=NOW)
    approve.approve(one, revision=one.revisions.get(), by=ben, now=NOW)

    known = [
        reach.of(one, on=TODAY).goes_to,
        approve.size_of(one),
        approval.of(one, on=TODAY).goes_to,
        sizes.of({1: Asked.of(one, now=NOW)})[1],
        sizes.of({1: Asked.reached_by(one, now=NOW)})[1],
    ]
    outbox.fill(one, now=NOW)

    assert known == [2] * 5
    assert set(Message.objects.values_list("person__name", flat=True)) == {"Cai Carter", "Dot"}


def test_what_is_late_is_counted_with_those_who_stand_in_today(cai):
    away(cai, person("Dot"), start=TOMORROW, end=TOMORROW)
    one, late = waiting(cai), NOW + timedelta(days=1)

    assert sizes.of({late: Asked.of(one, now=late), NOW: Asked.of(one, now=NOW)}) == {late: 2, NOW: 1}
    assert reach.of(one, on=audience.day_of(one, now=late)).goes_to == 2


def test_a_row_says_for_whom_somebody_stands_in(cai):
    dot, eve = person("Dot"), person("Eve")
    away(cai, dot, end=date(2026, 4, 3))
    away(dot, eve)

    found = audience.standing_in(waiting(cai), Person.objects.values_list("pk", flat=True))

    assert {key: one.said for key, one in found.items()} == {
        eve.pk: "stands in for Cai Carter, away until Friday 3 April"
    }


def test_who_refuses_mail_is_skipped_where_it_can_be_declined(cai):
    Person.objects.update(refused_channels=[Channel.EMAIL])

    def reason(kind):
        one = notice(kind=kind, audience={"people": [cai.pk]})
        return audience.recipients(one, channel=Channel.EMAIL).get().skip_reason

    assert (reason(NoticeKind.COMPLETED), reason(NoticeKind.OUTAGE)) == ("does not want e-mail", "")


def test_who_refuses_mail_after_the_fill_is_skipped_when_it_is_claimed(cai, ben):
    one = waiting(cai, kind=NoticeKind.COMPLETED, milestone=milestone())
    other = waiting(cai, kind=NoticeKind.OUTAGE, milestone=milestone())
    for each in (one, other):
        approve.submit(each, by=each.author, now=NOW)
        approve.approve(each, revision=each.revisions.get(), by=ben, now=NOW)
        outbox.fill(each, now=NOW)
    Person.objects.update(refused_channels=[Channel.EMAIL])

    claimed = outbox.claim(Channel.EMAIL, limit=10, now=NOW)

    assert [message.notice for message in claimed] == [other]
    assert Message.objects.values_list("state", "reason").get(notice=one) == ("skipped", "does not want e-mail")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    chosen=st.sets(st.integers(0, 7), max_size=5),
    absences=st.lists(
        st.tuples(st.integers(0, 7), st.one_of(st.none(), st.integers(0, 7)), st.integers(-1, 1)), max_size=14
    ),
)
def test_nobody_twice_and_only_deputies_of_those_who_are_away(db, chosen, absences):
    Absence.objects.all().delete()
    Person.objects.all().delete()
    people = [person(f"P{number}") for number in range(8)]
    made = [(one, to, shift) for one, to, shift in absences if one != to]
    for one, to, shift in made:
        start = TODAY + timedelta(days=shift)
        away(people[one], None if to is None else people[to], start=start, end=start)
    rule = Audience(people=tuple(sorted(people[number].pk for number in chosen)))

    found = [one.name for one in audience.resolve(rule, upgrade=_upgrade(), on=TODAY)]

    assert found == sorted({f"P{number}" for number in chosen | expected(chosen, made)})


def expected(chosen: set[int], absences) -> set[int]:
    """The same rule, said with sets."""
    gone = {one for one, _to, shift in absences if not shift}
    passes = {one: {to for who, to, shift in absences if who == one and not shift and to is not None} for one in gone}
    front, joined = set(chosen), set()
    for _step in range(3):
        front = {to for one in front & gone for to in passes[one]}
        joined |= front - gone
    return joined


def _upgrade():
    return Upgrade.objects.first() or upgrade()
