"""A writer in a thread, a reader that takes what it has written: a file of any size leaves while it is made. In between
are a few blocks, so neither runs ahead, and memory stays small."""

import io
from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import IO, cast

from django.db import connection

BLOCK = 1 << 18
BLOCKS = 8
PATIENCE = 60.0  # seconds without a taker: nobody holds a snapshot of the database for a download that hangs


class Abandoned(Exception):
    """Nobody takes it any more."""


class _Pipe(io.RawIOBase):
    def __init__(self) -> None:
        self.blocks: Queue[bytes | BaseException | None] = Queue(maxsize=BLOCKS)
        self.is_abandoned = Event()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.put(bytes(data))
        return len(data)

    def put(self, block: bytes | BaseException | None) -> None:
        waited = 0.0
        while not self.is_abandoned.is_set() and waited < PATIENCE:
            try:
                return self.blocks.put(block, timeout=1)
            except Full:
                waited += 1
        raise Abandoned("The download was given up.")


def pipe(write: Callable[[IO[bytes]], object]) -> Iterator[bytes]:
    """What `write` writes, on a connection to the database of its own. An error there is one here, so that a download
    breaks off and is not taken for whole."""
    pipe = _Pipe()
    worker = Thread(target=_work, args=(write, pipe), daemon=True)
    worker.start()
    try:
        while (block := _next(pipe, worker)) is not None:
            yield block
    finally:
        pipe.is_abandoned.set()
        worker.join(PATIENCE)


def _next(pipe: _Pipe, worker: Thread) -> bytes | None:
    while True:
        try:
            block = pipe.blocks.get(timeout=1)
        except Empty:
            if not worker.is_alive() and pipe.blocks.empty():
                raise Abandoned("The writer has stopped.") from None
            continue
        if isinstance(block, BaseException):
            raise block
        return block


def _work(write: Callable[[IO[bytes]], object], pipe: _Pipe) -> None:
    try:
        with io.BufferedWriter(cast(io.RawIOBase, pipe), BLOCK) as file:
            write(cast(IO[bytes], file))
        pipe.put(None)
    except Abandoned:
        pass
    except BaseException as error:
        pipe.put(error)
    finally:
        connection.close()
