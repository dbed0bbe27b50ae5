"""The templates that there are: ours, and those that people made."""

from functools import cache
from pathlib import Path

from notices.models import SavedTemplate
from notices.pipeline.templates import files
from notices.pipeline.templates.shape import PlanTemplate, Refused

FOLDER = Path(__file__).parents[2] / "plan_templates"


@cache
def shipped() -> tuple[PlanTemplate, ...]:
    """Those of the files."""
    found = (
        files.from_toml(path.read_text(encoding="utf-8"), key=path.stem, source=path.name)
        for path in FOLDER.glob("*.toml")
    )
    return tuple(sorted(found, key=lambda template: template.order))


def everything() -> list[PlanTemplate]:
    """Files and saved rows alike. A row was checked when it was saved; one that no longer fits is left out."""
    own = (of_row(row) for row in SavedTemplate.objects.order_by("name", "pk"))
    return [*shipped(), *(template for template in own if template)]


def find(key: str) -> PlanTemplate:
    """Raises LookupError."""
    known = {one.key: one for one in shipped()}
    row = None if key in known else SavedTemplate.objects.filter(slug=key).first()
    found = of_row(row) if row else known.get(key)
    if found is None:
        raise LookupError(key)
    return found


def of_row(row: SavedTemplate) -> PlanTemplate | None:
    head = {"name": row.name, "description": row.description, "has_waves": row.has_waves}
    try:
        return files.read(head | row.content, key=row.slug, version=row.version)
    except Refused:
        return None
