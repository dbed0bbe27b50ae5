from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from engagement import attendance, holding, planning, saying, telling
from engagement.enums import EngagementKind, EngagementState
from engagement.models import FollowUp, Telling
from stakeholders.models import Person
from tests.factories import NOW, account, engagement, milestone, upgrade
from upgrades import rescheduling
from upgrades.enums import Impact

pytestmark = pytest.mark.django_db
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def go_live():
    return milestone(downtime=90, impact=Impact.OUTAGE, action="Sign out.")


@pytest.fixture
def hall(go_live):
    return engagement(go_live.upgrade, milestone=go_live, start=YESTERDAY)


def tell(one, *names, now=NOW) -> Telling:
    keys = [f"milestone:{one.milestone.pk}.{name}" for name in names or ("start", "downtime")]
    return telling.tell(one, keys, by=one.host, now=now)


def test_what_was_told_keeps_its_value_when_the_plan_moves(hall, go_live):
    told = tell(hall)
    before = go_live.start.isoformat()

    rescheduling.change(go_live, start=go_live.start + timedelta(days=7), end=go_live.end + timedelta(days=7))

    told.refresh_from_db()
    assert told.facts == {f"milestone:{go_live.pk}.start": before, f"milestone:{go_live.pk}.downtime": 90}
    assert told.at == hall.end


def test_it_is_shown_beside_what_is_true_now(hall, go_live):
    told = tell(hall)
    rescheduling.change(go_live, downtime=30)

    (subject,) = saying.of_telling(told, upgrade=hall.upgrade, values=telling.known(hall.upgrade))

    assert subject.name == "Go-live"
    assert [(said.label, said.words, said.now) for said in subject.facts if said.label != "Start"] == [
        ("Expected downtime", "1 hour 30 minutes", "30 minutes")
    ]


def test_it_counts_for_those_who_were_there_also_when_that_is_known_later(hall, cai, dee):
    told = tell(hall)
    attendance.mark(hall, [cai], attended=True, now=NOW)
    assert list(Telling.objects.heard_by(cai)) == [told]
    assert list(Telling.objects.heard_by(dee)) == []

    attendance.mark(hall, [cai], attended=False, now=NOW)
    attendance.mark(hall, [dee], attended=True, now=NOW)
    assert list(Telling.objects.heard_by(cai)) == []
    assert list(Telling.objects.heard_by(dee)) == [told]


def test_a_void_telling_told_nobody_and_says_why(hall, cai):
    attendance.mark(hall, [cai], attended=True, now=NOW)
    told = tell(hall)

    assert telling.void(told, reason="Wrong milestone.", by=hall.host, now=NOW)
    assert not telling.void(told, reason="Again.", by=hall.host, now=NOW + timedelta(hours=1))

    assert list(Telling.objects.heard_by(cai)) == []
    assert (told.void_reason, told.voided_at) == ("Wrong milestone.", NOW)


def test_what_was_told_is_never_edited(hall):
    told = tell(hall)
    with pytest.raises(DatabaseError, match="what_was_told_never_changes"), transaction.atomic():
        Telling.objects.filter(pk=told.pk).update(facts={})


def test_only_facts_of_this_upgrade_can_be_told(hall):
    other = milestone()
    with pytest.raises(planning.NotPossible, match="no facts of this upgrade"):
        telling.tell(hall, [f"milestone:{other.pk}.start"], by=hall.host, now=NOW)
    with pytest.raises(planning.NotPossible, match="at least one"):
        telling.tell(hall, [], by=hall.host, now=NOW)


def test_nothing_is_told_before_it_begins_or_when_it_was_called_off(go_live, hall):
    ahead = engagement(go_live.upgrade, milestone=go_live)
    with pytest.raises(planning.NotPossible, match="not begun"):
        tell(ahead)
    planning.cancel(hall, reason="Storm.", by=hall.host, now=NOW)
    with pytest.raises(planning.NotPossible, match="called off"):
        tell(hall)


def test_at_first_the_dates_and_consequences_of_its_milestone_are_chosen(hall, go_live):
    names = [key.rpartition(".")[2] for key in telling.usual(hall)]
    assert names == ["start", "end", "downtime", "impact", "action"]
    assert telling.usual(engagement(go_live.upgrade)) == []


