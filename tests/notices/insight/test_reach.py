"""Whom a notice would reach."""

import pytest

from notices.insight import reach
from notices.models import Notice
from stakeholders.enums import Channel
from tests import factories

pytestmark = pytest.mark.django_db


def test_rooms_are_no_people():
    notice = factories.approved_notice()
    cai = factories.person(name="Cai")
    room = factories.person(name="Staff room", email="", is_list=True)
    factories.address(room, Channel.SLACK)
    factories.outlet(Channel.SLACK)
    Notice.objects.filter(pk=notice.pk).update(
        audience={"people": [cai.pk, room.pk]}, channels=[Channel.EMAIL, Channel.SLACK]
    )
    notice.refresh_from_db()

    found = reach.of(notice, on=None)

    assert (found.goes_to, found.rooms, found.who) == (2, 1, "1 person and 1 room")
