"""Who works on an import: a lease, which a living worker renews and a dead one lets run out. The moment it ends is
also its number: a worker that was overtaken finds another one there, and stops."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from directory.enums import ImportState
from directory.importing.refusals import LostLease, Refused
from directory.models import Import

LASTS = timedelta(minutes=2)
APPLYING_LASTS = timedelta(minutes=10)  # one transaction, which cannot renew it where others see it
BUSY = (ImportState.READING, ImportState.APPLYING)
NOT_NOW = {
    ImportState.READING: "This file is being read already.",
    ImportState.APPLYING: "This import is being applied already.",
    ImportState.APPLIED: "This import is applied already.",
    ImportState.UNDONE: "This import was taken back. Upload the file again.",
    ImportState.FAILED: "This file cannot be read.",
    ImportState.UPLOADED: "Look at the changes first.",
}


def take(import_: Import, *, to: ImportState, out_of: tuple[ImportState, ...], now: datetime, **fields) -> None:
    """From one of these states, or from a dead worker. Raises Refused."""
    lasts = APPLYING_LASTS if to == ImportState.APPLYING else LASTS
    dead = (to,) if to == ImportState.APPLYING else BUSY
    free = Q(state__in=out_of) | Q(state__in=dead, worked_on_until__lt=now)
    changes = {"state": to, "worked_on_until": now + lasts, "problem": "", **fields}
    taken = Import.objects.filter(free, pk=import_.pk).update(**changes)
    import_.refresh_from_db(fields=["state", "worked_on_until", *fields])
    if not taken:
        raise Refused(NOT_NOW.get(ImportState(import_.state), "This cannot be done now."))


def renew(import_: Import) -> None:
    """Raises LostLease when another worker has taken over. In a transaction: it guards what else is written there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE directory_import SET worked_on_until = clock_timestamp() + %s * interval '1 second' "
            "WHERE id = %s AND state = %s AND worked_on_until = %s RETURNING worked_on_until",
            [LASTS.total_seconds(), import_.pk, import_.state, import_.worked_on_until],
        )
        found = cursor.fetchone()
    if not found:
        raise LostLease("Another worker has taken over this import.")
    import_.worked_on_until = found[0]


def is_dead(import_: Import, *, now: datetime) -> bool:
    """Its worker is gone: it may be started again."""
    return import_.state in BUSY and (import_.worked_on_until is None or import_.worked_on_until < now)
