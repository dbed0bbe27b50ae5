"""Plan templates as files and saved rows: read, refused with the line and the remedy, and written again."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import takewhile
from typing import Any

from notices.pipeline.templates import checking
from notices.pipeline.templates.shape import PlanTemplate, Problem, Refused, TemplateMilestone, TemplateStep


def from_toml(text: str, *, key: str, source: str = "") -> PlanTemplate:
    """Raises Refused; every problem knows its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused([_not_toml(error, text)], source) from error
    try:
        return read(data, key=key)
    except Refused as refused:
        found = [replace(problem, line=_line_of(problem.path, text)) for problem in refused.problems]
        raise Refused(sorted(found, key=lambda problem: problem.line), source) from refused


def read(data: Mapping[str, Any], *, key: str, version: int = 0) -> PlanTemplate:
    """Raises Refused."""
    if found := list(checking.problems(data)):
        raise Refused(found)
    known = {name: value for name, value in data.items() if name not in ("steps", "milestones")}
    steps = tuple(TemplateStep(**step) for step in data.get("steps", ()))
    milestones = tuple(TemplateMilestone(**milestone) for milestone in data.get("milestones", ()))
    return PlanTemplate(key=key, version=version, steps=steps, milestones=milestones, **known)


def _not_toml(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    said = re.sub(r"\s*\(at (?:line (\d+).*|end of document)\)$", "", str(error))
    at = re.search(r"at line (\d+)", str(error))
    remedy = "Texts stand in quotes, lists in square brackets, and every step begins with [[steps]]."
    return Problem(
        (), f"This is no TOML: {said[0].lower()}{said[1:]}.", remedy, line=int(at[1]) if at else len(text.splitlines())
    )


def _line_of(path: tuple[str | int, ...], text: str) -> int:
    """Where a table or a key of it stands; the beginning of the table when the key is missing."""
    lines = text.splitlines()
    if len(path) < 2:
        head = takewhile(lambda line: not line.lstrip().startswith("[["), lines)
        return next((number for number, line in enumerate(head, 1) if path and _is_key(line, path[0])), 1)
    table, position, *rest = path
    starts = [number for number, line in enumerate(lines) if re.match(rf"\s*\[\[\s*{table}\s*\]\]", line)]
    if int(position) >= len(starts):
        return 1
    start = starts[int(position)]
    for number in range(start + 1, len(lines)):
        if lines[number].lstrip().startswith("[[") and "." not in lines[number]:
            break
        if rest and _is_key(lines[number], rest[0]):
            return number + 1
    return start + 1


def _is_key(line: str, name: str | int) -> bool:
    return bool(re.match(rf"\s*(?:\"{name}\"|{name})\s*=", line))


# Writing


def as_data(template: PlanTemplate) -> dict[str, Any]:
    """As `read` takes it: only what differs from what is usual."""
    data: dict[str, Any] = {"name": template.name, "description": template.description}
    data |= {"has_waves": template.has_waves} if template.has_waves else {}
    return data | content(template)


def content(template: PlanTemplate) -> dict[str, Any]:
    """Of a saved row: the rest stands in its columns."""
    return {
        "milestones": [row_of(milestone) for milestone in template.milestones],
        "steps": [row_of(step) for step in template.steps],
    }


def row_of(part: TemplateStep | TemplateMilestone) -> dict[str, Any]:
    needed = {"name", "kind"} if isinstance(part, TemplateStep) else {"name", "offset", "at", "kind"}
    usual = type(part)("", "") if isinstance(part, TemplateMilestone) else TemplateStep("")
    values = {name: _plain(value) for name, value in asdict(part).items()}
    same = {name: _plain(getattr(usual, name)) for name in values}
    return {name: value for name, value in values.items() if value != same[name] or (name in needed and value)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def to_toml(template: PlanTemplate) -> str:
    data = as_data(template)
    tables = [(name, row) for name in ("milestones", "steps") for row in data.pop(name)]
    return "\n".join([_pairs(data), *(f"[[{name}]]\n{_table(row)}" for name, row in tables)])


def _table(row: dict[str, Any]) -> str:
    words = row.pop("words", [])
    return _pairs(row) + "".join(f"\n[[steps.words]]\n{_pairs(one)}" for one in words)


def _pairs(row: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in row.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, str) and "\n" in value:
        return _many_lines(value)
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    """A JSON text is a TOML text, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _many_lines(text: str) -> str:
    """As a person would write it: quotes stay quotes, but for three in a row and one at the end."""
    lines = "\n".join(_quoted(line)[1:-1] for line in text.replace("\r\n", "\n").split("\n"))
    plain = lines.replace('\\"', '"').replace('"""', '""\\"')
    return f'"""\n{plain[:-1]}\\""""' if plain.endswith('"') else f'"""\n{plain}"""'
