"""The last stage: claim a few, hand over several at a time, record each before the next one leaves its connection.

    batches    what was claimed at once, within the limits of the outlet
    supply     which is next, when more is claimed; what lies too long is given back
    pace       for how long the other side wants to be left alone
    manners    what a process has learned of the other sides
    contents   each as bytes
    judging    what becomes of a message after an attempt, and when it is tried again
    sending    one worker, one outlet, for a few seconds
    refusals   what is refused for good while it sends
    refusing   ... and what becomes of a domain or an outlet that goes on refusing
    patience   for how long the database may be away
    draining   which outlet, how many connections, how much it allows

Three transactions, never one: the claim, then the network outside of any, then the record. A worker that dies loses
its lease, and the outbox sends those messages again under the same Message-ID: only what was on its way to the other
side just then can arrive twice.
"""

from notices.pipeline.deliver.contents import again
from notices.pipeline.deliver.draining import Drained, drain, finish
from notices.pipeline.deliver.judging import WAIT_WHEN_UNKNOWN, waiting_time

__all__ = ["WAIT_WHEN_UNKNOWN", "Drained", "again", "drain", "finish", "waiting_time"]
