"""Who hears it: one rule, one queryset. Preview, count, simulation and `outbox.fill` all ask here.

rule       a union of ways to be chosen, narrowed by filters
choosing   whom its ways choose
filtering  whom its filters hold back
deputies   who stands in for those who are away
days       the day whose absences count
resolving  everybody in the audience, reached or not
reasons    why somebody gets nothing over a channel
reaching   over which channel each of them counts, and whether it reaches them
foreseen   what will be otherwise by then, for those who look ahead
ways       the rules of many audiences in parts, worked out for all of them together
"""

from notices.pipeline.audience.choosing import chosen
from notices.pipeline.audience.days import day_at, day_of
from notices.pipeline.audience.deputies import MOST_STEPS, days_with_deputies, standing_in
from notices.pipeline.audience.filtering import let_through
from notices.pipeline.audience.foreseen import Foreseen
from notices.pipeline.audience.reaching import address_over, counted_elsewhere, everybody, recipients, sent_over
from notices.pipeline.audience.reasons import (
    ADDRESS_REASONS,
    BOUNCED,
    COMPLAINED,
    NO_ADDRESS,
    UNWANTED,
    no_address,
    opted_out,
    reasons,
    refused,
)
from notices.pipeline.audience.resolving import resolve
from notices.pipeline.audience.rule import FILTER_WORDS, ROOM, Audience, people_and_rooms

__all__ = [
    "ADDRESS_REASONS",
    "BOUNCED",
    "COMPLAINED",
    "FILTER_WORDS",
    "MOST_STEPS",
    "NO_ADDRESS",
    "ROOM",
    "UNWANTED",
    "Audience",
    "Foreseen",
    "address_over",
    "chosen",
    "counted_elsewhere",
    "day_at",
    "day_of",
    "days_with_deputies",
    "everybody",
    "let_through",
    "no_address",
    "opted_out",
    "people_and_rooms",
    "reasons",
    "recipients",
    "refused",
    "resolve",
    "sent_over",
    "standing_in",
]
