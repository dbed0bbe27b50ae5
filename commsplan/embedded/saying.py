"""What the person at the keyboard reads. The terminal may be gone; that stops nothing."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


def say(text: str, *, end: str = "\n", to: TextIO | None = None) -> None:
    with suppress(OSError, ValueError):
        print(text, end=end, flush=True, file=to or sys.stdout)


@contextmanager
def step(title: str) -> Iterator[None]:
    began = time.monotonic()
    if sys.stdout.isatty():
        say(f"  … {title}", end="\r")
    yield
    say(f"  ✓ {title:<32} {time.monotonic() - began:5.1f} s")


def tell_logins() -> None:
    from sample.logins import logins  # noqa: PLC0415 (only `make demo` has a sample organisation)

    rows = logins()
    wide, wider = (max(len(row[column]) for row in rows) for column in (0, 1))
    say("\nSign in as:")
    for role, email, password in rows:
        say(f"  {role:<{wide}}  {email:<{wider}}  password {password}")
