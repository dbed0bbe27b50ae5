"""Two rows of one person become one, and nothing they wished or were told is lost."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from engagement.enums import Rsvp, Source
from engagement.models import Nomination, Participant
from feedback.enums import Progress
from feedback.models import Concern, Invitation
from notices.channels import mime
from notices.enums import MessageState
from notices.models import ApprovedAudience, Call, DifferentPeople, Message
from notices.pipeline import audience, outbox, render
from notices.register import merging
from notices.register.merging import NotMergeable
from stakeholders.enums import Channel, Tie, Topic
from stakeholders.models import Absence, OptOut, Person, Relation
from tests import factories
from tests.factories import NOW
from upgrades.models import Stakeholder

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def twin(db):
    """Cai once more, from another list."""
    return factories.person("Carter, Cai", email="c.carter@example.org", external_id="4711", phone="+49 30 1234567")


def merge(kept, gone, ana, theirs=()):
    merging.merge(kept, gone, theirs=theirs, by=ana, now=NOW)
    kept.refresh_from_db()
    gone.refresh_from_db()


def sent(message, *, at=NOW):
    Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=at, sha256=b"x" * 32)


# The record


def test_who_goes_becomes_a_shell_that_imports_find(ana, cai, twin):
    merge(cai, twin, ana)

    assert (twin.merged_into, twin.external_id, twin.is_archived) == (cai, "4711", True)
    assert list(Person.objects.archived()) == []


def test_what_is_chosen_is_taken_and_the_shell_keeps_what_is_left(ana, cai, twin):
    merge(cai, twin, ana, theirs=["email", "external_id", "phone"])

    assert (cai.email, cai.external_id, cai.phone) == ("c.carter@example.org", "4711", "+49 30 1234567")
    assert (twin.email, twin.external_id) == ("cai@example.org", "")


def test_lists_are_united_and_what_is_refused_is_not_preferred(ana, cai, twin):
    Person.objects.filter(pk=cai.pk).update(tags=["vip"], preferred_channel=Channel.EMAIL)
    Person.objects.filter(pk=twin.pk).update(tags=["board"], refused_channels=[Channel.EMAIL])

    merge(cai, twin, ana)

    assert (cai.tags, cai.refused_channels, cai.preferred_channel) == (["board", "vip"], [Channel.EMAIL], "")


def test_chains_are_flattened(ana, cai, dee, twin):
    merge(twin, dee, ana)
    merge(cai, twin, ana)

    assert set(Person.objects.filter(merged_into=cai)) == {twin, dee}


def test_nobody_is_merged_twice_or_with_themselves(ana, cai, dee, twin):
    merge(cai, twin, ana)

    for kept, gone in ((dee, twin), (twin, dee), (cai, cai)):
        with pytest.raises(NotMergeable):
            merging.merge(kept, gone, by=ana, now=NOW)


def test_the_better_value_is_proposed(cai, twin):
    Person.objects.filter(pk=twin.pk).update(language="de", department="Finance")
    Person.objects.filter(pk=cai.pk).update(language="fr", own_choices=["language"])
    people = list(Person.objects.filter(pk__in=[cai.pk, twin.pk]).order_by("pk"))

    theirs = merging.default_choice(*people, changed=merging.last_changes(*people))

    assert {"phone", "external_id", "department"} <= theirs
    assert "language" not in theirs


# What hangs on them


def test_opt_outs_are_united(ana, cai, dee):
    cai.opt_out(Topic.NEWS)

    merge(cai, dee, ana)

    assert set(cai.opt_outs.values_list("topic", flat=True)) == set(Topic.values)
    assert not OptOut.objects.filter(person=dee).exists()


def test_groups_stay_and_so_does_representing_them(ana, cai, twin):
    both = factories.group("Both", people=[cai], representatives=[twin])
    factories.group("Theirs", people=[twin])

    merge(cai, twin, ana)

    memberships = cai.memberships.order_by("group__name")
    assert list(memberships.values_list("group__name", "is_representative")) == [("Both", True), ("Theirs", False)]
    assert list(both.people.all()) == [cai]


def test_two_stakes_in_one_upgrade_become_one_with_both_assessments(ana, cai, twin):
    upgrade = factories.upgrade()
    mine = factories.stakeholder(cai, of=upgrade, impact_on_them=1)
    theirs = factories.stakeholder(twin, of=upgrade, impact_on_them=3, wanted_attitude=2)
    factories.assessment(mine, influence=10, at=NOW)
    factories.assessment(theirs, influence=90, at=LATER)
    other = factories.stakeholder(twin, of=factories.upgrade())

    merge(cai, twin, ana)

    stake = Stakeholder.objects.assessed().get(upgrade=upgrade)
    assert (stake.person, stake.influence, stake.assessments.count()) == (cai, 90, 2)
    assert (stake.impact_on_them, stake.wanted_attitude) == (3, 2)
    assert Stakeholder.objects.get(pk=other.pk).person == cai


def test_two_places_in_one_engagement_become_one(ana, cai, twin):
    engagement = factories.engagement()
    factories.participant(engagement, cai, rsvp=Rsvp.YES, rsvp_at=NOW)
    factories.participant(engagement, twin, rsvp=Rsvp.NO, rsvp_at=LATER, attended=True, seen="hand")

    merge(cai, twin, ana)

    assert list(Participant.objects.values_list("person", "rsvp", "attended")) == [(cai.pk, Rsvp.NO, True)]


def test_absences_and_ties_move_and_none_leads_to_itself(ana, cai, dee, twin):
    days = {"start_on": NOW.date(), "end_on": NOW.date()}
    Absence.objects.create(person=cai, deputy=twin, **days)
    Absence.objects.create(person=dee, deputy=twin, **days)
    Relation.objects.create(person=twin, tie=Tie.REPORTS_TO, to_person=cai)
    for one in (cai, twin):
        Relation.objects.create(person=one, tie=Tie.REPORTS_TO, to_person=dee)
        Relation.objects.create(person=dee, tie=Tie.DEPENDS_ON, to_person=one)

    merge(cai, twin, ana)

    assert set(Absence.objects.values_list("person", "deputy")) == {(cai.pk, None), (dee.pk, cai.pk)}
    assert set(Relation.objects.values_list("person", "to_person")) == {(cai.pk, dee.pk), (dee.pk, cai.pk)}


def test_concerns_nominations_and_what_was_approved_follow(ana, cai, dee, twin):
    upgrade = factories.upgrade()
    Concern.objects.create(upgrade=upgrade, person=twin, text="Why?", source=Source.PAGE)
    Nomination.objects.create(upgrade=upgrade, name="Dee", by=twin, person=dee, source=Source.PAGE)
    notice = factories.approved_notice(people=[twin, dee])
    DifferentPeople.objects.create(first=cai, second=twin, said_by=ana, said_at=NOW)

    merge(cai, twin, ana)

    assert (Concern.objects.get().person, Nomination.objects.get().by) == (cai, cai)
    assert set(ApprovedAudience.objects.get(notice=notice).people) == {cai.pk, dee.pk}
    assert not DifferentPeople.objects.exists()
    assert set(audience.resolve({"people": [twin.pk]}, upgrade=upgrade)) == {cai}


@pytest.mark.parametrize("finished", ["kept", "gone"])
def test_a_finished_invitation_wins_and_the_other_stays_with_the_shell(ana, cai, twin, finished):
    survey = factories.survey()
    progress = {"kept": Progress.INVITED, "gone": Progress.INVITED} | {finished: Progress.FINISHED}
    mine = Invitation.objects.create(survey=survey, person=cai, progress=progress["kept"])
    theirs = Invitation.objects.create(survey=survey, person=twin, progress=progress["gone"])

    merge(cai, twin, ana)

    won, lost = (theirs, mine) if finished == "gone" else (mine, theirs)
    assert cai.invitations.get() == won
    assert twin.invitations.get() == lost


# Messages


def test_the_latest_that_got_through_stays_and_the_other_is_evidence(ana, cai, twin):
    notice = factories.released_notice(people=[cai, twin])
    mine, theirs = notice.messages.get(person=cai), notice.messages.get(person=twin)
    sent(mine, at=NOW)
    sent(theirs, at=LATER)

    merge(cai, twin, ana)

    assert (cai.messages.get(), twin.messages.get()) == (theirs, mine)
    assert notice.messages.told().count() == 2


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.BOUNCED, MessageState.QUEUED])
def test_what_got_through_beats_what_did_not(ana, cai, twin, state):
    notice = factories.released_notice(people=[cai, twin])
    theirs = notice.messages.get(person=twin)
    notice.messages.filter(person=cai).update(state=state)
    sent(theirs, at=NOW)

    merge(cai, twin, ana)

    assert cai.messages.get() == theirs


def test_only_one_of_two_copies_goes_out(ana, cai, twin):
    notice = factories.released_notice(people=[cai, twin])

    merge(cai, twin, ana)

    assert [one.person_id for one in outbox.claim(Channel.EMAIL, limit=9, now=LATER)] == [cai.pk]
    assert twin.messages.get().reason == merging.MERGED
    assert notice.messages.count() == 2


def test_a_copy_that_a_worker_has_in_its_hands_is_not_tried_again(ana, cai, twin):
    factories.released_notice(people=[cai, twin])
    in_hands = outbox.claim(Channel.EMAIL, limit=9, now=LATER)
    sent(cai.messages.get())

    merge(cai, twin, ana)

    theirs = next(one for one in in_hands if one.person_id == twin.pk)
    assert not outbox.record(outbox.later(theirs, until=LATER, reason="busy"))
    factories.leases_end()
    assert outbox.sweep() == 0
    assert twin.messages.get().state == MessageState.SKIPPED


def test_what_waits_goes_to_the_address_that_was_chosen(ana, cai, twin):
    factories.released_notice(people=[twin])

    merge(cai, twin, ana)

    message = cai.messages.get()
    assert (message.address, message.values["name"]) == ("cai@example.org", "Cai Carter")


def test_a_message_that_moved_renders_again_to_the_same_bytes(ana, cai, twin):
    message = factories.released_notice(people=[twin]).messages.get()
    sent(message)
    before = mime.build(render.of_message(message))

    merge(cai, twin, ana)

    moved = Message.objects.select_related("notice", "variant__revision").get(pk=message.pk)
    assert moved.person_id == cai.pk
    assert mime.build(render.of_message(moved)) == before


def test_what_moves_is_counted(cai, twin):
    factories.released_notice(people=[twin])
    factories.group(people=[twin])
    factories.group(people=[twin])
    factories.participant(factories.engagement(), twin)

    moving = {one.words: one.number for one in merging.what_moves(twin)}

    assert moving == {"Messages": 1, "Groups": 2, "Engagements": 1}


# At once


def at_once(*acts):
    errors = []

    def run(act):
        try:
            act()
        except NotMergeable as error:
            errors.append(str(error))
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    return errors


@pytest.mark.django_db(transaction=True)
def test_two_merges_of_one_pair_are_one(ana, cai, twin):
    factories.released_notice(people=[cai, twin])

    errors = at_once(
        lambda: merging.merge(cai, twin, by=ana, now=NOW), lambda: merging.merge(twin, cai, by=ana, now=NOW)
    )

    assert len(errors) == 1
    assert Person.objects.real().filter(pk__in=[cai.pk, twin.pk]).count() == 1
    assert Message.objects.filter(state=MessageState.QUEUED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [["cai", "twin"], ["twin"]])
@pytest.mark.parametrize("first", ["fill", "merge"])
def test_a_merge_during_a_fill_tells_them_once(request, ana, cai, twin, people, first):
    notice = factories.approved_notice(people=[request.getfixturevalue(name) for name in people], send_at=NOW)
    acts = {
        "fill": lambda: outbox.fill(notice, now=NOW),
        "merge": lambda: merging.merge(cai, twin, by=ana, now=NOW),
    }
    (second,) = acts.keys() - {first}
    thread = Thread(target=lambda: at_once(acts[second]))

    with transaction.atomic():
        acts[first]()
        thread.start()
        thread.join(timeout=0.5)
    thread.join(timeout=180)

    waiting = Message.objects.filter(state=MessageState.QUEUED)
    assert [message.person for message in waiting] == [cai]


@pytest.mark.django_db(transaction=True)
def test_a_merge_during_claims_sends_one_copy(ana, cai, twin):
    factories.released_notice(people=[cai, twin])
    claimed = []

    at_once(
        lambda: merging.merge(cai, twin, by=ana, now=NOW),
        lambda: claimed.extend(outbox.claim(Channel.EMAIL, limit=9, now=NOW)),
    )

    kept = Message.objects.filter(person=cai).get()
    assert kept.state in (MessageState.QUEUED, MessageState.SENDING)
    assert Message.objects.get(person=twin).state == MessageState.SKIPPED


def test_calls_move_and_one_open_call_in_each_upgrade_is_enough(db):
    cai, twin, upgrade, ana = factories.person(), factories.person(), factories.upgrade(), factories.account()
    for who in (cai, twin):
        Call.objects.create(upgrade=upgrade, person=who, why="no address", owner=ana, created_at=NOW)
    other = Call.objects.create(upgrade=factories.upgrade(), person=twin, why="no address", owner=ana, created_at=NOW)

    merging.merge(cai, twin, by=ana, now=NOW)

    assert sorted(Call.objects.values_list("person", "upgrade")) == [(cai.pk, upgrade.pk), (cai.pk, other.upgrade_id)]
