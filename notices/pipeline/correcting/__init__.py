"""Puts right what people believe: the ledger says who has what wrong, this says what becomes of it.

    deciding    whether it waits, how urgent it is, by when it has to be there                (pure)
    history     since when the plan is otherwise
    reaching    over which channel somebody is reached, what was tried, what is planned anyway
    needing     who needs a letter or a call
    proposing   keeps the letters in line with that; lets them out, or waits for a click
    calls       who has to be called because nothing reaches them
    catching_up who joined late, and was never told
    rule        how an upgrade does it: by itself, or with a click
    looking     which upgrades are worth a look
    quiet       remembers where nobody is wrong any more

What pages call: `open_corrections`, `propose_now`, `send_now`, `dismiss`, `calls.open`, `calls.done`, `rule.of`,
`rule.save`, `rule.approve`.
"""

from notices.pipeline.correcting import calls, rule
from notices.pipeline.correcting.proposing import dismiss, open_corrections, propose_now, send_now

__all__ = ["calls", "dismiss", "open_corrections", "propose_now", "rule", "send_now"]
