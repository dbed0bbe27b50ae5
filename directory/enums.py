from django.db.models import TextChoices


class ImportState(TextChoices):
    """READING and APPLYING are worked on in the background."""

    UPLOADED = "uploaded", "Columns to be mapped"
    READING = "reading", "Reading"
    READY = "ready", "Ready to apply"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    UNDONE = "undone", "Taken back"
    FAILED = "failed", "Cannot be read"


class RowOutcome(TextChoices):
    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    SAME = "same", "Unchanged"
    WRONG = "wrong", "Has errors"
