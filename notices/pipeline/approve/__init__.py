"""Who stands behind what is said: a revision freezes words, facts, audience and channels, and approval binds to it.

drafting    saving what is not out yet
submitting  from a draft to those who decide
deciding    somebody stands behind it, or sends it back
renewing    the plan has changed: a new revision, which needs approval again
cancelling  calling it off
who_may     where four eyes have to see it, and whose they are
facts       what a notice asserts, and what of it is no longer so
people      whom it goes to, as seen by those who approve it
freezing    what it says at one moment, for good: revisions
locking     the notice behind the lock of its row

Every change of state is made under that lock, so that of two people who approve at once one is first, and the other is
told so. Nothing here sends anything.
"""

from notices.pipeline.approve.cancelling import cancel
from notices.pipeline.approve.deciding import AT_ONCE, approve, reapprove, schedule, seal, send_back
from notices.pipeline.approve.drafting import EDITABLE, save_draft
from notices.pipeline.approve.facts import asserts, changed_facts, is_approved_as_it_is
from notices.pipeline.approve.freezing import LATEST, freeze, incomplete, last_of
from notices.pipeline.approve.locking import PLANNED, UNAPPROVED, Conflict, NotAllowed, lock
from notices.pipeline.approve.people import size_of
from notices.pipeline.approve.renewing import refresh, stays_approved
from notices.pipeline.approve.submitting import ask_again, submit
from notices.pipeline.approve.who_may import MANY, four_eyes, may_approve, outgrown, takes_approval, writers

__all__ = [
    "AT_ONCE",
    "EDITABLE",
    "LATEST",
    "MANY",
    "PLANNED",
    "UNAPPROVED",
    "Conflict",
    "NotAllowed",
    "approve",
    "ask_again",
    "asserts",
    "cancel",
    "changed_facts",
    "four_eyes",
    "freeze",
    "incomplete",
    "is_approved_as_it_is",
    "last_of",
    "lock",
    "may_approve",
    "outgrown",
    "reapprove",
    "refresh",
    "save_draft",
    "schedule",
    "seal",
    "send_back",
    "size_of",
    "stays_approved",
    "submit",
    "takes_approval",
    "writers",
]
