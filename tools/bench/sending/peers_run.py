"""Runs in an environment of its own, with what others made: `peers_run.py JOB`, a JSON file. Prints seconds as JSON.

Each peer with the settings it comes with; only where mail and database are is told. Measured is what a worker does
with a full queue, and for Django's `send_messages` building and sending.
"""

import json
import logging
import sys
import time
from pathlib import Path

import django
from django.conf import settings

BACKEND = "django.core.mail.backends.smtp.EmailBackend"
QUEUES = {"post_office": "post_office.EmailBackend", "mailer": "mailer.backend.DbBackend", "django": BACKEND}


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    settings.configure(
        SECRET_KEY="bench",  # noqa: S106
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office", "mailer"],
        DATABASES={"default": job["database"] | {"ENGINE": "django.db.backends.postgresql"}},
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=job["port"],
        MAILER_EMAIL_BACKEND=BACKEND,
        POST_OFFICE={"BACKENDS": {"default": BACKEND}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
        USE_TZ=True,
    )
    django.setup()
    logging.disable(logging.WARNING)
    from django.core.management import call_command  # noqa: PLC0415  needs the settings

    call_command("migrate", verbosity=0)
    print(json.dumps({"seconds": PEERS[job["peer"]](job)}))


def letters(job: dict) -> list:
    """The same words for everybody but for name and links, as our letters have them."""
    from django.core.mail import EmailMultiAlternatives  # noqa: PLC0415

    made = []
    for number in range(job["messages"]):
        text, html = (job[part].replace("@@", f"{number:08}") for part in ("text", "html"))
        mail = EmailMultiAlternatives(job["subject"], text, job["sender"], [f"person{number}@example.org"])
        mail.attach_alternative(html, "text/html")
        for name, content, kind in job["files"]:
            mail.attach(name, content, kind)
        made.append(mail)
    return made


def demand(everything_left: bool) -> None:
    if not everything_left:
        sys.exit("Not everything was sent.")


def send_messages(job: dict) -> float:
    from django.core.mail import get_connection  # noqa: PLC0415

    began = time.perf_counter()
    with get_connection(BACKEND) as connection:
        connection.send_messages(letters(job))
    return time.perf_counter() - began


def post_office(job: dict) -> float:
    from django.core.mail import get_connection  # noqa: PLC0415
    from post_office.mail import send_queued_mail_until_done  # noqa: PLC0415
    from post_office.models import STATUS, Email  # noqa: PLC0415

    Email.objects.all().delete()
    get_connection(QUEUES["post_office"]).send_messages(letters(job))
    began = time.perf_counter()
    send_queued_mail_until_done()
    took = time.perf_counter() - began
    demand(Email.objects.filter(status=STATUS.sent).count() == job["messages"])
    return took


def mailer(job: dict) -> float:
    from django.core.mail import get_connection  # noqa: PLC0415
    from mailer.engine import send_all  # noqa: PLC0415
    from mailer.models import Message  # noqa: PLC0415

    Message.objects.all().delete()
    get_connection(QUEUES["mailer"]).send_messages(letters(job))
    began = time.perf_counter()
    send_all()
    took = time.perf_counter() - began
    demand(not Message.objects.exists())
    return took


PEERS = {"django-post_office": post_office, "django-mailer": mailer, "Django send_messages": send_messages}


if __name__ == "__main__":
    main()
