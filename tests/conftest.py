"""Test settings, and the servers of one test run: a PostgreSQL and a Valkey in a temporary folder of their own."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import django
import hypothesis
import pytest
from pytest_django.plugin import blocking_manager_key
from xdist.scheduler import LoadScopeScheduling

from commsplan.embedded import stores
from commsplan.embedded.places import places

FOLDERS = Path("/tmp")  # short: the path of a socket may have about 100 characters
PREFIX = f"commsplan-tests-{os.getuid()}-"
SITES = ("tests/embedded/test_site.py", "tests/faults/site/")
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "commsplan.settings",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright keeps an event loop in the thread that the tests run in
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "a key for tests only, long enough for Django's own check of its length",
    "DEBUG": "false",
    "BASE_URL": "http://testserver",
    "EMAIL_URL": "memorymail://",
    "STATIC_ROOT": str(Path(__file__).parents[1] / "static"),  # exists; whitenoise warns of a folder that does not
    "STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "STATIC_FROM_SOURCE": "true",
    "LOG_LEVEL": "WARNING",
}


# Each run draws the same, and takes its time; `--hypothesis-profile=default` looks further.
DRAWS = hypothesis.settings(
    derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Before pytest-django loads the settings. Workers of xdist inherit the environment of whoever starts them."""
    os.environ.update(SETTINGS)
    hypothesis.settings.register_profile("same", DRAWS)
    hypothesis.settings.load_profile("same")
    if worker := getattr(config, "workerinput", None):
        database = 1 + int(worker["workerid"].removeprefix("gw")) % 15  # clearing a cache empties a whole database
        os.environ["REDIS_URL"] += f"?db={database}"
        os.environ["REDIS_PREFIX"] = f"tests-{worker['workerid']}"
        return
    sweep()
    config.servers = tempfile.mkdtemp(prefix=PREFIX, dir=FOLDERS)
    os.environ.update(stores.ensure(config.servers), REDIS_PREFIX="tests")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config, specs):
    """A worker that finds this in its environment would load the settings before it has an address of its own."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


class TogetherWhereNeeded(LoadScopeScheduling):
    """Tests of one site follow upon each other, so one worker runs them all; every other test goes anywhere."""

    def _split_scope(self, nodeid):
        return next((site for site in SITES if nodeid.startswith(site)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return TogetherWhereNeeded(config, log)


def pytest_sessionstart(session):
    """The cast needs Django's models, so it comes once the settings are known."""
    django.setup()
    session.config.stash[blocking_manager_key].block()  # only tests that ask for the database may use it
    session.config.pluginmanager.import_plugin("tests.fixtures.cast")


def pytest_unconfigure(config):
    if servers := getattr(config, "servers", None):
        stores.leave(servers)
        shutil.rmtree(servers, ignore_errors=True)


def sweep():
    """Stop and remove what killed test runs left behind."""
    for folder in FOLDERS.glob(f"{PREFIX}*"):
        at = places(folder)
        with suppress(FileNotFoundError):  # another run is faster
            if time.time() - folder.stat().st_mtime > 60 and not stores.in_use(at):
                stores.stop(at)
                shutil.rmtree(folder, ignore_errors=True)
