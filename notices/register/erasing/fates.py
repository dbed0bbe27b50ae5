"""Before it is done: how many of what, and what becomes of them."""

from dataclasses import dataclass
from typing import Any

from notices.register.merging import counted
from stakeholders.models import Person


@dataclass(frozen=True)
class Fate:
    words: str
    number: int
    fate: str
    is_kept: bool = False


def what_happens(person: Person) -> list[Fate]:
    """One query."""
    everybody = Person.objects.filter(pk=person.pk)
    names = dict.fromkeys(related for _, related, _, _ in FATES)
    rows: Any = everybody.values(**{f"n_{name}": counted(name) for name in names})
    row = rows.get()
    return [Fate(words, row[f"n_{name}"], fate, is_kept) for words, name, fate, is_kept in FATES if row[f"n_{name}"]]


FATES = (
    (
        "Messages",
        "messages",
        "Counts, states, times and fingerprints stay. Name and address go; what waits is not sent.",
        True,
    ),
    ("Attendances and invitations to engagements", "participations", "Counted as before, without the remark.", True),
    ("Survey invitations", "invitations", "Counted as before. Answers under their name lose name and texts.", True),
    (
        "Concerns",
        "concerns",
        "Counted as before, without who asked and what they wrote. A public answer stays.",
        True,
    ),
    ("Nominations by them", "nominations", "Stay, without who nominated.", True),
    ("Nominations of them", "nominated", "Counted as before, without name and address.", True),
    ("Follow-ups and promises", "follow_ups", "Stay, without who it was for.", True),
    ("Groups", "memberships", "Removed.", False),
    ("Places in upgrades, with every assessment", "stakes", "Removed.", False),
    ("Absences", "absences", "Removed.", False),
    ("Absences in which they stand in", "stands_in", "Stay, without a deputy.", True),
    ("Relations", "relations", "Removed.", False),
    ("Relations to them", "related_from", "Removed.", False),
    ("Topics declined", "opt_outs", "Removed.", False),
    ("Addresses for other channels", "addresses", "Removed.", False),
    ("People merged into this one", "merged_from", "Erased too.", False),
)
