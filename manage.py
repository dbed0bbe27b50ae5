#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL or REDIS_URL, the embedded servers run for as long as the command."""

import os
import signal
import sys
from pathlib import Path

import environ
from django.core.management import execute_from_command_line

from commsplan.embedded import NotStarted, stores

CHECKOUT = Path(__file__).resolve().parent


def main() -> None:
    sys.path.insert(0, str(CHECKOUT))
    environ.Env.read_env(CHECKOUT / ".env")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    try:
        complete_environment()
    except NotStarted as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


def complete_environment() -> None:
    if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        for name, value in (stores.ensure() | stores.addresses()).items():
            os.environ.setdefault(name, value)
    if "SECRET_KEY" not in os.environ:
        os.environ["SECRET_KEY"] = stores.secret_key()


if __name__ == "__main__":
    main()
