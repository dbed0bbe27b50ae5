"""The web process looks at the operation, too: it may be the only one that is left to say that the others are gone."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from commsplan.lib import clock

log = logging.getLogger(__name__)

EVERY = 60.0
Application = Callable[[dict[str, Any], Callable], Iterable[bytes]]


class Watched:
    """The application, and beside it a thread that begins with the first request; no reader waits for it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if self.thread is None or not self.thread.is_alive():
            self._begin()
        return self.application(environ, start_response)

    def _begin(self) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=_go_on, name="watch", daemon=True)
                self.thread.start()


def _go_on() -> None:
    """Not all processes in the same moment."""
    time.sleep(random.uniform(5, 20))  # noqa: S311
    while True:
        look_once()
        time.sleep(EVERY)


def look_once() -> None:
    from notices.operations import watching  # noqa: PLC0415 - has models, which are there once Django is set up

    try:
        watching.look(now=clock.as_far_as_known())
    except Exception:
        log.exception("look at the operation failed")
    finally:
        connection.close()
