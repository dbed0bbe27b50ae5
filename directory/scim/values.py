"""What a directory sends, read with care: a truth may be the word "False", and of a list we keep the best entry."""

from typing import Any

from directory.scim.errors import invalid_value
from directory.scim.filters import is_clean
from directory.scim.patching import is_true, listed


def text(value: Any, name: str, *, longest: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise invalid_value(f"{name} is a text.")
    found = str(value).strip()
    if not is_clean(found):
        raise invalid_value(f"{name} has characters that no text may have.")
    if len(found) > longest:
        raise invalid_value(f"{name} has {len(found)} characters; {longest} are possible.")
    return found


def truth(value: Any, name: str) -> bool:
    """Entra ID sends "True" and "False"."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("value")
    word = str(value).lower()
    if word not in ("true", "false"):
        raise invalid_value(f"{name} is true or false, not {value!r:.40}.")
    return word == "true"


def best(values: Any, kinds: tuple[str, ...]) -> Any:
    """The value of the preferred entry: the primary one, else the first of these kinds, else the first."""
    entries = [entry for entry in listed(values) if entry.get("value") not in (None, "")]
    for entry in entries:
        if is_true(entry.get("primary")):
            return entry["value"]
    for kind in kinds:
        for entry in entries:
            if str(entry.get("type", "")).lower() == kind:
                return entry["value"]
    return entries[0]["value"] if entries else None


def of_kind(values: Any, kind: str) -> Any:
    """The value of the first entry of this kind."""
    entries = (entry for entry in listed(values) if str(entry.get("type", "")).lower() == kind)
    return next((entry["value"] for entry in entries if entry.get("value") not in (None, "")), None)


def part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
