"""Every change of what people edit has an author, the choices of a milestone or service among them."""

import pytest
from django.apps import apps
from django.urls import reverse

from tests.factories import critical_days, group, milestone, service, site, upgrade

pytestmark = pytest.mark.django_db


def story(name: str, **of) -> list[tuple]:
    """Label and author of each event, in order."""
    events = apps.get_model("upgrades", f"{name}Event").objects.filter(**of).order_by("pgh_id")
    return [(event.pgh_label, event.pgh_context and event.pgh_context.metadata.get("user")) for event in events]


def test_who_took_a_group_from_a_service_is_known(client, ana):
    board = group("Board")
    mail = service("Mail", users=[board])
    client.force_login(ana)
    address = reverse("service_edit", args=[mail.pk])
    seen = client.get(address).context["form"]["seen"].value()

    client.post(address, {"name": "Post", "users": [], "seen": seen})

    assert story("ServiceUsers", service_id=mail.pk, group_id=board.pk) == [("insert", None), ("delete", ana.pk)]
    assert story("Service", pgh_obj=mail.pk) == [("insert", None), ("update", ana.pk)]


@pytest.mark.parametrize(
    ("name", "owner", "relation", "chosen"),
    [
        ("ServiceUsers", service, "users", group),
        ("ServiceSites", service, "sites", site),
        ("UpgradeServices", upgrade, "services", service),
        ("MilestoneServices", milestone, "services", service),
        ("MilestoneSites", milestone, "sites", site),
        ("CriticalDaysGroups", critical_days, "groups", group),
        ("CriticalDaysSites", critical_days, "sites", site),
        ("CriticalDaysServices", critical_days, "services", service),
    ],
)
def test_every_choice_leaves_a_trace_and_so_does_taking_it_back(name, owner, relation, chosen):
    row = owner()
    getattr(row, relation).set([chosen()])
    getattr(row, relation).clear()

    assert [label for label, _ in story(name)] == ["insert", "delete"]
