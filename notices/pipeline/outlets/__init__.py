"""Over which outlet a channel leaves the house, with what, and whether at all.

    outlet = outlets.in_use(channel, now=now)        # the fallback, while the first one does not work
    if why := outlets.stopped_because(outlet): …     # claim nothing
    post = KINDS[channel].open(outlets.access(outlet))
    outlets.up(outlet, now=now)                      # once per drain in which something was accepted
    outlets.down(outlet, reason, now=now)            # ChannelDown

choosing   which one, and with what
health     whether it works
stopping   whether it may
telling    what is said of it: in its log, and on every page
offered    which channels may be chosen
trying_out a real message, to see whether it works

What is refused for good is the business of `deliver.refusing`.
"""

from notices.pipeline.outlets.choosing import access, fallback_of, in_use, of, usual
from notices.pipeline.outlets.health import down, up
from notices.pipeline.outlets.stopping import start, start_everything, stop, stop_everything, stopped_because
from notices.pipeline.outlets.telling import HALTED, MOST_DOMAINS, halted, note, remember_halted, tell_pages

__all__ = [
    "HALTED",
    "MOST_DOMAINS",
    "access",
    "down",
    "fallback_of",
    "halted",
    "in_use",
    "note",
    "of",
    "remember_halted",
    "start",
    "start_everything",
    "stop",
    "stop_everything",
    "stopped_because",
    "tell_pages",
    "up",
    "usual",
]
