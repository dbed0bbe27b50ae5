"""Models of this app, a module for each part. Everybody imports them from here."""

from notices.models.check import PlanCheck, Term, Waiver
from notices.models.correcting import Call, CallQuerySet, CorrectionRule
from notices.models.delivery import (
    Alert,
    DeliveryRules,
    DomainLimit,
    Incoming,
    Outlet,
    OutletLog,
    Reading,
)
from notices.models.limiting import DomainTrouble, Health, Seat, Standstill, Tally, Turn
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
    "Alert",
    "ApprovedAudience",
    "Call",
    "CallQuerySet",
    "Comment",
    "CorrectionRule",
    "DeliveryRules",
    "DifferentPeople",
    "DomainLimit",
    "DomainTrouble",
    "Health",
    "Heartbeat",
    "Incoming",
    "Message",
    "MessageQuerySet",
    "Notice",
    "NoticeQuerySet",
    "Outlet",
    "OutletLog",
    "PassedOn",
    "PlanCheck",
    "PlanStep",
    "ProofPack",
    "Reading",
    "Receipt",
    "Revision",
    "SavedTemplate",
    "Seat",
    "Standstill",
    "Tally",
    "Term",
    "Turn",
    "Variant",
    "Waiver",
]
