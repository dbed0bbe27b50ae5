"""What every page of the workspace says while something that sends is stopped."""

from django import template

from notices.pipeline import outlets

register = template.Library()


@register.simple_tag
def halted() -> list[str]:
    return outlets.halted()
