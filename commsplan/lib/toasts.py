"""A message that can be taken back: the toast shows an Undo button that posts to `url`."""

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def offer_undo(request: HttpRequest, sentence: str, *, url: str) -> None:
    messages.success(request, sentence, extra_tags=f"{UNDO}{url}")


def undo_url(extra_tags: str) -> str:
    return next((tag.removeprefix(UNDO) for tag in (extra_tags or "").split() if tag.startswith(UNDO)), "")
