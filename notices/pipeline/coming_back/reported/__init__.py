"""What a provider reports over the web, once it has proved that it is the one."""

from datetime import datetime

from django.http import HttpRequest

from notices.pipeline.coming_back.reported import amazon, events
from notices.pipeline.coming_back.reported.events import Event
from notices.pipeline.coming_back.reported.proving import NotTheirs, NotUnderstood

AMAZON = "ses"
PROVIDERS = (AMAZON, *events.VIEWS)

__all__ = ["PROVIDERS", "Event", "NotTheirs", "NotUnderstood", "read"]


def read(request: HttpRequest, provider: str, secret: str, *, now: datetime) -> list[Event]:
    """Raises NotTheirs or NotUnderstood."""
    if provider == AMAZON:
        return amazon.read(request.body, topic=secret, now=now)
    return events.read(request, provider, secret, now=now)
