"""Models of this app, a module for each part. Everybody imports them from here."""

from notices.models.check import PlanCheck, Term, Waiver
from notices.models.correcting import Call, CallQuerySet, CorrectionRule
from notices.models.notice import (
    ApprovedAudience,
    Notice,
    NoticeQuerySet,
    Revision,
    Variant,
)
from notices.models.outbox import Message, MessageQuerySet, Receipt
from notices.models.plan import PassedOn, PlanStep, SavedTemplate
from notices.models.proof import ProofPack
from notices.models.review import Comment
from notices.models.upkeep import DifferentPeople, Heartbeat

__all__ = [
    "ApprovedAudience",
    "Call",
    "CallQuerySet",
    "Comment",
    "CorrectionRule",
    "DifferentPeople",
    "Heartbeat",
    "Message",
    "MessageQuerySet",
    "Notice",
    "NoticeQuerySet",
    "PassedOn",
    "PlanCheck",
    "PlanStep",
    "ProofPack",
    "Receipt",
    "Revision",
    "SavedTemplate",
    "Term",
    "Variant",
    "Waiver",
]
