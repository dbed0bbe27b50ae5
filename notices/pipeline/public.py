"""Which dates outsiders may see."""

from django.db.models import Exists, OuterRef, Q

from notices.models import Notice
from upgrades.enums import Status
from upgrades.models import Milestone, MilestoneQuerySet


def public() -> MilestoneQuerySet:
    """Of published upgrades, what is marked for the public; a tentative date only once the public was told of it by a
    notice on the status page."""
    told = Notice.objects.on_the_portal().filter(milestone=OuterRef("pk"))
    return Milestone.objects.public().filter(~Q(status=Status.TENTATIVE) | Exists(told))


def is_public(milestone: Milestone, *, is_told: bool) -> bool:
    """The same of one milestone, for those who look ahead. `is_told`: a notice about it is on the status page."""
    shown = milestone.is_public and milestone.upgrade.is_published
    return shown and (is_told or not milestone.is_tentative)
