"""Models of this app, a module for each part. Everybody imports them from here."""

from notices.models.check import PlanCheck, Term, Waiver
from notices.models.notice import (
    ApprovedAudience,
    Notice,
    NoticeQuerySet,
    Revision,
    Variant,
)
from notices.models.outbox import Message, MessageQuerySet, Receipt
from notices.models.plan import PassedOn, PlanStep, SavedTemplate
from notices.models.upkeep import DifferentPeople, Heartbeat

__all__ = [
    "ApprovedAudience",
    "DifferentPeople",
    "Heartbeat",
    "Message",
    "MessageQuerySet",
    "Notice",
    "NoticeQuerySet",
    "PassedOn",
    "PlanCheck",
    "PlanStep",
    "Receipt",
    "Revision",
    "SavedTemplate",
    "Term",
    "Variant",
    "Waiver",
]
