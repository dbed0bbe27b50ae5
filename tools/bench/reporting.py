"""How long something takes, the first time and then."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

TIMES = 5


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
