"""Shows every time in the reader's zone, and keeps what they see out of shared caches."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone


class ReaderSettings:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with timezone.override(settle(request.user)):
            response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response


def settle(account) -> ZoneInfo:
    """The zone that all views see: where nobody knows the stored one any more, UTC."""
    zone = zone_of(account)
    if account.is_authenticated and account.time_zone != zone.key:
        account.time_zone = zone.key
    return zone


def zone_of(account) -> ZoneInfo:
    try:
        return ZoneInfo(getattr(account, "time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
