"""The expectation ledger: what each person was last told, and whether it still holds. It keeps no rows of its own.

    messages that got through, conversations attended
      --histories--> who was told by the same ones, in the same order     (one query, whatever the number of people)
      --sources----> the facts that each of them told                     (the assertions of its revision)
      --beliefs----> of each fact the last value
      --drift------> what of it differs from the plan in a way that matters

People with the same history believe the same, so facts are worked out once for each history, never person by person.
"""

from notices.pipeline.ledger.beliefs import Belief, Believers, Ledger, believed, of_person, of_upgrade, of_upgrades
from notices.pipeline.ledger.differences import Differences, differences, to_reader
from notices.pipeline.ledger.drift import Group, Wrong, is_wrong, rows_of, wrong, wrong_in
from notices.pipeline.ledger.histories import PENDING, TALK, Telling
from notices.pipeline.ledger.outdated import outdated
from notices.pipeline.ledger.plan import Plan, plans_of, thresholds_of
from notices.pipeline.ledger.sources import Source, reliable

__all__ = [
    "PENDING",
    "TALK",
    "Belief",
    "Believers",
    "Differences",
    "Group",
    "Ledger",
    "Plan",
    "Source",
    "Telling",
    "Wrong",
    "believed",
    "differences",
    "is_wrong",
    "of_person",
    "of_upgrade",
    "of_upgrades",
    "outdated",
    "plans_of",
    "reliable",
    "rows_of",
    "thresholds_of",
    "to_reader",
    "wrong",
    "wrong_in",
]
