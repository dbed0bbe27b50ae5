"""The library, kept on a leash: it connects to checked addresses only, and what it says of a failure is heard.

It is imported with the first message: it takes a second and 40 MB that no web process should pay for.
"""

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from notices.channels.base import Accepted, AddressRefused, ChannelDown, ChannelError, Later
from notices.channels.http import Answer, refusal
from notices.channels.leash import on_the_leash

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
STATUS = re.compile(r"error=(\d+)")
NO_ANSWER = re.compile(r"connection error", re.IGNORECASE)
NO_SUCH_NUMBER = {"21211", "21214", "21217", "21610", "21612", "21614", "21408"}  # of Twilio
MEANT = {"20003": 401, "20429": 429, "20005": 401}


def notify(url: str, *, title: str, body: str, service: str) -> Accepted:
    """Raises ChannelError and its kinds."""
    plugin = _plugin(url)
    with on_the_leash() as leash, _heard() as words:
        try:
            done = plugin.notify(title=title, body=body, notify_type="info", body_format="text")
        except TypeError as error:  # what the library raises for a message that has nothing in it
            raise ChannelError(f"{service}: {error}", permanent=True) from error
    if done:
        return Accepted(f"{service} took it")
    raise judged(" ".join(words), service=service, refused=leash.refused, unreached=not leash.reached)


def judged(words: str, *, service: str, refused: str = "", unreached: bool = False) -> ChannelError:
    """What the library said in prose, as one of few things."""
    if refused:
        return ChannelError(refused, permanent=True)
    sentence = f"{service}: {words[:250] or 'it did not take the message'}"
    found = STATUS.search(words)
    code = found[1] if found else ""
    if code in NO_SUCH_NUMBER:
        return AddressRefused(sentence)
    status = MEANT.get(code, _status(code))
    if status:
        told = refusal(Answer(status), service=service)
        kind = type(told)
        if kind in (ChannelDown, AddressRefused):
            return kind(sentence)
        return ChannelError(sentence, permanent=told.permanent, unknown=told.unknown, later=told.later)
    if NO_ANSWER.search(words):
        return ChannelError(sentence, permanent=False, unknown=not unreached, later=Later.LOST)
    return ChannelError(sentence, permanent=False)


def _status(code: str) -> int:
    """Some services make codes of their own from those of HTTP: 40301."""
    return int(code[:3]) if len(code) in (3, 5) and code[0] in "345" else 0


def _plugin(url: str) -> Any:
    apprise, asset = _library()
    with _unheard():
        plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise ChannelError("This is not an address of Apprise.", permanent=True)
    plugin.request_rate_per_sec = 0  # outlets have limits of their own
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    plugin.verify_certificate, plugin.redirects = True, False
    return plugin


@cache
def _library() -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of modules of Python that its plugins still use
        import apprise  # noqa: PLC0415  heavy

        apprise.Apprise.instantiate("json://localhost")  # plugins are imported with the first address
    asset = apprise.AppriseAsset(
        app_id="CommsPlan",
        app_desc="CommsPlan",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        secure_logging=True,
        async_mode=False,
    )
    return apprise, asset


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.words.append(record.getMessage())


@contextmanager
def _unheard() -> Iterator[None]:
    """It writes what it cannot read into the log, and that is a secret."""
    log, thread = logging.getLogger("apprise"), threading.get_ident()

    def is_of_others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    log.addFilter(is_of_others)
    try:
        yield
    finally:
        log.removeFilter(is_of_others)


@contextmanager
def _heard() -> Iterator[list[str]]:
    ear, log = _Ear(), logging.getLogger("apprise")
    log.addHandler(ear)
    try:
        yield ear.words
    finally:
        log.removeHandler(ear)
