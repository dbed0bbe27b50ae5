"""A row with its many-to-many choices as plain data, so that its deletion can be undone."""

import json
from typing import Any

from django.core import serializers
from django.db import models


def pack(row: models.Model) -> str:
    return serializers.serialize("json", [row])


def unpack(table: type[models.Model], packed: str) -> Any:
    """Saves the row again under its old key. What it pointed to and is gone by now is left out."""
    data = json.loads(packed)
    for name, chosen in data[0]["fields"].items():
        field = table._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            there = field.remote_field.model._default_manager.filter(pk__in=chosen).order_by("pk")
            data[0]["fields"][name] = list(there.values_list("pk", flat=True))
    kept = next(iter(serializers.deserialize("python", data)))
    if not isinstance(kept.object, table):
        raise TypeError(f"This is not one of {table._meta.verbose_name_plural}.")
    kept.save()
    return kept.object
