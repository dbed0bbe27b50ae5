import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")

app = Celery("commsplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
