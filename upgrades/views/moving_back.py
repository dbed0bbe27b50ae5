"""Undo of a move: of the window, and of all that moved with it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.permissions import permission_required
from commsplan.lib.toasts import offer_undo
from upgrades import moving_along
from upgrades.moving_along import Change

SALT = "where milestones were"
CHANGED = "It was changed again since, so it stays where it is."
SEVERAL_CHANGED = "One of them was changed again since, so they stay where they are."


def offer(request: HttpRequest, sentence: str, changes: Sequence[Change], *, back: str) -> None:
    """`back`: where somebody finds themselves after Undo."""
    kept: dict[str, Any] = {"rows": moving_along.kept(changes), "back": back}
    address = reverse("milestones_move_back", args=[signing.dumps(kept, salt=SALT, compress=True)])
    offer_undo(request, sentence, url=address)


def with_it(changes: Sequence[Change]) -> str:
    """ "With it move the deadline and “Go/no-go”." Of one window."""
    names = ["the deadline"] if changes and {"start", "action_deadline"} <= changes[0].became.keys() else []
    names += [f"“{one.milestone}”" for one in changes[1:]]
    said = ", ".join([*names[:-2], " and ".join(names[-2:])])
    return f"With it move{'s' if len(names) == 1 else ''} {said}." if names else ""


@require_POST
@permission_required("upgrades.edit")
@transaction.atomic
def milestones_move_back(request: HttpRequest, kept: str):
    try:
        found = signing.loads(kept, salt=SALT)
    except signing.BadSignature as error:
        raise PermissionDenied("This cannot be taken back.") from error
    try:
        rows = moving_along.move_back(found["rows"])
    except moving_along.ChangedSince:
        messages.error(request, CHANGED if len(found["rows"]) == 1 else SEVERAL_CHANGED)
    else:
        where = "is back where it was" if len(rows) == 1 else "are back where they were"
        messages.success(request, f"{' and '.join(map(str, rows))} {where}.")
    return redirect(found["back"])
