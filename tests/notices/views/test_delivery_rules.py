"""The administrator says when it is quiet; two of them never overwrite each other."""

from datetime import time

import pytest

from accounts.enums import Role
from notices.models import DeliveryRules
from tests import factories

URL = "/delivery/rules/"
TYPED = {
    "quiet_from": "21:00",
    "quiet_until": "06:30",
    "quiet_weekends": "on",
    "most_per_week": "4",
    "digest_at": "08:30",
}


@pytest.fixture
def admin(client, db):
    client.force_login(factories.account("Eva Admin", role=Role.ADMINISTRATOR, email="eva@example.org"))
    return client


def seen(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0] if 'name="seen" value="' in page else ""


def test_the_usual_rules_are_offered_and_not_in_force(admin):
    page = admin.get(URL).content.decode()

    assert 'value="20:00"' in page
    assert "Nothing is held yet" in page
    assert DeliveryRules.objects.count() == 0


def test_saved_they_are_in_force(admin):
    answer = admin.post(URL, TYPED)

    assert answer.status_code == 302
    rules = DeliveryRules.objects.get()
    assert (rules.quiet_from, rules.quiet_until, rules.quiet_weekends, rules.most_per_week, rules.digest_at) == (
        time(21),
        time(6, 30),
        True,
        4,
        time(8, 30),
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quiet_until": ""}, "Give both the beginning and the end of the quiet hours, or neither."),
        ({"quiet_until": "21:00"}, "It would be quiet all day."),
        ({"most_per_week": "0"}, "Then everything would wait."),
        ({"digest_at": "noon"}, "Enter a valid time."),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_typed_is_lost(admin, typed, said):
    page = admin.post(URL, TYPED | typed).content.decode()

    assert said in page
    assert 'value="4"' in page or typed.get("most_per_week") == "0"
    assert DeliveryRules.objects.count() == 0


def test_two_administrators_get_a_conflict(admin):
    admin.post(URL, TYPED)
    before = seen(admin.get(URL).content.decode())
    DeliveryRules.objects.update(most_per_week=9)

    page = admin.post(URL, TYPED | {"seen": before, "most_per_week": "2"}).content.decode()

    assert "Somebody else saved this while you were editing" in page
    assert DeliveryRules.objects.get().most_per_week == 9


def test_who_may_not_manage_delivery_does_not_get_there(client, ana):
    client.force_login(ana)

    assert client.get(URL).status_code == 403
    assert client.post(URL, TYPED).status_code == 403
    assert DeliveryRules.objects.count() == 0


def test_the_page_asks_the_same_for_one_person_and_for_three(admin, django_assert_num_queries):
    factories.person("One", time_zone="Europe/Berlin")
    with django_assert_num_queries(7):
        admin.get(URL)
    for zone in ("Pacific/Auckland", "America/Chicago"):
        factories.person(zone, time_zone=zone)

    with django_assert_num_queries(7):
        page = admin.get(URL).content.decode()

    assert "Pacific/Auckland" in page
