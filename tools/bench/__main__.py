"""`python -m tools.bench`: measures in databases of its own, and ends by itself. PART=plan or PART=send: one part."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from commsplan.embedded import background, stores
from tools.bench.sending import programs

PARTS = ("plan", "send")


def main() -> int:
    """Each part in a process and a database of its own."""
    part = os.environ.get("PART") or ""
    if part in PARTS:
        in_own_folder(part)
        return 0
    if part:
        sys.exit(f"PART is one of: {', '.join(PARTS)}.")
    command = [sys.executable, "-m", "tools.bench"]
    return max(_alone(command, os.environ | {"PART": part}) for part in PARTS)


def _alone(command: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(command, env=environment, check=False, preexec_fn=background.stop_with_parent).returncode


def in_own_folder(part: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    folder = tempfile.mkdtemp(prefix="commsplan-bench-", dir="/tmp")  # short: sockets have short paths
    try:
        measure(part, Path(folder))
    finally:
        stores.leave(folder)
        shutil.rmtree(folder, ignore_errors=True)


def measure(part: str, folder: Path) -> None:
    import django  # noqa: PLC0415  settings need the address of the database

    port = programs.free_port()
    os.environ.update(
        stores.ensure(folder),
        DJANGO_SETTINGS_MODULE="commsplan.settings",
        SECRET_KEY=secrets.token_urlsafe(40),
        BASE_URL="http://localhost",
        EMAIL_URL=f"smtp://{programs.LOOPBACK}:{port}" if part == "send" else "memorymail://",
        LOG_LEVEL="ERROR",
    )
    django.setup()
    if part == "send":
        from tools.bench.sending import measuring  # noqa: PLC0415  models need the settings

        measuring.measure(folder, port, measuring.chosen_parts())
        return
    from tools.bench import arrivals, beliefs, checks, organisation  # noqa: PLC0415

    organisation.build()
    checks.measure()
    arrivals.measure()
    beliefs.measure()


if __name__ == "__main__":
    sys.exit(main())
