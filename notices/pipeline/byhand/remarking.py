"""What people remark about a notice before it goes out. Never part of what goes out."""

from datetime import datetime

from django.db import transaction

from notices.models import Comment, Notice
from notices.pipeline import approve
from notices.pipeline.approve import NotAllowed

MAY = ("notices.write", "notices.approve")


def may(account) -> bool:
    return any(account.has_perm(permission) for permission in MAY)


def write(notice: Notice, *, text: str, by, now: datetime) -> Comment:
    """With the version that they looked at: the last one, or none where it was never submitted."""
    _demand(by)
    if not text.strip():
        raise NotAllowed("Say it in a few words.")
    return Comment.objects.create(notice=notice, revision=approve.last_of(notice), text=text.strip(), by=by, at=now)


def resolve(comment: Comment, *, by, now: datetime) -> None:
    """Whoever was first has done it."""
    _demand(by)
    Comment.objects.filter(pk=comment.pk, resolved_at=None).update(resolved_at=now, resolved_by=by)


def reopen(comment: Comment, *, by) -> None:
    _demand(by)
    Comment.objects.filter(pk=comment.pk).update(resolved_at=None, resolved_by=None)


@transaction.atomic
def send_back(notice: Notice, *, by, reason: str, now: datetime) -> None:
    """Back to its author, with words that stay."""
    write(notice, text=reason, by=by, now=now)
    approve.send_back(notice, by=by, reason=reason)


def _demand(account) -> None:
    if not may(account):
        raise NotAllowed("Your role reads remarks, and writes none.")
