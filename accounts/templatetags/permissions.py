from django import template

from accounts import permissions

register = template.Library()


@register.simple_tag(takes_context=True)
def refusal(context, permission: str) -> str:
    """Why the reader may not do this; empty when they may. Goes into components/act.html as `reason`."""
    return permissions.refusal(context["request"].user, permission)
