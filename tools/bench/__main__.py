"""`python -m tools.bench`: builds a large organisation in a database of its own, and measures there. Ends by itself."""

import os
import secrets
import shutil
import tempfile

from commsplan.embedded import stores


def main() -> None:
    folder = tempfile.mkdtemp(prefix="commsplan-bench-", dir="/tmp")  # short: sockets have short paths
    try:
        measure(folder)
    finally:
        stores.leave(folder)
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: str) -> None:
    import django  # noqa: PLC0415  settings need the address of the database

    os.environ.update(
        stores.ensure(folder),
        DJANGO_SETTINGS_MODULE="commsplan.settings",
        SECRET_KEY=secrets.token_urlsafe(40),
        BASE_URL="http://localhost",
        EMAIL_URL="memorymail://",
        LOG_LEVEL="ERROR",
    )
    django.setup()
    from tools.bench import beliefs, checks, organisation  # noqa: PLC0415  models need the settings

    organisation.build()
    checks.measure()
    beliefs.measure()


if __name__ == "__main__":
    main()
