"""Shows every time in the reader's zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone


class ReaderSettings:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            zone = ZoneInfo(getattr(request.user, "time_zone", "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        with timezone.override(zone):
            return self.get_response(request)
