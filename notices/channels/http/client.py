"""Asks, and follows no redirect."""

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from notices.channels import guard
from notices.channels.base import ChannelDown, ChannelError, Later, NotOurs, said_by
from notices.channels.http.answer import Answer
from notices.channels.http.line import Line

SECONDS = 30.0  # for a whole exchange
JSON = "application/json; charset=utf-8"


@dataclass
class Client:
    """Belongs to one thread, and keeps the connection to the last server. `only_server`: all that is sent over the
    channel goes there, so while it cannot be reached, the channel is down."""

    only_server: bool = False
    seconds: float = SECONDS
    encryption: ssl.SSLContext | None = None
    _line: Line | None = None

    def post(self, url: str, content: bytes, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        return self.ask("POST", url, content, headers={"Content-Type": JSON} | dict(headers or {}), **options)

    def ask(
        self,
        method: str,
        url: str,
        content: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        may_leave: Callable[[], bool] = lambda: True,
        repeatable: bool = False,
    ) -> Answer:
        """`repeatable`: the other side knows a second copy for what it is. Raises ChannelError and its kinds."""
        until = monotonic() + self.seconds
        line, parts = self._connected(url, until)
        if not may_leave():
            raise NotOurs
        try:
            line.write(method, parts, content, headers or {}, until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unreachable(f"The connection to {parts.hostname} was lost: {said_by(error)}") from error
        try:
            answer = line.read(until)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise _unknown(parts.hostname or "", error, repeatable=repeatable) from error
        if not line.is_good:
            self.close()
        return answer

    def close(self) -> None:
        line, self._line = self._line, None
        if line:
            line.close()

    def _connected(self, url: str, until: float) -> tuple[Line, SplitResult]:
        try:
            parts = guard.read(url)
            if self._line and not self._line.leads_to(parts):
                self.close()
            self._line = self._line or Line.open(parts, until, self.encryption or _encryption())
        except guard.NotAllowed as error:
            raise self._closed(str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            host = urlsplit(url).netloc.rpartition("@")[2]
            raise self._away(f"{host} cannot be reached: {said_by(error)}") from error
        return self._line, parts

    def _away(self, sentence: str) -> ChannelError:
        return ChannelDown(sentence) if self.only_server else Unreachable(sentence)

    def _closed(self, sentence: str) -> ChannelError:
        return ChannelDown(sentence) if self.only_server else ChannelError(sentence, permanent=True)


class Unreachable(ChannelError):
    """Nothing was handed over, and this server cannot be reached now."""

    def __init__(self, sentence: str):
        super().__init__(sentence, permanent=False, later=Later.LOST)


@cache
def _encryption() -> ssl.SSLContext:
    return ssl.create_default_context()


def _unknown(host: str, error: Exception, *, repeatable: bool) -> ChannelError:
    sentence = f"{host} did not confirm: {said_by(error)}"
    later = Later.TIMED_OUT if isinstance(error, TimeoutError) else Later.LOST
    return ChannelError(sentence, permanent=False, unknown=not repeatable, later=later)
