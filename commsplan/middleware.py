"""One id for everything that a request brings about, in the web process and in the workers."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Without what somebody searched for: that may be a name."""
        return f"{request.method} {request.path}"

    def process_got_request_exception(self, sender: type, request: HttpRequest, **_: object) -> None:
        """Django logs it already, with our id."""
