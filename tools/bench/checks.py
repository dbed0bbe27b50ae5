"""How long the check of one plan takes, in one process, the first time and then."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.audiences import crowds
from notices.audiences.asked import Asked
from notices.lint import checking, loading
from notices.models import Notice
from tools.bench.organisation import NOW
from upgrades.models import Upgrade

TIMES = 5


def measure() -> None:
    upgrade = Upgrade.objects.get(slug="upgrade-7")
    notices = Notice.objects.select_related("upgrade", "milestone", "survey")
    asked = {one.key: one for one in (Asked.of(notice, now=NOW) for notice in notices)}
    plain = {one.key: one for one in (Asked(one.rule, one.upgrade, one.milestone) for one in asked.values())}
    print(f"{Notice.objects.count():,} notices, {len(plain)} audiences, {len(asked)} with the deputies of a day")
    report("crowds of all audiences", lambda: crowds.load(plain.values()))
    report("crowds with deputies", lambda: crowds.load(asked.values()))
    report("loading one plan", lambda: loading.load(upgrade, now=NOW))
    report("checking one plan", lambda: checking.check(upgrade, now=NOW))
    found = checking.check(upgrade, now=NOW)
    print(f"{len(found.findings)} findings")


def report(name: str, act: Callable[[], object]) -> None:
    with CaptureQueriesContext(connection) as queries:
        first = _took(act)
    again = [_took(act) for _ in range(TIMES)]
    times = f"first {first:6.3f} s   then {median(again):6.3f} s   best {min(again):6.3f} s"
    print(f"{name:26} {times}   {len(queries):3} queries")


def _took(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start
