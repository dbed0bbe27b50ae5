#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL or REDIS_URL, the embedded servers run for as long as the command."""

import os
import signal
import sys
from itertools import takewhile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent
VENV = CHECKOUT / ".venv"


def use_own_python(missing: str | None) -> None:
    """Somebody typed `python manage.py`: the packages are in .venv, which `make` fills."""
    python = VENV / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != VENV:
        os.execv(python, [str(python), str(CHECKOUT / "manage.py"), *sys.argv[1:]])  # noqa: S606
    sys.exit(f"{missing} is not installed. Run make demo or make test first: they make .venv.")


try:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from commsplan import environment
    from commsplan.embedded import NotStarted, stores
except ModuleNotFoundError as error:
    use_own_python(error.name)


RECEIVING = "receive_mail"
TRY_AGAIN = 75  # EX_TEMPFAIL: the mail server that pipes a mail to us keeps it
NOWHERE = {"DATABASE_URL": "postgres://localhost/none", "REDIS_URL": "redis://localhost"}


def main() -> None:
    sys.path.insert(0, str(CHECKOUT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        environment.read(environment.file_of(CHECKOUT))
        environment.check()
        complete_environment()
        execute_from_command_line(sys.argv)
    except (NotStarted, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        sys.exit(TRY_AGAIN if RECEIVING in sys.argv[1:2] else 1)


def complete_environment() -> None:
    if only_reads():
        complete_with({**stores.addresses(), **NOWHERE, "SECRET_KEY": stores.known_secret_key() or "none" * 16})
    if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        complete_with(stores.ensure() | stores.addresses())
    if "SECRET_KEY" not in os.environ:
        os.environ["SECRET_KEY"] = stores.secret_key()


def only_reads() -> bool:
    """Help, and what a mail says that came back: no server is needed, so none is started."""
    options = [one for one in sys.argv[1:] if not one.startswith("-")]
    asks = {"-h", "--help", "--version"} & set(takewhile(lambda one: one != "--", sys.argv[1:]))
    return (
        bool(asks)
        or options[:1] in ([], ["help"], ["version"])
        or (options[0] == RECEIVING and "--dry-run" in sys.argv)
    )


def complete_with(values: dict[str, str]) -> None:
    for name, value in values.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    main()
