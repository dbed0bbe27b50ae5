"""What an approval covered, and what has become of its audience since."""

from dataclasses import dataclass

from django.db.models import F, Func, QuerySet

from notices.models import ApprovedAudience, Notice
from notices.pipeline import audience
from stakeholders.models import Person

NUMBERS = "none one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905


@dataclass(frozen=True)
class Approval:
    approved_for: int = 0
    goes_to: int = 0
    joined: int = 0
    is_given: bool = False

    @property
    def left(self) -> int:
        return self.approved_for - (self.goes_to - self.joined)

    @property
    def sentence(self) -> str:
        """ "Approved for 1,240; goes to 1,243: four joined, one left."."""
        if not (self.joined or self.left):
            people = "person" if self.approved_for == 1 else "people"
            return f"For {self.approved_for:,} {people}; nobody has joined or left since."
        changes = [(self.joined, "joined"), (self.left, "left")]
        said = ", ".join(f"{_said(number)} {what}" for number, what in changes if number)
        return f"Approved for {self.approved_for:,}; goes to {self.goes_to:,}: {said}."


def of(notice: Notice) -> Approval:
    if not notice.approved_revision_id or notice.approved_size is None:
        return Approval()
    people = people_of(notice)
    seen = ApprovedAudience.objects.filter(notice=notice).annotate(person=Func(F("people"), function="unnest"))
    return Approval(
        approved_for=notice.approved_size,
        goes_to=people.count(),
        joined=people.exclude(pk__in=seen.values("person")).count(),
        is_given=True,
    )


def people_of(notice: Notice) -> QuerySet[Person]:
    """After the release: those for whom a message was made."""
    if notice.released_at:
        return Person.objects.filter(pk__in=notice.messages.values("person"))
    rule = audience.resolve(notice.audience, upgrade=notice.upgrade, milestone=notice.milestone, survey=notice.survey)
    return rule.order_by()


def _said(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
