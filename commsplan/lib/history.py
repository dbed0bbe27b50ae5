"""Undo of a deletion: the history (pghistory) keeps every row that an act deleted, and who did it."""

from uuid import UUID

import pghistory
from django.db import IntegrityError, connection, models, transaction


def act() -> UUID:
    """Of the request under way: all that it changes carries this id."""
    with pghistory.context() as context:
        return context.id


def bring_back(act: UUID, *tables: type[models.Model]) -> int:
    """Inserts again, under its old key, what the act deleted from these tables; name those first that others point to.
    Twice is once. Nothing comes back, and the answer is 0, when what it belonged to is gone too."""
    try:
        with transaction.atomic():
            found = sum(len(_bring_back(act, table)) for table in tables)
            connection.check_constraints()
    except IntegrityError:
        return 0
    return found


def _bring_back(act: UUID, table: type[models.Model]) -> list[models.Model]:
    names = [field.attname for field in table._meta.concrete_fields if not field.generated]
    events = table.pgh_event_model.objects.filter(pgh_context=act, pgh_label="delete").order_by("pgh_id")  # type: ignore[attr-defined]
    rows = [table(**{name: getattr(event, name) for name in names}) for event in events]
    return table._default_manager.bulk_create(rows, ignore_conflicts=True)
