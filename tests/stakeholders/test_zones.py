"""Somebody new most likely lives where most people do."""

import pytest
from django.conf import settings
from django.urls import reverse

from stakeholders import zones
from tests import factories

pytestmark = pytest.mark.django_db


def test_with_nobody_there_it_is_the_zone_of_the_installation():
    assert zones.usual() == settings.TIME_ZONE


def test_without_sites_it_is_that_of_most_people():
    for zone in ("Europe/Berlin", "Europe/Berlin", "Asia/Tokyo"):
        factories.person(time_zone=zone)

    assert zones.usual() == "Europe/Berlin"


def test_the_site_with_most_people_says_it():
    factories.person(site=factories.site(time_zone="America/New_York"), time_zone="Europe/Berlin")
    factories.person(time_zone="Europe/Berlin")

    assert zones.usual() == "America/New_York"


@pytest.mark.parametrize("name", ["person_new", "site_new"])
def test_a_form_for_something_new_offers_it(name, client, ana):
    factories.person(site=factories.site(time_zone="America/New_York"))
    client.force_login(ana)

    page = client.get(reverse(name))

    assert page.context["form"]["time_zone"].value() == "America/New_York"
