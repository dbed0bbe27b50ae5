import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from commsplan import celery  # noqa: F401 - what a page asks of the workers goes to our broker
from commsplan.watch import Watched

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")

application = Watched(get_wsgi_application())
pages = get_resolver().url_patterns  # read now, so that nobody waits for them with the first request
