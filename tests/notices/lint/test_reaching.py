"""Whether what is said gets there (COV006, COV007, COV012)."""

import pytest

from notices.enums import Edge, Event, Medium, NoticeKind, Trigger, Unit
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact
from upgrades.models import Milestone, Service, Upgrade


@pytest.fixture
def staff(cai):
    return factories.group("Teaching", people=[cai])


@pytest.fixture
def window(staff):
    mail = factories.service("Mail", users=[staff], carries=[Channel.EMAIL])
    upgrade = factories.upgrade("Mail migration", services=[mail], contact_phone="+49 30 1234")
    return factories.milestone(upgrade, name="Move", impact=Impact.OUTAGE)


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


# COV006


def test_people_without_an_address_that_works_are_found_and_get_a_poster(findings_of, mend, window, staff):
    factories.person("Ned None", email="", groups=[staff])
    factories.person("Bo Bounce", email_state=AddressState.BOUNCED, groups=[staff])

    found = findings_of("COV006", window.upgrade)

    assert found[at(window)].sentence.startswith("2 people whom “Move” affects cannot be reached by e-mail (")
    assert "1 has no address" in found[at(window)].sentence
    assert mend("COV006", window.upgrade, at(window)) == {}


def test_who_declined_a_topic_can_be_reached(findings_of, window, staff, dee):
    dee.groups.add(staff)

    assert findings_of("COV006", window.upgrade) == {}


def test_people_without_an_address_who_are_not_affected_do_not_count(findings_of, window):
    factories.person("Ned None", email="")

    assert findings_of("COV006", window.upgrade) == {}


def test_a_cascade_reaches_people_without_an_address(findings_of, window, staff):
    factories.person("Ned None", email="", groups=[staff])
    factories.step(window, medium=Medium.CASCADE, audience={"categories": ["management"]})

    assert findings_of("COV006", window.upgrade) == {}


def test_a_line_for_a_group_that_is_no_longer_there_is_found(findings_of, window, staff, line):
    gone = factories.group("Gone", people=[factories.person()])
    step = line(window, audience={"groups": [staff.pk, gone.pk]})
    alone = line(window, audience={"groups": [gone.pk]})
    gone.delete()

    found = findings_of("COV006", window.upgrade)

    assert {place: one.sentence for place, one in found.items()} == {
        at(step): "“Announcement” is for 1 group that is no longer there.",
        at(alone): "“Announcement” is for 1 group that is no longer there, and reaches nobody.",
    }


def test_a_line_for_somebody_who_has_left_is_found(findings_of, window, line):
    left = factories.person("Lea Left", archived_at=NOW)
    step = line(window, audience={"people": [left.pk]})

    assert "reaches nobody" in findings_of("COV006", window.upgrade)[at(step)].sentence


def test_an_audience_that_follows_the_register_may_be_empty(findings_of, window, line):
    line(window, audience={"categories": ["regulator"]})
    line(window, audience={"quadrants": ["keep_satisfied"]})

    assert findings_of("COV006", window.upgrade) == {}


def test_a_line_to_nobody_that_is_over_is_not_found(findings_of, window, line):
    line(window, audience={"people": [factories.person("Lea Left", archived_at=NOW).pk]}, offset=-60)

    assert findings_of("COV006", window.upgrade) == {}


# COV007

AT_START = {"unit": Unit.MINUTES, "offset": 0}


def test_a_mail_while_mail_is_down_is_found_and_gets_another_channel(findings_of, mend, window, line):
    step = line(window, NoticeKind.STARTED, **AT_START)

    assert (
        "comes by e-mail alone while “Move” takes Mail away" in findings_of("COV007", window.upgrade)[at(step)].sentence
    )
    assert mend("COV007", window.upgrade, at(step)) == {}
    step.notice.refresh_from_db()
    assert step.notice.channels == ["email", "portal"]


def test_a_mail_before_the_outage_is_fine(findings_of, window, line):
    line(window, NoticeKind.FINAL, unit=Unit.MINUTES, offset=-60)

    assert findings_of("COV007", window.upgrade) == {}


def test_a_mail_at_the_end_is_fine(findings_of, window, line):
    line(window, NoticeKind.COMPLETED, edge=Edge.END, **AT_START)

    assert findings_of("COV007", window.upgrade) == {}


