"""What a fix does, and the list of all that can be done."""

from collections.abc import Callable

Act = Callable[..., str]  # (upgrade, *, by, now, **values of the fix)

ACTS: dict[str, Act] = {}


class NotFixable(Exception):
    """With a sentence for people."""


def act(name: str) -> Callable[[Act], Act]:
    """Registers a function that mends something and says in a sentence what it did. Raises NotFixable."""

    def register(function: Act) -> Act:
        if name in ACTS:
            raise ValueError(f"There are two fixes {name}.")
        ACTS[name] = function
        return function

    return register
