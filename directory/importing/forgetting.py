"""Files hold what is known of people, so none is kept for long. `uploading.take_in` calls this."""

from datetime import datetime, timedelta

from directory.enums import ImportState
from directory.importing.leasing import BUSY
from directory.models import Import, ImportRow

KEPT = timedelta(days=30)
RECORDS = (ImportState.APPLIED, ImportState.UNDONE)  # that there was such an import stays known


def throw_away_old(*, now: datetime) -> None:
    """Rows and files of old imports. What was applied stays as a line in the list, and cannot be taken back then."""
    old = Import.objects.filter(created_at__lt=now - KEPT).exclude(state__in=BUSY, worked_on_until__gte=now)
    rows = ImportRow.objects.filter(of__in=old)
    rows._raw_delete(rows.db)
    old.filter(state__in=RECORDS).exclude(content=b"").update(content=b"")
    old.exclude(state__in=RECORDS).delete()


def throw_away(import_: Import) -> None:
    rows = ImportRow.objects.filter(of=import_)
    rows._raw_delete(rows.db)
    import_.delete()
