from django.db.models import TextChoices

from upgrades.enums import Impact, Status


class NoteImpact(TextChoices):
    """In the words of MAINTNOTE."""

    NO_IMPACT = "NO-IMPACT", "No impact"
    REDUCED_REDUNDANCY = "REDUCED-REDUNDANCY", "Reduced redundancy"
    DEGRADED = "DEGRADED", "Degraded"
    OUTAGE = "OUTAGE", "Outage"

    @property
    def impact(self) -> Impact:
        return Impact[self.name]


class NoteStatus(TextChoices):
    TENTATIVE = "TENTATIVE", "Tentative"
    CONFIRMED = "CONFIRMED", "Confirmed"
    CANCELLED = "CANCELLED", "Cancelled"
    IN_PROCESS = "IN-PROCESS", "In process"
    COMPLETED = "COMPLETED", "Completed"
    RE_SCHEDULED = "RE-SCHEDULED", "Rescheduled"
    NO_CHANGE = "NO-CHANGE", "Not said"

    @property
    def status(self) -> Status | None:
        """Of the milestone; None where the note leaves it as it is."""
        return MEANING.get(self)


MEANING = {
    NoteStatus.TENTATIVE: Status.TENTATIVE,
    NoteStatus.CONFIRMED: Status.CONFIRMED,
    NoteStatus.CANCELLED: Status.CANCELLED,
    NoteStatus.IN_PROCESS: Status.IN_PROCESS,
    NoteStatus.COMPLETED: Status.COMPLETED,
    NoteStatus.RE_SCHEDULED: Status.CONFIRMED,  # with its new times
}
