"""Shows every time in the reader's zone, and keeps what they see out of shared caches."""

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
            response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response
