"""A notice that no plan step asks for: something to be said now."""

from django.db import transaction

from notices import wording
from notices.models import Notice
from stakeholders.enums import Channel
from upgrades.models import Milestone, Upgrade

EMPTY = [{"language": "en", "level": "plain", "subject": "", "body": ""}]


@transaction.atomic
def draft(
    upgrade: Upgrade, *, title: str, kind: str, by, milestone: Milestone | None = None, is_empty: bool = False
) -> Notice:
    """Everybody affected, by mail; all of it can be changed before it goes out."""
    words = [] if is_empty else wording.of(kind)
    return Notice.objects.create(
        upgrade=upgrade,
        milestone=milestone,
        title=title,
        kind=kind,
        channels=[Channel.EMAIL],
        audience={"affected": True},
        words=words or [dict(each) for each in EMPTY],
        author=by,
    )
