"""Who does the work of imports in the background."""

import os
import subprocess
import sys

WEB = "import commsplan.wsgi, directory.tasks as tasks; print(tasks.read_import.app.conf.broker_url)"


def test_a_page_asks_our_own_broker(settings):
    environment = {**os.environ, "REDIS_URL": settings.REDIS_URL, "DATABASE_URL": "postgres://localhost/nothing"}

    asked = subprocess.run([sys.executable, "-c", WEB], env=environment, capture_output=True, text=True, check=True)

    assert asked.stdout.strip() == settings.CELERY_BROKER_URL
