"""Stops what runs with a data folder, from another terminal or after its own is gone."""

import fcntl
import os
import re
import signal
import time
from contextlib import suppress

from commsplan.embedded import NotStarted
from commsplan.embedded.places import Places, places
from commsplan.embedded.saying import say

LONGEST = 150.0  # a worker finishes what it is sending


def stop() -> int:
    at = places()
    pid = _supervisor(at)
    if pid is None:
        say(f"Nothing runs with the data folder {at.data}.")
        return 0
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as error:
        raise NotStarted(f"Process {pid} belongs to somebody else: stop it as that user.") from error
    except ProcessLookupError:
        pass
    deadline = time.monotonic() + LONGEST
    while _supervisor(at) == pid:
        if time.monotonic() > deadline:
            raise NotStarted(f"Process {pid} does not stop.")
        time.sleep(0.1)
    say("Stopped.")
    return 0


def _supervisor(at: Places) -> int | None:
    """The process that holds the lock."""
    with suppress(FileNotFoundError):
        held = os.open(at.lock("supervisor"), os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found = re.search(rb"\(process (\d+)\)", os.pread(held, 200, 0))
            return int(found[1]) if found else None
        finally:
            os.close(held)
    return None
