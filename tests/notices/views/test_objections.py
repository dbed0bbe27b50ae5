"""The board of objections, the decision and the record, as those see them who decide."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from feedback import objections
from feedback.enums import Decision
from feedback.models import Concern, Conflict, ConflictOption
from notices.insight import agenda
from notices.models import Notice
from notices.pipeline.direct import objections as deciding
from tests import factories
from upgrades.enums import Freeze, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def soon():
    return timezone.now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def go_live(soon):
    of = factories.upgrade("Mail migration", slug="mail")
    return factories.milestone(of, name="Move", status=Status.TENTATIVE, start=soon + timedelta(days=30))


@pytest.fixture
def signed_in(client, ben):
    client.force_login(ben)
    return client


def at(name, milestone, **query) -> str:
    return reverse(name, args=[milestone.upgrade.slug, milestone.pk])


def typed(milestone, **given):
    looked_at = deciding.seen(milestone, deciding.waiting(milestone))
    values = {"looked_at": looked_at, "decision": Decision.DECLINE, "answer": "No other night.", **given}
    return {f"decide-{name}": value for name, value in values.items()}


def test_the_board_says_what_and_whom_and_leads_to_the_date(signed_in, go_live, cai):
    factories.objection(go_live, cai, text="We have <b>exams</b>.")

    page = signed_in.get(reverse("objections")).content.decode()

    assert "We have &lt;b&gt;exams&lt;/b&gt;." in page
    assert "Stands for 1 person" in page
    assert at("milestone_objections", go_live) in page


def test_the_board_of_an_upgrade_shows_only_its_own(signed_in, go_live, cai):
    other = factories.milestone(name="Another move", status=Status.TENTATIVE)
    factories.objection(go_live, cai)
    factories.objection(other, cai, text="Not here")

    page = signed_in.get(reverse("upgrade_objections", args=["mail"])).content.decode()

    assert at("milestone_objections", go_live) in page
    assert "Not here" not in page


def test_an_objection_without_a_date_asks_which_one_is_meant(signed_in, go_live):
    from_call = factories.objections.concerns.raise_(
        go_live.upgrade, text="That night is bad.", kind="objection", source="hand"
    )

    page = signed_in.get(reverse("objections")).content.decode()

    assert "Which date is meant?" in page
    assert from_call.get_absolute_url() in page


def test_whom_it_tells_stands_beside_the_button(signed_in, go_live, cai):
    factories.objection(go_live, cai)
    factories.objection(go_live, factories.person("Nomail", email=""))

    page = signed_in.get(at("milestone_objections", go_live)).content.decode()

    assert "Cai Carter, cai@example.org" in page
    assert "Not by mail: Cannot be reached by mail." in page


def test_a_decision_is_made_told_and_taken_back(signed_in, go_live, cai):
    factories.objection(go_live, cai)
    page = signed_in.post(at("objection_decide", go_live), typed(go_live), follow=True).content.decode()
    conflict = Conflict.objects.get()

    assert "Decided: the date stays. 1 mail goes out in five minutes." in page
    assert reverse("objection_take_back", args=[conflict.pk]) in page
    signed_in.post(reverse("objection_take_back", args=[conflict.pk]))
    assert Concern.objects.to_decide().count() == 1


def test_accepting_moves_it_to_what_was_proposed(signed_in, go_live, cai, soon):
    proposed = soon + timedelta(days=60)
    factories.objection(go_live, cai, alternative=proposed)

    signed_in.post(
        at("objection_decide", go_live), typed(go_live, decision="accept", proposed=proposed.isoformat(), answer="")
    )

    go_live.refresh_from_db()
    assert go_live.start == proposed


def test_a_date_of_ones_own_is_on_the_clock_of_the_place(signed_in, go_live, cai, soon):
    factories.objection(go_live, cai)
    day = (soon + timedelta(days=60)).date()

    signed_in.post(at("objection_decide", go_live), typed(go_live, decision="move", other=f"{day}T02:30", answer=""))

    go_live.refresh_from_db()
    assert f"{deciding.time.wall_clock(go_live.start, zone='Europe/Berlin')}" == f"{day}T02:30"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"answer": ""}, "Say why the date stays"),
        ({"decision": "move"}, "Choose a date, or type one of your own."),
        ({"decision": "accept"}, "Choose the date."),
        ({"decision": ""}, "This field is required."),
    ],
)
def test_what_is_missing_is_said(signed_in, go_live, cai, soon, given, said):
    factories.objection(go_live, cai, alternative=soon + timedelta(days=60))

    response = signed_in.post(at("objection_decide", go_live), typed(go_live, **given))

    assert (response.status_code, Conflict.objects.count()) == (422, 0)
    assert said in response.content.decode()


def test_the_second_of_two_sees_what_has_changed_and_keeps_the_words(signed_in, go_live, cai):
    factories.objection(go_live, cai)
    old = typed(go_live, answer="My words")
    factories.objection(go_live, factories.person("Dee Dorn"))

    response = signed_in.post(at("objection_decide", go_live), old)

    assert response.status_code == 409
    assert "Something has changed since you opened it" in response.content.decode()
    assert "My words" in response.content.decode()
    assert not Notice.objects.exists()


@pytest.mark.parametrize("role", [Role.READER, Role.DEPARTMENT_CONTACT])
def test_others_read_and_do_not_decide(client, go_live, cai, role):
    factories.objection(go_live, cai)
    client.force_login(factories.account("Rui", role=role))

    assert client.get(at("milestone_objections", go_live)).status_code == 200
    for name in ("objection_decide", "objection_window", "conflict_begin"):
        assert client.post(at(name, go_live), typed(go_live)).status_code == 403
    assert Concern.objects.to_decide().count() == 1


def test_the_contact_of_a_department_objects_for_it_from_its_critical_days(client, go_live, soon):
    registry = factories.group("Registry", people=[factories.person()])
    factories.service(users=[registry]).upgrades.add(go_live.upgrade)
    dora = factories.account("Dora Dean", role=Role.DEPARTMENT_CONTACT)
    me = factories.person("Dora Dean", account=dora)
    start = go_live.start - timedelta(days=1)
    entry = factories.critical_days(
        groups=[registry], name="Finals", start=start, end=start + timedelta(days=3), freeze=Freeze.SOFT
    )
    client.force_login(dora)
    address = f"{at('objection_new', go_live)}?critical_days={entry.pk}"

    assert address in client.get(reverse("critical_days")).content.decode()
    assert "Finals" in client.get(address).content.decode()
    given = {"text": "Finals.", "who": "Dora Dean", "groups": [registry.pk], "critical_from": start.date()}
    client.post(address, given | {"critical_until": start.date()})

    concern = Concern.objects.get()
    assert (concern.person, list(concern.objection.groups.all())) == (me, [registry])


def test_those_who_say_the_same_object_too(signed_in, go_live, cai, dee):
    given = {"text": "Examinations.", "who": "cai@example.org", "supporters": [dee.pk, cai.pk]}

    signed_in.post(at("objection_new", go_live), given)

    assert {one.person for one in Concern.objects.all()} == {cai, dee}


def test_the_window_is_set_and_shown(signed_in, go_live, soon):
    last = (soon + timedelta(days=5)).date()

    signed_in.post(at("objection_window", go_live), {"window-days": "", "window-closes_on": last})

    assert (
        f"Until the end of {last:%a} {last.day} " in signed_in.get(at("milestone_objections", go_live)).content.decode()
    )


def test_the_record_keeps_both_positions_options_and_what_follows(signed_in, go_live, cai, ben):
    factories.objection(go_live, cai)
    signed_in.post(at("conflict_begin", go_live))
    conflict = Conflict.objects.get()
    page = signed_in.get(at("milestone_objections", go_live))
    given = {
        "record-seen": page.context["record_form"].initial["seen"],
        "record-their_position": "Examinations.",
        "record-our_position": "End of support.",
        "record-root_cause": "No calendar.",
        "record-follow_up": "Import the calendar",
        "record-follow_up_owner": ben.pk,
        "record-follow_up_on": "2026-12-01",
    }
    signed_in.post(reverse("conflict_edit", args=[conflict.pk]), given)
    signed_in.post(
        reverse("conflict_option_add", args=[conflict.pk]), {"option-text": "At night", "option-cons": "Dear"}
    )
    signed_in.post(at("objection_decide", go_live), typed(go_live))

    page = signed_in.get(conflict.get_absolute_url()).content.decode()

    for said in ("Examinations.", "End of support.", "No calendar.", "Import the calendar", "At night", "Dear"):
        assert said in page
    assert "Taken up" in page
    assert "Declined: the date stays" in page


def test_two_who_write_the_record_at_once_see_each_other(signed_in, go_live):
    conflict = objections.take_up(go_live)
    seen = signed_in.get(at("milestone_objections", go_live)).context["record_form"].initial["seen"]
    Conflict.objects.filter(pk=conflict.pk).update(root_cause="Theirs")

    response = signed_in.post(
        reverse("conflict_edit", args=[conflict.pk]), {"record-seen": seen, "record-root_cause": "Mine"}
    )

    assert response.status_code == 422
    assert Conflict.objects.get().root_cause == "Theirs"


def test_an_option_is_removed_and_its_history_stays(signed_in, go_live):
    option = objections.add_option(objections.take_up(go_live), text="At night")

    signed_in.post(reverse("conflict_option_remove", args=[option.pk]))

    assert not ConflictOption.objects.exists()
    assert "Option removed" in signed_in.get(at("milestone_objections", go_live)).content.decode()


def test_its_owner_ticks_a_follow_up_off(client, go_live):
    rui = factories.account("Rui", role=Role.READER)
    conflict = objections.take_up(go_live)
    Conflict.objects.update(follow_up="Import the calendar", follow_up_owner=rui)
    client.force_login(rui)

    client.post(reverse("conflict_follow_up", args=[conflict.pk]))

    assert Conflict.objects.get().follow_up_done_by == rui


def test_home_says_what_waits_for_a_decision(go_live, cai, ben):
    factories.objection(go_live, cai)

    tasks = agenda._from_people(ben, now=timezone.now(), upgrades=[])

    assert [(one.title, one.words) for one in tasks] == [
        ("1 objection waits for a decision", "1 date does not work for them.")
    ]


def test_the_milestones_of_an_upgrade_say_so(signed_in, go_live, cai):
    factories.objection(go_live, cai)

    page = signed_in.get(reverse("upgrade_milestones", args=["mail"])).content.decode()

    assert "1 objection waits for a decision" in page


def test_the_concern_leads_to_the_date(signed_in, go_live, cai):
    concern = factories.objection(go_live, cai)

    assert at("milestone_objections", go_live) in signed_in.get(concern.get_absolute_url()).content.decode()
