"""What was true when."""

from datetime import timedelta

import pghistory
import pytest
from django.urls import reverse

from notices.insight import fact_versions
from tests import factories
from upgrades import rescheduling
from upgrades.enums import Status

pytestmark = pytest.mark.django_db


def versions(milestone, name):
    milestone.refresh_from_db()
    found = {fact.key.rpartition(".")[2]: fact for fact in fact_versions.of_milestone(milestone)}
    return list(found[name].versions) if name in found else []


def act(by, milestone, **values):
    with pghistory.context(user=by.pk):
        rescheduling.change(milestone, **values)


@pytest.fixture
def ana():
    return factories.account("Ana Abel")


@pytest.fixture
def window():
    return factories.milestone(factories.upgrade("Mail migration", services=[factories.service("Mail")]))


def test_each_value_says_who_set_it_and_why(window, ana):
    first = window.start
    act(ana, window, start=first + timedelta(days=1), end=window.end + timedelta(days=1), reason="The vendor is late.")

    newest, oldest = versions(window, "start")

    assert (newest.value, newest.who, newest.why) == (
        (first + timedelta(days=1)).isoformat(),
        "Ana Abel",
        "The vendor is late.",
    )
    assert (oldest.value, oldest.why) == (first.isoformat(), "")


def test_the_reason_of_an_older_change_is_not_that_of_a_later_one(window, ana):
    act(ana, window, downtime=30, reason="Measured again.")
    act(ana, window, status=Status.IN_PROCESS)

    assert [one.why for one in versions(window, "status")] == ["", ""]
    assert versions(window, "downtime")[0].why == "Measured again."


def test_a_reason_given_afterwards_belongs_to_the_change_before(window, ana):
    act(ana, window, downtime=30)
    act(ana, window, reason="Measured again.")

    assert versions(window, "downtime")[0].why == "Measured again."


def test_other_services_and_sites_are_versions_too(window, ana):
    harbour, city = factories.site("Harbour"), factories.site("City")
    act(ana, window, sites=[harbour])
    act(ana, window, sites=[harbour, city])
    act(ana, window, services=[factories.service("Wi-Fi")])

    assert [one.said for one in versions(window, "sites")] == ["City, Harbour", "Harbour", ""]
    assert [one.said for one in versions(window, "services")] == ["Wi-Fi", "Mail"]


def test_a_value_says_which_notices_told_it(window, ana):
    cai = factories.person("Cai Berg")
    first = factories.released_notice(window, people=[cai], title="First")
    act(ana, window, start=window.start + timedelta(days=1), end=window.end + timedelta(days=1))
    second = factories.released_notice(window, people=[cai], title="Second")

    newest, oldest = versions(window, "start")

    assert [(one.notice, one.number, one.is_approved) for one in newest.told] == [(second, 1, True)]
    assert [(one.notice, one.number, one.is_approved) for one in oldest.told] == [(first, 1, True)]


def test_facts_without_any_value_are_left_out(window):
    assert versions(window, "action_deadline") == []


def test_the_pages_show_values_and_lead_to_notices(client, window, ana):
    notice = factories.released_notice(window, people=[factories.person()], title="First notice")
    act(ana, window, downtime=30, reason="Measured again.")
    client.force_login(ana)

    shown = client.get(reverse("milestone_facts", args=[window.upgrade.slug, window.pk])).content.decode()
    of_upgrade = client.get(reverse("upgrade_facts", args=[window.upgrade.slug])).content.decode()

    assert "Measured again." in shown
    assert notice.get_absolute_url() in shown
    assert "30 minutes" in shown
    assert window.upgrade.contact_name in of_upgrade


def test_the_page_asks_the_same_for_one_and_for_three(client, window, ana, django_assert_num_queries):
    client.force_login(ana)
    for number in (1, 2):
        for each in range(number):
            act(ana, window, downtime=10 * number + each)
            factories.released_notice(window, people=[factories.person()])
        with django_assert_num_queries(15):
            client.get(reverse("milestone_facts", args=[window.upgrade.slug, window.pk]))


def test_a_milestone_is_found_under_its_own_upgrade_only(client, window, ana):
    client.force_login(ana)
    other = factories.upgrade()

    assert client.get(reverse("milestone_facts", args=[other.slug, window.pk])).status_code == 404
