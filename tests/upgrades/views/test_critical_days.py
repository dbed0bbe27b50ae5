from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from tests.factories import account, critical_days, group, milestone, service, site, upgrade
from upgrades.models import CriticalDays

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(db):
    return account("Dora Dean", role=Role.DEPARTMENT_CONTACT, time_zone="Europe/Berlin")


@pytest.fixture
def contact(client, dora):
    client.force_login(dora)
    return client


@pytest.fixture
def soon():
    return (timezone.now() + timedelta(days=10)).replace(microsecond=0)


def typed(**changes) -> dict:
    return {
        "name": "Final examinations",
        "freeze": "hard",
        "start": "2030-06-03T08:00",
        "end": "2030-06-07T18:00",
        "time_zone": "Europe/Berlin",
    } | changes


def undo(response) -> str:
    (tags,) = {message.extra_tags for message in response.context["messages"]}
    return tags.removeprefix("undo:")


def listed(response) -> list[str]:
    return [entry.name for _, entries in response.context["months"] for entry, _, _ in entries]


def test_what_is_over_is_shown_only_when_asked_for(contact, soon):
    critical_days(name="Later", start=soon + timedelta(days=1))
    critical_days(name="Sooner", start=soon)
    critical_days(name="Over", start=soon - timedelta(days=30))

    assert listed(contact.get("/critical-days/")) == ["Sooner", "Later"]
    assert listed(contact.get("/critical-days/?past=on")) == ["Over"]


def test_entries_are_grouped_by_the_month_on_the_wall_of_their_place(contact):
    critical_days(
        name="New year",
        start=datetime(2029, 12, 31, 23, 30, tzinfo=UTC),
        end=datetime(2030, 1, 2, tzinfo=UTC),
        time_zone="Europe/Berlin",
    )

    assert [month for month, _ in contact.get("/critical-days/").context["months"]] == ["January 2030"]


@pytest.mark.parametrize("words", ["exam", "finan", "harb", "mail"])
def test_entries_are_found_by_their_name_and_by_whom_they_protect(contact, soon, words):
    critical_days(
        name="Examinations", start=soon, groups=[group("Finance")], sites=[site("Harbour")], services=[service("Mail")]
    )
    critical_days(name="Audit", start=soon)

    assert listed(contact.get(f"/critical-days/?q={words}")) == ["Examinations"]


def test_a_collision_stands_beside_the_entry(contact, soon):
    mail = service("Mail")
    milestone(upgrade("Mail migration", services=[mail]), name="Cut-over", start=soon, end=soon + timedelta(hours=1))
    critical_days(start=soon - timedelta(hours=1), services=[mail])

    page = contact.get("/critical-days/").content.decode()

    assert "Collides with" in page
    assert "Both touch Mail." in page


def test_the_list_costs_the_same_for_one_entry_and_for_three(contact, soon, django_assert_num_queries):
    def one_more():
        mail = service()
        milestone(upgrade(services=[mail]), start=soon, end=soon + timedelta(hours=1))
        critical_days(start=soon, services=[mail], groups=[group()], sites=[site()])

    one_more()
    with django_assert_num_queries(9):
        contact.get("/critical-days/")
    one_more()
    one_more()
    with django_assert_num_queries(9):
        contact.get("/critical-days/")


def test_a_department_contact_enters_days_on_the_wall_clock_of_the_place(contact, dora):
    finance = group("Finance")

    contact.post("/critical-days/new/", typed(groups=[finance.pk]))

    made = CriticalDays.objects.get()
    assert (made.entered_by, list(made.groups.all())) == (dora, [finance])
    assert (made.start, made.end) == (
        datetime(2030, 6, 3, 6, 0, tzinfo=UTC),
        datetime(2030, 6, 7, 16, 0, tzinfo=UTC),
    )


def test_the_end_must_come_after_the_start(contact):
    response = contact.post("/critical-days/new/", typed(end="2030-06-01T08:00"))

    assert response.context["form"].errors["end"] == ["The end must be after the start."]
    assert CriticalDays.objects.count() == 0


