"""Undo: the history (pghistory) keeps every row as it was before an act deleted or changed it, and who did it."""

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


def deleted(act: UUID, table: type[models.Model]) -> models.QuerySet:
    """Keys of what the act deleted, whether it came back or not."""
    events = table.pgh_event_model.objects.filter(pgh_context=act, pgh_label="delete")  # type: ignore[attr-defined]
    return events.values("pgh_obj")


def _bring_back(act: UUID, table: type[models.Model]) -> list[models.Model]:
    names = [field.attname for field in table._meta.concrete_fields if not field.generated]
    events = table.pgh_event_model.objects.filter(pgh_context=act, pgh_label="delete").order_by("pgh_id")  # type: ignore[attr-defined]
    rows = [table(**{name: getattr(event, name) for name in names}) for event in events]
    return table._default_manager.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def take_back(act: UUID, *tables: type[models.Model]) -> int:
    """Undoes what the act made or changed in these tables; name those last that others point to. Nothing happens, and
    the answer is 0, when anything of it was changed again since: what somebody did later stays. Twice is once."""
    acts = [(table, _last_events(act, table)) for table in tables]
    if any(_is_newer(table, events) for table, events in acts):
        return 0
    return sum(_take_back(act, table, key) for table, events in acts for key in events)


def _last_events(act: UUID, table: type[models.Model]) -> dict[int, int]:
    """Of each row that the act touched and that is still there: key, last event."""
    events = table.pgh_event_model.objects.filter(pgh_context=act).exclude(pgh_label="delete")  # type: ignore[attr-defined]
    last = dict(events.order_by("pgh_id").values_list("pgh_obj_id", "pgh_id"))
    there = table._default_manager.select_for_update(of=("self",), no_key=True).filter(pk__in=last).order_by("pk")
    return {row.pk: last[row.pk] for row in there}


def _is_newer(table: type[models.Model], events: dict[int, int]) -> bool:
    later = table.pgh_event_model.objects.filter(pgh_obj_id__in=events)  # type: ignore[attr-defined]
    return any(events[key] < newest for key, newest in later.order_by("pgh_id").values_list("pgh_obj_id", "pgh_id"))


def _take_back(act: UUID, table: type[models.Model], key: int) -> int:
    events = table.pgh_event_model.objects.filter(pgh_obj_id=key).order_by("pgh_id")  # type: ignore[attr-defined]
    first = events.filter(pgh_context=act)[0]
    before = events.filter(pgh_id__lt=first.pgh_id).last()
    rows = table._default_manager.filter(pk=key)
    if before is None:
        return rows.delete()[0]
    names = [one.attname for one in table._meta.concrete_fields if not one.generated and not one.primary_key]
    values = {name: getattr(before, name) for name in names}
    if "version" in values:  # never one that an open page may have seen with other values
        values["version"] = models.F("version") + 1
    return rows.update(**values)
