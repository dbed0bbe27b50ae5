"""What Django's page of an error, which is there with DEBUG alone, must not show either: addresses with a password."""

import re

from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|_URL$|BROKER|LOCATION|PROXY", re.IGNORECASE
    )
