#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL or REDIS_URL, the embedded servers run for as long as the command."""

import os
import signal
import sys
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
NOWHERE = {"DATABASE_URL": "postgres://localhost/none", "REDIS_URL": "redis://localhost", "SECRET_KEY": "none" * 16}


def main() -> None:
    sys.path.insert(0, str(CHECKOUT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        environment.read(CHECKOUT / ".env")
        environment.check()
        complete_environment()
        execute_from_command_line(sys.argv)
    except (NotStarted, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        sys.exit(TRY_AGAIN if RECEIVING in sys.argv[1:2] else 1)


def complete_environment() -> None:
    if RECEIVING in sys.argv[1:2] and "--dry-run" in sys.argv:
        for name, value in NOWHERE.items():
            os.environ.setdefault(name, value)
    if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        for name, value in (stores.ensure() | stores.addresses()).items():
            os.environ.setdefault(name, value)
    if "SECRET_KEY" not in os.environ:
        os.environ["SECRET_KEY"] = stores.secret_key()


if __name__ == "__main__":
    main()