def test_a_notice_that_lies_ready_for_a_longer_outage_counts(findings_of, window, line):
    step = line(window, NoticeKind.PROGRESS, trigger=Trigger.EVENT, event=Event.EXTENDED, **AT_START)

    assert [*findings_of("COV007", window.upgrade)] == [at(step)]


def test_a_service_that_only_works_worse_still_carries_mail(findings_of, window, line):
    Milestone.objects.update(impact=Impact.DEGRADED)
    line(window, NoticeKind.STARTED, **AT_START)

    assert findings_of("COV007", window.upgrade) == {}


def test_where_nothing_works_a_poster_does(findings_of, mend, window, line):
    Service.objects.update(carries=[Channel.EMAIL, Channel.PORTAL])
    step = line(window, NoticeKind.STARTED, **AT_START)

    assert mend("COV007", window.upgrade, at(step)) == {}
    assert window.upgrade.steps.get().medium == Medium.POSTER


def test_an_address_alone_is_no_contact_while_mail_is_down(findings_of, window):
    Upgrade.objects.update(contact_phone="")

    assert "have only help@example.org" in findings_of("COV007", Upgrade.objects.get())[at(window)].sentence


# COV012


def test_a_group_of_lists_alone_is_found(findings_of, window):
    physics = factories.group("Physics", people=[factories.person("physics@", is_list=True)])
    Service.objects.get().users.add(physics)

    found = findings_of("COV012", window.upgrade)

    assert [*found] == [at(physics)]
    assert "Physics is known only as 1 distribution list (physics@)" in found[at(physics)].sentence


def test_a_group_with_people_beside_its_list_is_not(findings_of, window, staff):
    factories.person("teaching@", is_list=True, groups=[staff])

    assert Person.objects.filter(is_list=True).count() == 1
    assert findings_of("COV012", window.upgrade) == {}


# Other channels


def only_way(step, *channels):
    step.notice.channels = list(channels)
    step.notice.save()


@pytest.mark.parametrize(
    ("channel", "said"), [("teams", "Microsoft Teams"), ("sms", "text messages"), ("slack", "Slack")]
)
def test_a_chat_that_goes_down_with_what_is_announced_is_found(findings_of, window, line, channel, said):
    Service.objects.update(carries=[channel])
    factories.outlet(channel, config={"is": "set up"})
    step = line(window, NoticeKind.STARTED, **AT_START)
    only_way(step, channel)

    found = findings_of("COV007", window.upgrade)[at(step)]

    assert found.sentence.startswith(f"“Started” comes by {said} alone while “Move” takes Mail away") or said in (
        found.sentence
    )
    assert found.fix.label == "Add e-mail"


def test_a_chat_of_its_own_is_another_way(findings_of, window, line):
    factories.outlet("teams", config={"is": "set up"})
    step = line(window, NoticeKind.STARTED, **AT_START)
    only_way(step, "email", "teams")

    assert findings_of("COV007", window.upgrade) == {}


def test_a_banner_is_no_way_while_the_status_page_is_down(findings_of, window, line):
    Service.objects.update(carries=[Channel.PORTAL])
    step = line(window, NoticeKind.STARTED, **AT_START)
    only_way(step, "banner", "portal")

    found = findings_of("COV007", window.upgrade)[at(step)].sentence

    assert "banner on the status pages" in found
    assert "status page" in found


def test_who_has_a_number_is_reached_by_a_plan_that_sends_text_messages(findings_of, window, staff, line):
    ned = factories.person("Ned None", email="", groups=[staff])
    factories.address(ned, "sms", "+1")
    factories.outlet("sms", config={"is": "set up"})
    step = line(window)
    assert [*findings_of("COV006", window.upgrade)] == [at(window)]

    only_way(step, "email", "sms")

    assert findings_of("COV006", window.upgrade) == {}


def test_a_channel_that_nobody_has_set_up_is_found(findings_of, window, line):
    step = line(window)
    only_way(step, "email", "slack")

    found = findings_of("COV006", window.upgrade)

    assert found[at(step)].sentence == "“Announcement” goes over Slack, which nobody has set up."
