"""`make test` runs a short form of the fault suite; `make faults` all of it, with other timings each time."""

import os
import random
import secrets

import pytest

from tests.fixtures.mailserver import mailserver

__all__ = ["mailserver"]

IS_LONG = os.environ.get("FAULTS") == "long"
SEED = os.environ.get("SEED") or secrets.token_hex(4)
ROUNDS = int(os.environ.get("ROUNDS") or 0) or (3 if IS_LONG else 1)
LEFT_OUT = [*([] if IS_LONG else ["long"]), *([] if os.geteuid() == 0 else ["root"])]
RESULTS = pytest.StashKey[list]()


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes its time, so only `make faults` runs it")
    config.addinivalue_line("markers", "root: mounts a small disk")
    config.stash.setdefault(RESULTS, [])


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in LEFT_OUT)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def dice(request):
    """The same for the same seed and test."""
    request.node.add_report_section("setup", "seed", f"Repeat it with SEED={SEED}")
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture
def rounds():
    return ROUNDS


@pytest.fixture
def results(request):
    """What came of it, for the table at the end."""
    found = request.config.stash[RESULTS]

    def note(**said):
        found.append((request.node.name, said))

    return note


def pytest_terminal_summary(terminalreporter, config):
    if not IS_LONG or not (found := config.stash[RESULTS]):
        return
    terminalreporter.section(f"faults (repeat with SEED={SEED} ROUNDS={ROUNDS})")
    for name, said in found:
        words = ", ".join(f"{what}: {value}" for what, value in said.items())
        terminalreporter.line(f"{name.removeprefix('test_').replace('_', ' ')}: {words}")