def test_department_contacts_change_their_own_entries_and_no_others(contact, dora, soon):
    own, other = critical_days(start=soon, entered_by=dora), critical_days(name="Audit", start=soon)
    seen = contact.get(reverse("critical_days_edit", args=[own.pk])).context["form"]["seen"].value()

    contact.post(reverse("critical_days_edit", args=[own.pk]), typed(seen=seen))
    refused = [
        contact.post(reverse(name, args=[other.pk]), typed()) for name in ("critical_days_edit", "critical_days_delete")
    ]

    assert [response.status_code for response in refused] == [403, 403]
    assert "Only those who entered these critical days" in refused[0].content.decode()
    assert set(CriticalDays.objects.values_list("name", flat=True)) == {"Final examinations", "Audit"}


def test_managers_change_all_entries(client, ana, soon):
    entry = critical_days(start=soon)
    client.force_login(ana)

    client.post(reverse("critical_days_delete", args=[entry.pk]))

    assert CriticalDays.objects.count() == 0


def test_a_deleted_entry_comes_back_with_all_it_protects(contact, dora, soon):
    finance, harbour, mail = group(), site(), service()
    entry = critical_days(start=soon, entered_by=dora, groups=[finance], sites=[harbour], services=[mail])

    response = contact.post(reverse("critical_days_delete", args=[entry.pk]), follow=True)
    assert CriticalDays.objects.count() == 0

    contact.post(undo(response))
    back = CriticalDays.objects.get()
    assert (back.pk, back.start, back.entered_by) == (entry.pk, entry.start, dora)
    assert (list(back.groups.all()), list(back.sites.all()), list(back.services.all())) == (
        [finance],
        [harbour],
        [mail],
    )


def test_nobody_invents_an_entry_by_the_address_of_an_undo(contact):
    assert contact.post(reverse("critical_days_bring_back", args=["invented"])).status_code == 403
    assert CriticalDays.objects.count() == 0


def test_readers_see_the_days_and_enter_none(client, soon):
    critical_days(start=soon)
    client.force_login(account(role=Role.READER))

    assert listed(client.get("/critical-days/")) == ["Examinations"]
    response = client.post("/critical-days/new/", typed())
    assert response.status_code == 403
    assert "Department contact" in response.content.decode()
    assert CriticalDays.objects.count() == 1


def test_no_days_ahead_says_what_they_are_for(contact):
    assert "No critical days ahead" in contact.get("/critical-days/").content.decode()


def test_windows_that_meet_the_days_are_shown_while_they_are_entered_and_nothing_is_saved(contact, dora):
    mail, finance = service("Mail"), group("Finance")
    mail.users.add(finance)
    window = milestone(upgrade("Mail migration", services=[mail]), start=datetime(2030, 6, 4, 20, tzinfo=UTC))

    page = contact.post("/critical-days/new/", typed(groups=[finance.pk], check="1"))
    assert [(hit.milestone, hit.shared) for hit in page.context["hits"]] == [(window, ("Finance",))]
    assert "Those who plan this window see it at once." in page.content.decode()

    page = contact.post("/critical-days/new/", typed(groups=[group().pk], check="1"))
    assert page.context["hits"] == []
    assert contact.post("/critical-days/new/", {"check": "1"}).context["hits"] is None
    assert contact.post("/critical-days/new/", typed(time_zone="Mars/Olympus", check="1")).context["hits"] is None
    assert CriticalDays.objects.count() == 0


def test_entered_days_show_the_windows_that_meet_them(contact, dora, soon):
    window = milestone(start=soon)
    entry = critical_days(start=soon, entered_by=dora)

    page = contact.get(reverse("critical_days_edit", args=[entry.pk]))

    assert [hit.milestone for hit in page.context["hits"]] == [window]


@pytest.mark.parametrize(
    "address",
    [
        *("/upgrades/new/", "/people/new/", "/services/new/", "/upgrades/mail/milestones/new/"),
        *("/upgrades/mail/edit/", "/upgrades/mail/plan/new/", "/upgrades/mail/notices/new/", "/surveys/new/"),
    ],
)
def test_department_contacts_enter_days_and_do_nothing_else(contact, address):
    upgrade("Mail", slug="mail")

    assert contact.get("/critical-days/new/").status_code == 200
    assert contact.post(address, {}).status_code == 403
