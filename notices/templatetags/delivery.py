"""What every page of the workspace says while something that sends is stopped."""

from django import template

from accounts.policy import allows
from notices.operations import signs
from notices.pipeline import outlets

register = template.Library()


@register.simple_tag
def halted() -> list[str]:
    return outlets.halted()


@register.simple_tag(takes_context=True)
def alarms(context) -> list[str]:
    """What is wrong with the operation, for those who may open its page; there it is said anyway."""
    request = context["request"]
    is_there = request.resolver_match and request.resolver_match.url_name == "operations"
    may = allows(request.user, "delivery.manage") or allows(request.user, "notices.send")
    return signs.alarms() if may and not is_there else []
