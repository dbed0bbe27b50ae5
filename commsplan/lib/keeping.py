"""A row with its many-to-many choices as text, so that its deletion can be undone."""

import json
from typing import Any

from django.core import serializers
from django.db import models


def pack(row: models.Model) -> str:
    return serializers.serialize("json", [row])


def unpack(table: type[models.Model], packed: str) -> Any:
    """Saves the row again under its old key. What it chose and is gone by now is left out. A row that is there already
    was brought back before and stays as it is."""
    data = json.loads(packed)
    if data[0]["model"] != table._meta.label_lower:
        raise ValueError(f"This is not one of the {table._meta.verbose_name_plural}.")
    if there_already := table._default_manager.filter(pk=data[0]["pk"]).first():
        return there_already
    for field in table._meta.many_to_many:
        there = field.remote_field.model._default_manager.filter(pk__in=data[0]["fields"][field.name]).order_by("pk")
        data[0]["fields"][field.name] = list(there.values_list("pk", flat=True))
    kept = next(iter(serializers.deserialize("python", data)))
    kept.save()
    return kept.object