def test_what_the_plan_said_then_can_be_told_when_it_is_recorded_late(go_live):
    then = timezone.now()
    hall = engagement(go_live.upgrade, milestone=go_live, start=then - timedelta(hours=2))
    pretend_entered(go_live, at=then - timedelta(days=1))
    assert not telling.changed_since(hall)
    rescheduling.change(go_live, downtime=30)
    assert telling.changed_since(hall)

    key, now = f"milestone:{go_live.pk}.downtime", then + timedelta(hours=1)
    of_then = telling.tell(hall, [key], by=hall.host, now=now, as_planned_at=hall.end)
    of_now = telling.tell(hall, [key], by=hall.host, now=now)

    assert (of_then.facts, of_now.facts) == ({key: 90}, {key: 30})


def test_a_plan_that_has_changed_is_said_before_facts_are_recorded(client, ana, go_live):
    then = timezone.now()
    hall = engagement(go_live.upgrade, milestone=go_live, start=then - timedelta(hours=2))
    pretend_entered(go_live, at=then - timedelta(days=1))
    rescheduling.change(go_live, downtime=30)
    client.force_login(ana)
    address = reverse("engagement_tell", args=[hall.pk])

    assert "Expected downtime: 1 hour 30 minutes" in client.get(address).content.decode()
    assert "Expected downtime: 30 minutes" in client.get(f"{address}?values=now").content.decode()
    client.post(address, {"facts": [f"milestone:{go_live.pk}.downtime"]})
    assert Telling.objects.get().facts == {f"milestone:{go_live.pk}.downtime": 90}


def pretend_entered(one, *, at):
    """As if the history had kept it from that moment on."""
    type(one).pgh_event_model.objects.filter(pgh_obj=one.pk).update(pgh_created_at=at)


# Recording


def test_it_took_place_once_and_not_before_it_begins(hall):
    assert holding.hold(hall, by=hall.host, now=NOW)
    assert not holding.hold(hall, by=hall.host, now=NOW)
    assert hall.state == EngagementState.HELD
    holding.not_held(hall)
    assert hall.state == EngagementState.PLANNED
    with pytest.raises(planning.NotPossible, match="not begun"):
        holding.hold(engagement(), by=hall.host, now=NOW)


def test_a_call_is_logged_with_who_was_there_what_was_told_and_what_is_to_be_done(go_live, cai):
    ana = account()

    made = holding.log(
        go_live.upgrade,
        kind=EngagementKind.CALL,
        title="Call with Cai",
        start=YESTERDAY,
        people=Person.objects.filter(pk=cai.pk),
        facts=[f"milestone:{go_live.pk}.start"],
        notes="Is worried about the phones.",
        follow_up="Send the list of phones",
        due_on=NOW.date(),
        by=ana,
        now=NOW,
    )

    assert (made.state, made.host, made.end - made.start) == (EngagementState.HELD, ana, timedelta(minutes=30))
    assert [(one.person, one.attended, one.is_invited) for one in made.participants.all()] == [(cai, True, False)]
    assert Telling.objects.heard_by(cai).get().facts == {f"milestone:{go_live.pk}.start": go_live.start.isoformat()}
    assert made.follow_ups.get().owner == ana


def test_a_fact_that_cannot_be_told_leaves_nothing_behind(cai):
    of = upgrade()
    with pytest.raises(planning.NotPossible):
        holding.log(of, kind="call", title="Call", start=YESTERDAY, facts=["milestone:0.start"], by=of.owner, now=NOW)
    assert not of.engagements.exists()


def test_a_follow_up_is_done_once_and_can_be_taken_up_again(hall, ana, ben):
    one = FollowUp.objects.create(engagement=hall, text="Send the slides", due_on=YESTERDAY.date())
    assert list(FollowUp.objects.overdue(NOW.date())) == [one]

    one.finish(by=ana, now=NOW)
    one.finish(by=ben, now=NOW + timedelta(days=1))

    one.refresh_from_db()
    assert (one.done_by, one.done_at) == (ana, NOW)
    assert list(FollowUp.objects.open()) == []
    one.take_up_again()
    assert list(FollowUp.objects.open()) == [one]
