"""One notice behind the lock of its row, and why an act on it is refused."""

from typing import Any

from notices.enums import NoticeState
from notices.models import Notice


class NotAllowed(Exception):
    """With a sentence for people."""


class Conflict(NotAllowed):
    """Somebody else saved in the meantime."""


PLANNED: dict[str, Any] = {"said_at": None, "at_any_hour": False}  # nobody said "now"
UNAPPROVED: dict[str, Any] = {
    "approved_revision": None,
    "approved_by": None,
    "approved_at": None,
    "approved_size": None,
    **PLANNED,
}


def lock(notice: Notice) -> Notice:
    """As it is now, with what its facts are made of."""
    rows = Notice.objects.select_for_update(of=("self",), no_key=True)
    related = (
        "upgrade",
        "milestone__upgrade",
        "survey",
        "approved_revision",
        "engagement__host",
        "concern",
        "step__after",
    )
    return rows.select_related(*related).get(pk=notice.pk)


def demand(row: Notice, state: str, sentence: str) -> None:
    if row.state != state:
        raise NotAllowed(f"{sentence} It {NoticeState(row.state).said}.")


def change(row: Notice, notice: Notice, **values: Any) -> None:
    Notice.objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)
        setattr(notice, name, value)
