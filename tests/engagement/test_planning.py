from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement import inviting, planning
from engagement.enums import EngagementKind, EngagementState, Rhythm, Rsvp
from engagement.models import Engagement, Participant
from engagement.rhythm import Repeat
from stakeholders.models import Person
from tests.factories import (
    NOW,
    account,
    assessment,
    engagement,
    group,
    participant,
    person,
    stakeholder,
    upgrade,
)
from upgrades.enums import Quadrant

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 3, 16, 10, 0, tzinfo=BERLIN)  # two weeks before the clocks go forward


def plan(of=None, **fields) -> list[Engagement]:
    start = fields.pop("start", TEN)
    defaults = {"kind": EngagementKind.BOARD, "title": "Board", "end": start + timedelta(hours=1)}
    by = fields.pop("by", None) or account()
    return planning.plan(of or upgrade(), start=start, by=by, **{**defaults, **fields})


def weekly(count=4, **fields) -> list[Engagement]:
    return plan(repeat=Repeat(every=Rhythm.WEEK, count=count), **fields)


def walls(made) -> list[str]:
    return [one.start.astimezone(BERLIN).strftime("%d.%m. %H:%M") for one in made]


def test_one_belongs_to_no_series():
    (one,) = plan()
    assert (one.series, one.start, one.host.name, one.time_zone) == (None, TEN, "Ana Abel", "Europe/Berlin")


def test_a_series_keeps_its_time_on_the_wall_when_the_clocks_change():
    made = weekly()
    assert walls(made) == ["16.03. 10:00", "23.03. 10:00", "30.03. 10:00", "06.04. 10:00"]
    assert {one.series for one in made} == {made[0].series} != {None}
    assert len({one.uid for one in made}) == 4
    assert {one.end - one.start for one in made} == {timedelta(hours=1)}


def test_a_series_in_the_hour_that_does_not_exist_is_moved_forward_on_that_day_alone():
    made = weekly(2, start=datetime(2026, 3, 22, 2, 30, tzinfo=BERLIN))
    assert walls(made) == ["22.03. 02:30", "29.03. 03:30"]
    assert all(one.end > one.start for one in made)


def test_all_of_a_series_ask_the_same_people(cai, dee):
    made = weekly(3, people=Person.objects.filter(pk__in=[cai.pk, dee.pk]))
    assert [one.participants.invited().count() for one in made] == [2, 2, 2]


def test_nothing_left_of_a_series_is_refused():
    with pytest.raises(planning.NotPossible, match="None of these days"):
        plan(repeat=Repeat(every=Rhythm.WEEK, count=2, leaves_out=lambda day: "closed"))


def test_changing_one_leaves_the_others_alone():
    first, second, *_ = weekly()

    changed = planning.change(second, {"place": "Room 4"})

    assert changed == [second]
    assert (second.place, second.sequence) == ("Room 4", 1)
    first.refresh_from_db()
    assert (first.place, first.sequence) == ("", 0)


def test_moving_this_and_the_following_moves_each_on_the_wall():
    first, second, *_ = weekly()
    start = datetime(2026, 3, 24, 14, 30, tzinfo=BERLIN)

    changed = planning.change(second, {"start": start, "end": start + timedelta(hours=2)}, following=True)

    assert walls(changed) == ["24.03. 14:30", "31.03. 14:30", "07.04. 14:30"]
    assert {one.end - one.start for one in changed} == {timedelta(hours=2)}
    assert [one.sequence for one in changed] == [1, 1, 1]
    first.refresh_from_db()
    assert walls([first]) == ["16.03. 10:00"]


def test_a_new_place_for_the_following_does_not_move_them():
    made = weekly()
    planning.change(made[2], {"start": made[2].start + timedelta(hours=1), "end": made[2].end + timedelta(hours=1)})

    planning.change(made[1], {"place": "Room 4"}, following=True)

    assert walls(Engagement.objects.order_by("start")) == [
        "16.03. 10:00",
        "23.03. 10:00",
        "30.03. 11:00",
        "06.04. 10:00",
    ]


