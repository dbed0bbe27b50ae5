"""A key that points to a person, and that merging and erasing do not know, would leave a trace or lose a telling."""

import pytest
from django.apps import apps

from notices.register import erasing, merging
from stakeholders.models import Person


def keys_to_people() -> set[str]:
    return {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        if not hasattr(model, "pgh_tracked_model") and not model._meta.proxy
        for field in model._meta.local_fields
        if field.is_relation and field.related_model is Person
    }


@pytest.mark.parametrize("module", [merging, erasing])
def test_every_key_to_a_person_is_handled(module):
    assert set(module.HANDLED) == keys_to_people()


def test_erasing_empties_every_field_of_a_person():
    fields = {field.name for field in Person._meta.local_fields}

    assert fields == erasing.EMPTY.keys() | erasing.KEPT_OF_A_PERSON


def test_merging_knows_every_field_of_a_person():
    own = {"id", "archived_at", "merged_into_id", "erased_at", "created_at", "search_vector"}
    chosen = {name for names in merging.FIELDS.values() for name in names}

    assert {field.attname for field in Person._meta.local_fields} == chosen | set(merging.LISTS) | own
