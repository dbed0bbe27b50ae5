"""Conditions that several tables hold their rows to."""

from django.db.models import Q


def paired(*names: str) -> Q:
    """All of them set, or none."""
    return Q(**{f"{name}__isnull": True for name in names}) | Q(**{f"{name}__isnull": False for name in names})
