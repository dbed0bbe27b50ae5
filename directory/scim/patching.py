"""PATCH (RFC 7644 3.5.2) on a resource in memory, in the shapes that Entra ID and Okta send: operations in any case,
without a path, with paths as keys, and replacements of list elements that are not there yet."""

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from directory.scim import filters
from directory.scim.errors import ScimError, invalid_path, invalid_syntax, invalid_value
from directory.scim.schemas import CANONICAL, COMPLEX, ENTERPRISE, GROUP, IGNORED, MULTIVALUED, READ_ONLY, USER

MOST_OPERATIONS = 1000
DEEPEST = 20
PATH = re.compile(
    r"(?:(?P<urn>urn:[^\[\]]+?):)?(?P<attribute>[A-Za-z$][\w$-]*)(?:\[(?P<filter>.*)\])?(?:\.(?P<sub>[\w$]+))?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Path:
    attribute: str
    extension: str = ""
    filter: filters.Node | None = None
    sub: str = ""


@dataclass(frozen=True)
class Operation:
    kind: str  # add, replace or remove
    path: str
    value: Any


def operations(body: Any) -> list[Operation]:
    listed = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise invalid_syntax("A PATCH needs a list of Operations.")
    if len(listed) > MOST_OPERATIONS:
        raise ScimError(413, f"A PATCH may have {MOST_OPERATIONS} operations.", "tooMany")
    return [_operation({key.lower(): value for key, value in entry.items()}) for entry in listed]


def _operation(entry: dict[str, Any]) -> Operation:
    kind, path = str(entry.get("op", "")).lower(), entry.get("path") or ""
    if kind not in ("add", "replace", "remove"):
        raise invalid_syntax(f"{entry.get('op')!r} is not an operation: add, replace or remove.")
    if not isinstance(path, str):
        raise invalid_path("A path is a text.")
    if kind == "remove" and not path:
        raise ScimError(400, "What is removed needs a path.", "noTarget")
    if kind != "remove" and "value" not in entry:
        raise invalid_value(f"{kind} needs a value.")
    return Operation(kind, path, canonical(entry.get("value")))


def canonical(value: Any, depth: int = 0) -> Any:
    """The same with the names of attributes as we write them; a path as a key stays as it is."""
    if depth > DEEPEST:
        raise invalid_syntax("The body has too many objects in objects.")
    if isinstance(value, dict):
        return {CANONICAL.get(key.lower(), key): canonical(inner, depth + 1) for key, inner in value.items()}
    return [canonical(inner, depth + 1) for inner in value] if isinstance(value, list) else value


def parse(path: str) -> Path | None:
    """None for what we do not keep: standard attributes without a place here, and extensions of others."""
    if path.lower() in (USER.lower(), GROUP.lower()):
        return Path("")
    if path.lower() == ENTERPRISE.lower():
        return Path("", extension=ENTERPRISE)
    found = PATH.fullmatch(path.strip())
    if not found:
        raise invalid_path(f"{path!r} is not a path.")
    urn, name = (found["urn"] or "").lower(), CANONICAL.get(found["attribute"].lower(), "")
    if name in IGNORED or (urn and urn not in (USER.lower(), GROUP.lower(), ENTERPRISE.lower())):
        return None
    if not name:
        raise invalid_path(f"We know no attribute {found['attribute']!r}.")
    sub = found["sub"] or ""
    return Path(
        name,
        extension=ENTERPRISE if urn == ENTERPRISE.lower() else "",
        filter=filters.parse(found["filter"]) if found["filter"] else None,
        sub=CANONICAL.get(sub.lower(), sub),
    )


def changed(resource: dict[str, Any], wanted: list[Operation]) -> dict[str, Any]:
    """The resource as it shall be. What was taken away is there as None."""
    after = deepcopy(resource)
    for operation in wanted:
        _apply(after, operation)
    return {**dict.fromkeys(resource), **after}


def _apply(resource: dict, operation: Operation) -> None:
    if operation.path:
        path = parse(operation.path)
        if path:
            _refuse_read_only(path)
            _change(resource, path, operation.kind, operation.value)
        return
    if not isinstance(operation.value, dict):
        raise invalid_value("Without a path the value is an object.")
    _change_each(resource, operation.kind, operation.value)


def _refuse_read_only(path: Path) -> None:
    if path.attribute in READ_ONLY:
        raise ScimError(400, f"{path.attribute} cannot be changed.", "mutability")


def _change_each(resource: dict, kind: str, values: dict) -> None:
    """Each key is a path. What cannot be changed or is not known is passed over, as in a PUT."""
    for key, value in values.items():
        known = key.lower() in CANONICAL or (PATH.fullmatch(key) and re.search(r"[:.\[]", key))
        path = parse(key) if known else None
        if path and path.attribute not in READ_ONLY:
            _change(resource, path, kind, value)


def _change(resource: dict, path: Path, kind: str, value: Any) -> None:
    if not path.attribute:
        _change_whole(resource, path, kind, value)
        return
    holder = _holder(resource, path.extension)
    if path.filter:
        _change_elements(holder, path, kind, value)
    elif path.sub:
        _change_sub(holder, path, kind, value)
    else:
        _change_attribute(holder, path.attribute, kind, value)


def _change_whole(resource: dict, path: Path, kind: str, value: Any) -> None:
    if kind == "remove":
        resource[path.extension] = None
    elif isinstance(value, dict):
        _change_each(_holder(resource, path.extension), kind, value)
    else:
        raise invalid_value("A schema takes an object.")


def _holder(resource: dict, extension: str) -> dict:
    if not extension:
        return resource
    if not isinstance(resource.get(extension), dict):
        resource[extension] = {}
    return resource[extension]


def _change_attribute(holder: dict, name: str, kind: str, value: Any) -> None:
    if kind == "remove":
        holder[name] = None
    elif name in MULTIVALUED:
        holder[name] = added(holder.get(name), listed(value)) if kind == "add" else listed(value)
    elif name in COMPLEX and isinstance(value, dict):
        holder[name] = {**_object(holder.get(name)), **value}
    else:
        holder[name] = value


def _change_sub(holder: dict, path: Path, kind: str, value: Any) -> None:
    if path.attribute in MULTIVALUED:
        elements = listed(holder.get(path.attribute)) or [{}]
        holder[path.attribute] = [_with(element, path.sub, kind, value) for element in elements]
    elif path.attribute in COMPLEX:
        holder[path.attribute] = _with(_object(holder.get(path.attribute)), path.sub, kind, value)
    else:
        raise invalid_path(f"{path.attribute} has no parts.")


def _change_elements(holder: dict, path: Path, kind: str, value: Any) -> None:
    if path.attribute not in MULTIVALUED or path.filter is None:
        raise invalid_path(f"{path.attribute} is not a list.")
    elements = listed(holder.get(path.attribute))
    meant = [element for element in elements if filters.fits(path.filter, element)]
    if not meant and kind != "remove":
        meant = [filters.given(path.filter)]
        elements = [*elements, *meant]
    if kind == "remove" and not path.sub:
        holder[path.attribute] = [element for element in elements if element not in meant]
        return
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    new = value if isinstance(value, dict) and not path.sub else {path.sub or "value": value}
    changes = dict.fromkeys(new) if kind == "remove" else new
    after = [{**element, **changes} if element in meant else element for element in elements]
    holder[path.attribute] = _one_primary(after, changes) if is_true(changes.get("primary")) else after


def _with(element: dict, sub: str, kind: str, value: Any) -> dict:
    return {**element, sub: None if kind == "remove" else value}


def added(stored: Any, new: list[dict]) -> list[dict]:
    elements = listed(stored)
    fresh = [element for element in new if element not in elements]
    primary = next((element for element in fresh if is_true(element.get("primary"))), None)
    return _one_primary([*elements, *fresh], primary) if primary else [*elements, *fresh]


def _one_primary(elements: list[dict], primary: dict) -> list[dict]:
    """A list has one preferred element: the one that was said last."""
    chosen = next(element for element in reversed(elements) if primary.items() <= element.items())
    return [element if element is chosen else {**element, "primary": False} for element in elements]


def listed(value: Any) -> list[dict]:
    """A list of objects, from whatever stands for one."""
    values = value if isinstance(value, list) else [] if value in (None, "") else [value]
    return [element if isinstance(element, dict) else {"value": element} for element in values]


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def is_true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
