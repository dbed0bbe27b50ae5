"""Acts that only some roles may do. The refusal says which role it takes."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.policy import allows, roles_that_may


def permission_required(permission: str) -> Callable:
    def decorate(view):
        @wraps(view)
        def permitted(request: HttpRequest, *args, **kwargs):
            require(request, permission)
            return view(request, *args, **kwargs)

        return permitted

    return decorate


def require(request: HttpRequest, permission: str) -> None:
    if reason := refusal(request.user, permission):
        raise PermissionDenied(reason)


def refusal(account, permission: str) -> str:
    """Why not, for people; empty when they may."""
    if account.is_authenticated and allows(account, permission):
        return ""
    *others, last = [role.label for role in roles_that_may(permission)]
    names = f"{', '.join(others)} or {last}" if others else last
    return f"This takes the role {names}."