def test_what_was_held_or_called_off_is_not_changed():
    first, second, third = weekly(3)
    planning.cancel(second, reason="Nobody has time.", by=second.host, now=NOW)

    assert planning.change(first, {"title": "Council"}, following=True) == [first, third]
    with pytest.raises(planning.NotPossible):
        planning.change(second, {"title": "Council"})


def test_more_places_are_no_change_for_a_calendar():
    one = engagement(capacity=10)
    planning.change(one, {"capacity": 20})
    assert (one.capacity, one.sequence) == (20, 0)


def test_the_same_again_changes_nothing():
    one = engagement(place="Hall")
    assert planning.change(one, {"place": "Hall", "start": one.start, "end": one.end}) == []
    assert one.sequence == 0


def test_calling_off_the_rest_leaves_what_was_before():
    _, second, third = weekly(3)

    off = planning.cancel(second, reason="The project ends.", by=second.host, now=NOW, following=True)

    assert [one.pk for one in off] == [second.pk, third.pk]
    states = list(Engagement.objects.order_by("start").values_list("state", "sequence", "cancel_reason"))
    cancelled = (EngagementState.CANCELLED, 1, "The project ends.")
    assert states == [(EngagementState.PLANNED, 0, ""), cancelled, cancelled]


def test_calling_off_twice_is_once_and_can_be_taken_back():
    one = engagement()
    planning.cancel(one, reason="Ill.", by=one.host, now=NOW)

    assert planning.cancel(one, reason="Ill.", by=one.host, now=NOW) == []
    (back,) = planning.reinstate(Engagement.objects.filter(pk=one.pk))
    assert (back.state, back.sequence, back.cancel_reason) == (EngagementState.PLANNED, 2, "")


# Who is asked


def test_inviting_twice_asks_once_and_keeps_the_answer(cai):
    one = engagement()
    everybody = Person.objects.filter(pk=cai.pk)

    assert inviting.invite(one, everybody) == 1
    planning.answer(one.participants.get(), rsvp=Rsvp.YES, now=NOW)
    assert inviting.invite(one, everybody) == 0
    assert one.participants.get().rsvp == Rsvp.YES


def test_who_walked_in_can_be_asked_afterwards(cai):
    one = engagement()
    participant(one, cai, is_invited=False, attended=True)

    assert inviting.invite(one, Person.objects.filter(pk=cai.pk)) == 1
    assert (one.participants.get().is_invited, one.participants.get().attended) == (True, True)


def test_who_was_merged_is_asked_as_the_one_who_stays_and_who_left_is_not(cai, dee):
    old = person("Cai C.", archived_at=NOW, merged_into=cai)
    gone = person("Gil Gone", archived_at=NOW)
    one = engagement()

    assert inviting.invite(one, Person.objects.filter(pk__in=[old.pk, gone.pk, cai.pk])) == 1
    assert [each.person for each in one.participants.all()] == [cai]


def test_groups_quadrants_and_stakeholders_become_people(cai, dee):
    of = upgrade()
    eve, finn, gus = person("Eve"), person("Finn"), person("Gus")
    board, others = group(people=[cai, eve]), group(people=[finn])
    assessment(stakeholder(board, of=of), influence=80, interest=80)
    assessment(stakeholder(eve, of=of), influence=10, interest=10)  # beats what is known of her group
    stakeholder(others, of=of)
    stakeholder(gus, of=upgrade())

    def asked(**circle):
        return [each.name for each in inviting.people_in(inviting.Circle(**circle), of)]

    assert asked(quadrants=[Quadrant.MANAGE_CLOSELY]) == ["Cai Carter"]
    assert asked(stakeholders=True) == ["Cai Carter", "Eve", "Finn"]
    assert asked(groups=[others.pk], people=[dee.pk, finn.pk]) == ["Dee Dorn", "Finn"]
    assert asked() == []


