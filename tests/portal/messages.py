"""Every text of the product that is to be translated, as Django would extract it."""

import ast
import re
from pathlib import Path

from django.conf import settings
from django.utils.translation import templatize

CALLS = {"gettext", "gettext_lazy", "gettext_noop", "_"}
PLURAL_CALLS = {"ngettext", "ngettext_lazy"}
TEXT = r"""(u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
IN_TEMPLATE = re.compile(rf"(?<!\w)(?:gettext|_)\({TEXT}\)", re.S)
PLURAL_IN_TEMPLATE = re.compile(rf"ngettext\({TEXT},\s*{TEXT}", re.S)
APPS = ["accounts", "commsplan", "feedback", "notices", "portal", "stakeholders", "upgrades"]


def wanted() -> set[str | tuple[str, str]]:
    """Texts; pairs for singular and plural."""
    root = Path(settings.BASE_DIR)
    found: set[str | tuple[str, str]] = set()
    for file in sorted((root / "templates").rglob("*.html")):
        found |= of_template(file.read_text(encoding="utf-8"), str(file))
    for app in APPS:
        for file in sorted((root / app).rglob("*.py")):
            found |= of_python(file.read_text(encoding="utf-8"))
    return found


def of_template(source: str, name: str) -> set[str | tuple[str, str]]:
    said = templatize(source, origin=name)
    plurals = [(ast.literal_eval(one), ast.literal_eval(many)) for one, many in PLURAL_IN_TEMPLATE.findall(said)]
    return {*plurals, *(ast.literal_eval(text) for text in IN_TEMPLATE.findall(said))}


def of_python(source: str) -> set[str | tuple[str, str]]:
    found: set[str | tuple[str, str]] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in CALLS and texts:
            found.add(texts[0])
        elif name in PLURAL_CALLS and len(texts) > 1:
            found.add((texts[0], texts[1]))
    return found
