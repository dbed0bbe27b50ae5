"""What was asked and what was answered, named and typed as upgrades.facts, under the subject "concern:<id>"."""

from feedback.models import Concern
from upgrades.facts import Facts


def of_concern(concern: Concern) -> Facts:
    return {f"concern:{concern.pk}.text": concern.text, f"concern:{concern.pk}.answer": concern.answer}
