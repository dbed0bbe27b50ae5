import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # they load every page: 23 MB more in each worker (143 to 120)

app = Celery("commsplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def leave_logs_as_they_are(**_):
    """LOG_LEVEL and LOG_FORMAT hold for workers and beat, too."""
