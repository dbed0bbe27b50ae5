"""Whether somebody stands behind it (GOV001 to GOV004)."""

from datetime import timedelta

import pytest

from accounts.enums import Role
from accounts.models import Account
from notices.enums import NoticeKind, NoticeState, Sender
from notices.models import Notice, PlanStep
from tests import factories
from upgrades.enums import Impact
from upgrades.models import Milestone, Upgrade

WHY = [{"language": "en", "level": "plain", "subject": "Soon", "body": "{{ why }}"}]


@pytest.fixture
def staff(cai):
    return factories.group("Teaching", people=[cai])


@pytest.fixture
def window(staff):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail", users=[staff])])
    return factories.milestone(upgrade, name="Move")


def at(row) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def fresh(window) -> Upgrade:
    return Upgrade.objects.get(pk=window.upgrade_id)


# GOV001


def test_an_owner_who_cannot_log_in_is_found(findings_of, window):
    Account.objects.filter(pk=window.upgrade.owner_id).update(is_active=False)

    found = findings_of("GOV001", fresh(window))

    assert "its owner Olga Owner cannot log in any more" in found[at(window.upgrade)].sentence


def test_an_owner_who_can_is_not(findings_of, window, line):
    line(window)

    assert findings_of("GOV001", window.upgrade) == {}


def test_a_line_whose_owner_is_gone_goes_back_to_the_owner_of_the_upgrade(mend, window, line):
    step = line(window, owner=factories.account("Gus Gone", is_active=False))

    assert mend("GOV001", window.upgrade, at(step)) == {}
    assert PlanStep.objects.get(pk=step.pk).owner is None


def test_where_nobody_may_approve_somebody_has_to(findings_of, window, line):
    line(window)
    Account.objects.update(roles=[Role.READER])

    assert "no account may approve notices" in findings_of("GOV001", fresh(window))[at(window.upgrade)].sentence


def test_whoever_wrote_it_cannot_be_the_only_one_who_may_approve(findings_of, window, line, ana):
    Milestone.objects.update(impact=Impact.OUTAGE)
    step = line(window, notice={"author": ana})
    Account.objects.exclude(pk=ana.pk).update(roles=[Role.READER])

    assert "only Ana Abel, who wrote it, may approve" in findings_of("GOV001", fresh(window))[at(step)].sentence


# GOV002


@pytest.fixture
def approved(window, line):
    step = factories.step(window)
    return factories.approved_notice(step=step, audience={"affected": True})


def test_an_audience_that_grew_is_approved_again(findings_of, mend, window, staff, approved):
    for _ in range(5):
        factories.person(groups=[staff])

    found = findings_of("GOV002", window.upgrade)

    assert "its audience (from 1 to 6 people) changed" in found[at(approved.step)].sentence
    assert mend("GOV002", window.upgrade, at(approved.step)) == {}
    approved.refresh_from_db()
    assert approved.state == NoticeState.IN_REVIEW


def test_an_audience_that_is_about_as_large_is_fine(findings_of, window, staff, approved):
    factories.person(groups=[staff])

    assert findings_of("GOV002", window.upgrade) == {}


def test_facts_that_changed_are_approved_again(findings_of, window, approved):
    Milestone.objects.update(impact=Impact.OUTAGE)

    assert "since then impact changed" in findings_of("GOV002", fresh(window))[at(approved.step)].sentence


def test_what_is_no_longer_approved_asks_for_itself(findings_of, window, approved):
    Milestone.objects.update(impact=Impact.OUTAGE)
    Notice.objects.update(state=NoticeState.IN_REVIEW)

    assert findings_of("GOV002", fresh(window)) == {}


# GOV003


def with_sponsor(window) -> Upgrade:
    Upgrade.objects.update(sponsor_name="Prof. Power")
    Milestone.objects.update(action="Move your files.")
    return fresh(window)


def test_for_plain_maintenance_the_contact_will_do(findings_of, window, line):
    line(window, notice={"words": WHY})
    Upgrade.objects.update(sponsor_name="Prof. Power")

    assert findings_of("GOV003", fresh(window)) == {}


def test_the_reason_comes_from_the_sponsor(findings_of, mend, window, line):
    step = line(window, notice={"words": WHY})

    assert [*findings_of("GOV003", with_sponsor(window))] == [at(step)]
    assert mend("GOV003", with_sponsor(window), at(step)) == {}
    assert PlanStep.objects.get(pk=step.pk).sender == Sender.SPONSOR


def test_a_notice_that_gives_no_reason_may_come_from_anybody(findings_of, window, line):
    line(window)

    assert findings_of("GOV003", with_sponsor(window)) == {}


def test_without_a_sponsor_nobody_is_asked_for(findings_of, window, line):
    line(window, notice={"words": WHY})

    assert findings_of("GOV003", window.upgrade) == {}


def test_one_reason_from_the_sponsor_is_enough(findings_of, window, line):
    line(window, NoticeKind.SAVE_THE_DATE, sender=Sender.SPONSOR, offset=-9, notice={"words": WHY})
    line(window, notice={"words": WHY})

    assert findings_of("GOV003", with_sponsor(window)) == {}


def test_a_notice_in_the_name_of_nobody_is_found(findings_of, window, line):
    line(window, sender=Sender.SPONSOR)

    found = findings_of("GOV003", window.upgrade)

    assert found[at(window.upgrade)].sentence == (
        "“Announcement” should come from the sponsor, and nobody has said who that is."
    )


# GOV004


def test_an_upgrade_without_a_contact_is_found(findings_of, window):
    Upgrade.objects.update(contact_name="", contact_email="")

    found = findings_of("GOV004", fresh(window))

    assert "lacks a name and an address or phone number" in found[at(window.upgrade)].sentence


def test_a_phone_number_is_enough(findings_of, window):
    Upgrade.objects.update(contact_email="", contact_phone="+49 30 1234")

    assert findings_of("GOV004", fresh(window)) == {}


def test_a_waiver_of_what_changed_lapses_when_it_changes_again(findings_of, window, approved):
    def digest_with(start):
        Milestone.objects.filter(pk=window.pk).update(start=start)
        (found,) = findings_of("GOV002", Upgrade.objects.get(pk=window.upgrade_id)).values()
        return found.digest

    once = digest_with(window.start + timedelta(minutes=30))

    assert digest_with(window.start + timedelta(minutes=60)) != once
    assert digest_with(window.start + timedelta(minutes=30)) == once
