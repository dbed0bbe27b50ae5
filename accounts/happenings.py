"""What happened to a row, and who did it: read from the history that triggers keep."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

from accounts.models import Account

Item = dict[str, Any]
LONGEST = 200  # events that are looked at


def events(model: type[models.Model], columns: Iterable[str], **of: Any) -> list[dict[str, Any]]:
    """The newest ones in the order in which they happened."""
    found = model.pgh_event_model.objects.filter(**of).order_by("-pgh_id")  # type: ignore[attr-defined]
    names = ["pgh_id", "pgh_created_at", "pgh_label", "pgh_context__metadata", *columns]
    return list(found.values(*names)[:LONGEST])[::-1]


def item(event: dict[str, Any], title: str, **look: Any) -> Item:
    """Done by an account, by a directory that was let in, or because a vendor said so."""
    metadata = event["pgh_context__metadata"] or {}
    author = {"by": metadata.get("user"), "who": metadata.get("directory") or metadata.get("vendor", "")}
    return {"title": title, "at": event["pgh_created_at"], **author, **look}


def names_of(keys: Iterable[int | None]) -> dict[int, str]:
    return dict(Account.objects.filter(pk__in={key for key in keys if key}).values_list("pk", "name"))


def signed(items: Sequence[Item]) -> list[Item]:
    """With the names of those who did it. One query."""
    names = names_of(item["by"] for item in items)
    return [{**item, "who": names.get(item["by"], item["who"])} for item in items]
