"""Whether one can tell afterwards that it worked."""

from collections.abc import Iterator

from notices.enums import Severity
from notices.lint import objectives, telling
from notices.lint.findings import Fix, Found, rule
from notices.lint.plan import LoadedPlan


@rule("MEA001", Severity.WARNING, "Nobody said what it is for", source="Measurable objectives")
def every_line_has_an_objective(plan: LoadedPlan) -> Iterator[Found]:
    for line in plan.lines:
        if line.step and not line.step.objective.strip() and telling.is_to_come(line, now=plan.now):
            usual = objectives.of(line.medium, line.kind)
            yield Found(
                place=line.place,
                sentence=f"“{line.name}” has no objective: nobody can tell afterwards whether it worked.",
                facts={"line": str(line.place)},
                fix=Fix("set_objective", f"Set the usual one: “{usual}”", {"step": line.place.pk}),
            )
