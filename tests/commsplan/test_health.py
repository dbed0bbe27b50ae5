"""What machines ask: alive, able to work."""

import pytest
from django.db import DatabaseError, connection

from commsplan.lib import ready

pytestmark = pytest.mark.django_db


def said(response):
    return {name: check["said"] for name, check in response.json()["checks"].items() if not check["ok"]}


def test_a_process_that_can_work_says_so_to_everybody(client):
    response = client.get("/readyz", REMOTE_ADDR="203.0.113.9")

    assert (response.status_code, response.json()["ready"], said(response)) == (200, True, {})
    assert list(response.json()["checks"]) == ["database", "writing", "migrations", "queue", "static"]
    assert all(check["ms"] >= 0 for check in response.json()["checks"].values())
    assert "no-store" in response.headers["Cache-Control"]


def test_a_read_only_database_is_said(client):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")

    response = client.get("/readyz")

    assert (response.status_code, said(response)) == (503, {"writing": "The database is read-only."})
    assert client.get("/healthz").status_code == 200


def test_a_migration_that_waits_is_said(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")

    response = client.get("/readyz")

    assert (response.status_code, said(response)) == (
        503,
        {"migrations": "1 app waits for a migration of the database."},
    )


def test_a_queue_that_is_away_is_said_without_its_address(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    }

    response = client.get("/readyz")

    assert (response.status_code, said(response)) == (503, {"queue": "The queue does not answer."})
    assert b"127.0.0.1" not in response.content


def test_missing_files_are_said(client, monkeypatch):
    monkeypatch.setattr(ready, "SHEET", "dist/no-such.css")

    response = client.get("/readyz")

    assert (response.status_code, said(response)) == (503, {"static": "The style sheet is missing."})


def test_a_database_that_is_away_is_said_without_its_address(client):
    """The rest of this connection's transaction refuses everything, as a lost one does."""
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert set(said(response).values()) == {"The database does not answer."}
