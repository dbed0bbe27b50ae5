"""How many objections wait, for pages of apps below, which show them where they are known."""

from django import template
from django.db.models import Count

from feedback.models import Concern
from upgrades.models import Upgrade

register = template.Library()


@register.simple_tag
def open_objections(upgrade: Upgrade) -> dict[int, int]:
    """By milestone. One query for all of an upgrade."""
    found = Concern.objects.to_decide().filter(upgrade=upgrade).order_by().values("milestone")
    return dict(found.annotate(number=Count("pk")).values_list("milestone", "number"))


@register.filter
def of_key(numbers: dict[int, int], key: int) -> int:
    return numbers.get(key, 0)
