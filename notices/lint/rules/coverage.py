"""Whether everybody hears of it."""

from collections.abc import Iterator

from notices.enums import NoticeKind, Severity
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.plan import LoadedPlan


@rule("COV004", Severity.ERROR, "Nobody is told that it is done", source="Paessler; cachethq/cachet 3665")
def somebody_says_that_it_is_done(plan: LoadedPlan) -> Iterator[Found]:
    for window in plan.windows:
        if not plan.notices(NoticeKind.COMPLETED, on=window):
            yield Found(
                place=Place.of(window),
                sentence=f"No notice says that “{window}” is completed: people wait, or work on without knowing.",
                facts={"window": window.pk},
                fix=Fix("add_completed", "Add “Completed” at its end", {"milestone": window.pk}),
            )
