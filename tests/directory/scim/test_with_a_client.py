"""A SCIM client that others wrote goes through all that it knows of the protocol."""

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server


@pytest.fixture
def scim(token):
    """The test's transaction would end with the connection that a request closes."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    headers = {"Authorization": f"Bearer {token[1]}"}
    yield WSGISCIMClient(get_wsgi_application(), base_url="http://testserver/scim/v2", headers=headers)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


ALWAYS_THERE = {"name", "displayName", "preferredLanguage", "timezone", "active"}  # no person is without them


def test_the_tester_finds_only_that_a_person_keeps_name_language_zone_and_state(scim):
    results = check_server(scim)

    errors = [(result.title, result.reason) for result in results if result.status in (Status.ERROR, Status.CRITICAL)]
    assert len([result for result in results if result.status == Status.SUCCESS]) > 80
    assert set(errors) == {
        ("check_remove_attribute", f"PATCH modify() did not remove attribute '{name}'") for name in ALWAYS_THERE
    }
