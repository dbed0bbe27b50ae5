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
