"""What comes back becomes receipts, and what people see on "What came back".

bytes ─► bounces.read ─► finding (which message) ─► taking (once, with its consequences) ─► receipts

What a reader does with a link (acknowledge, unsubscribe) is a receipt at once.
"""

from notices.pipeline.coming_back.finding import find
from notices.pipeline.coming_back.softly import SOFT_BOUNCES, SOFT_DAYS, SOFT_SPAN
from notices.pipeline.coming_back.taking import take_in, take_report

__all__ = ["SOFT_BOUNCES", "SOFT_DAYS", "SOFT_SPAN", "find", "take_in", "take_report"]
