"""What others make of the same letters, the same server and the same sink."""

import json
import subprocess
from pathlib import Path

from django.db import connection

from notices.channels.base import Envelope
from tools.bench.sending.programs import CHECKOUT, Missing

PYTHON = CHECKOUT / ".set-up" / "peers" / "bin" / "python"
RUN = Path(__file__).with_name("peers_run.py")
NAMES = ["django-post_office", "django-mailer", "Django send_messages"]
DATABASE = "peers"
PATIENCE = 400  # seconds
PERSONAL = "@@"


def prepare() -> None:
    """A database beside ours. Raises Missing."""
    if not PYTHON.exists():
        raise Missing("The peers are missing: `make bench` installs them, or `python3 tools/set_up.py bench`.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f"CREATE DATABASE {DATABASE}")


def measure(peer: str, letter: Envelope, *, messages: int, port: int, folder: Path) -> float:
    """Messages per second."""
    job = folder / "job.json"
    known = connection.get_connection_params()
    database = {"NAME": DATABASE, "USER": known["user"], "HOST": known["host"]}
    database |= {"PASSWORD": known.get("password", ""), "PORT": str(known.get("port", ""))}
    content = {
        "subject": letter.subject,
        "text": str(letter.text).replace(letter.name, PERSONAL),
        "html": str(letter.html).replace(letter.name, PERSONAL),
        "sender": letter.sender,
        "files": [[one.filename, one.data.decode(), "text/calendar"] for one in letter.calendars],
    }
    job.write_text(json.dumps({"peer": peer, "messages": messages, "port": port, "database": database} | content))
    done = subprocess.run(
        [PYTHON, "-W", "ignore", RUN, job], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise Missing(f"{peer} failed: {done.stderr.strip().splitlines()[-1:]}")
    return messages / json.loads(done.stdout.splitlines()[-1])["seconds"]
