"""A file is taken in: kept as it is, its head read, its columns guessed."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import IO

from django.conf import settings

from accounts.models import Account
from directory.importing import forgetting, mapping, reading
from directory.importing.refusals import Unreadable
from directory.models import Import


def take_in(file: IO[bytes], *, name: str, by: Account | None, now: datetime, size: int | None = None) -> Import:
    """`size` as the sender says it, so that a file that is too large is refused before it is read. Raises Unreadable
    and keeps nothing then. Old imports are thrown away on this occasion."""
    content = _content(file, size=size)
    head = reading.read(content).head
    forgetting.throw_away_old(now=now)
    return Import.objects.create(
        file_name=_file_name(name),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        head=head,
        mapping=mapping.guess(head),
        by=by,
        created_at=now,
    )


def _content(file: IO[bytes], *, size: int | None) -> bytes:
    most = settings.IMPORT_MAX_MB << 20
    if size is None or size <= most:
        content = file.read(most + 1)
        if len(content) <= most:
            return content
    raise Unreadable(f"The file is larger than {settings.IMPORT_MAX_MB} MB. Split it, or ask for a higher limit.")


def _file_name(name: str) -> str:
    plain = reading.CONTROL.sub("", PurePath(name.replace("\\", "/")).name)
    return plain[-255:] or "people"
