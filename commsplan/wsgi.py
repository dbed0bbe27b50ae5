import os

from django.core.wsgi import get_wsgi_application

from commsplan import celery  # noqa: F401 - what a page asks of the workers goes to our broker
from commsplan.watch import Watched

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commsplan.settings")

application = Watched(get_wsgi_application())
