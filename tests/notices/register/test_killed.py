"""A worker that is killed while it merges or erases somebody: nothing has changed, and it can be done again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction

from feedback import concerns
from feedback.models import Concern
from notices.register import erasing, merging
from stakeholders.enums import Topic
from stakeholders.models import Person
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.test_at_once import WAITING
from tests.notices.pipeline.test_deliver import database_url

CHECKOUT = Path(__file__).parents[3]
WAITERS = """
SELECT coalesce(array_agg(pid), '{}') FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""
STILL_THERE = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
CHILD = """
from django.utils import timezone
from accounts.models import Account
from notices.register import erasing, merging
from stakeholders.models import Person
cai, twin = Person.objects.get(name="Cai Carter"), Person.objects.get(name="Carter, Cai")
by = Account.objects.get(pk={by})
{act}
"""
ACTS = {
    "merging.merge(cai, twin, by=by, now=timezone.now())": lambda cai, twin, by: merging.merge(
        cai, twin, by=by, now=NOW
    ),
    "erasing.erase(twin, reason='They asked.', by=by, now=timezone.now())": lambda _cai, twin, by: erasing.erase(
        twin, reason="They asked.", by=by, now=NOW
    ),
}


@pytest.fixture
def twin(transactional_db, cai):
    """With something in many tables."""
    twin = factories.person("Carter, Cai", email="c.carter@example.org", external_id="4711", groups=[factories.group()])
    twin.opt_out(Topic.NEWS)
    upgrade = factories.upgrade()
    upgrade.stakeholders.create(person=twin)
    factories.released_notice(people=[cai, twin])
    concerns.raise_(upgrade, text="When?", source="page", person=twin)
    return twin


@pytest.mark.parametrize("words", ACTS)
def test_kill_9_in_the_middle_changes_nothing_and_it_can_be_done_again(ana, cai, twin, words):
    before = everything()

    with transaction.atomic():  # it gets as far as the concern, which comes after much else, and waits there
        Concern.objects.select_for_update().get()
        worker = start(words, ana)
        wait_for(WAITING, worker, more_than=0)
        backends = ask(WAITERS)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    wait_for(STILL_THERE, None, backends, more_than=-1)
    assert everything() == before

    ACTS[words](cai, Person.objects.get(pk=twin.pk), ana)

    assert everything() != before
    twin.refresh_from_db()
    assert (twin.merged_into == cai) or twin.erased_at
    assert not twin.memberships.exists()


def everything() -> dict[str, list[tuple]]:
    """Every row of every table, with the history."""
    there = set(connection.introspection.table_names())
    tables = [model for model in apps.get_models() if model._meta.db_table in there]
    return {one._meta.db_table: sorted(one._base_manager.values_list(), key=repr) for one in tables}


def start(words, by):
    env = os.environ | {"DATABASE_URL": database_url(), "PYTHONWARNINGS": "ignore"}
    code = CHILD.format(act=words, by=by.pk)
    return subprocess.Popen([sys.executable, "manage.py", "shell", "--no-imports", "-c", code], cwd=CHECKOUT, env=env)


def ask(question, *values):
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def wait_for(question, worker, *values, more_than):
    """Until the number is more than this; with -1, until it is none."""
    until = time.monotonic() + 180
    while True:
        number = ask(question, *values)
        if number == 0 if more_than < 0 else number > more_than:
            return
        assert time.monotonic() < until
        assert worker is None or worker.poll() is None
        time.sleep(0.05)
