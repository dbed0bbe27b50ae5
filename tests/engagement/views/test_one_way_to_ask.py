"""Each act has one place on the page of an engagement."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories


@pytest.mark.parametrize("people", [0, 2])
def test_asking_people_and_sending_invitations_are_offered_once(client, ana, db, people):
    client.force_login(ana)
    meeting = factories.engagement(
        start=timezone.now() + timedelta(days=1), people=[factories.person() for _ in range(people)]
    )

    page = client.get(meeting.get_absolute_url()).content.decode()

    assert (page.count("Ask people<"), page.count("Send invitations<")) == (1, 1 if people else 0)