def test_asking_many_is_one_statement(cai, dee):
    made = [engagement() for _ in range(3)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        inviting.invite_to(made, Person.objects.active())
    inserts = [query for query in queries if "INSERT" in query["sql"]]
    assert len(inserts) == 1
    assert Participant.objects.count() == 6


def test_who_is_not_asked_any_more_goes_unless_seen_there(cai, dee):
    one = engagement(people=[cai])
    participant(one, dee, attended=True)

    inviting.uninvite(one.participants.all())

    assert [(each.person, each.is_invited) for each in one.participants.all()] == [(dee, False)]


# Answers


def test_the_last_place_is_given_once(cai, dee):
    one = engagement(capacity=1, people=[cai, dee])
    first, second = one.participants.order_by("pk")
    planning.answer(first, rsvp=Rsvp.YES, now=NOW)

    with pytest.raises(planning.Full):
        planning.answer(second, rsvp=Rsvp.YES, now=NOW)

    planning.answer(first, rsvp=Rsvp.YES, now=NOW)
    planning.answer(first, rsvp=Rsvp.NO, now=NOW)
    planning.answer(second, rsvp=Rsvp.YES, now=NOW, remark="By train")
    assert planning.places_left(one) == 0
    assert [each.rsvp for each in one.participants.order_by("pk")] == [Rsvp.NO, Rsvp.YES]


def test_the_same_answer_again_keeps_its_time(cai):
    one = engagement(people=[cai])
    planning.answer(one.participants.get(), rsvp=Rsvp.YES, now=NOW)
    planning.answer(one.participants.get(), rsvp=Rsvp.YES, now=NOW + timedelta(hours=1), remark="Late")
    assert (one.participants.get().rsvp_at, one.participants.get().remark) == (NOW, "Late")


def test_nobody_comes_to_what_is_over_or_called_off(cai):
    over = engagement(people=[cai], start=NOW - timedelta(days=1))
    off = engagement(people=[cai])
    planning.cancel(off, reason="Ill.", by=off.host, now=NOW)
    for one in (over, off):
        with pytest.raises(planning.NotPossible):
            planning.answer(one.participants.get(), rsvp=Rsvp.YES, now=NOW)


def test_planned_in_utc_means_the_same_moment():
    (one,) = plan(start=TEN.astimezone(UTC))
    assert one.start == TEN
    assert date(2026, 3, 16) == one.start.astimezone(BERLIN).date()


def test_an_answer_of_somebody_who_is_not_asked_any_more_is_refused(cai):
    place = participant(engagement(), cai)
    Participant.objects.all().delete()

    with pytest.raises(planning.NotPossible):
        planning.answer(place, rsvp=Rsvp.YES, now=NOW)


def test_an_answer_to_another_time_stays_and_is_marked(ana, cai, dee):
    hour = engagement()
    for one in (cai, dee):
        planning.answer(participant(hour, one), rsvp=Rsvp.YES, now=NOW)
    there, back = hour.start + timedelta(days=1), hour.start

    planning.change(hour, {"start": there, "end": there + timedelta(hours=1)})
    planning.answer(hour.participants.get(person=dee), rsvp=Rsvp.YES, now=NOW + timedelta(hours=2))

    before = hour.participants.before_the_change()
    assert [(one.person, one.rsvp, one.rsvp_at) for one in before] == [(cai, Rsvp.YES, NOW)]
    assert [one.is_before_the_change for one in hour.participants.order_by("person__name")] == [True, False]
    counted = Engagement.objects.with_counts().get()
    assert (counted.coming, counted.before_the_change) == (2, 1)
    assert hour.participants.get(person=dee).rsvp_at == NOW + timedelta(hours=2)

    planning.change(hour, {"start": back, "end": back + timedelta(hours=1)})
    assert [one.person for one in hour.participants.before_the_change()] == [dee]


def test_who_found_it_full_is_known_in_their_order(cai, dee):
    hour = engagement(capacity=1)
    cais, dees = (participant(hour, one) for one in (cai, dee))
    planning.found_full(dees, now=NOW)
    planning.found_full(cais, now=NOW + timedelta(minutes=1))
    planning.found_full(dees, now=NOW + timedelta(hours=1))

    assert [(one.person, one.found_full_at) for one in hour.participants.without_a_place()] == [
        (dee, NOW),
        (cai, NOW + timedelta(minutes=1)),
    ]
    planning.answer(cais, rsvp=Rsvp.NO, now=NOW)
    assert [one.person for one in hour.participants.without_a_place()] == [dee]
