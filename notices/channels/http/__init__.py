"""The one HTTP client of all channels.

client  asks, and knows whether a request that failed may have been acted upon: up to its last byte it was not
line    one connection to a checked address
answer  what a server answered, and what that means
"""

from notices.channels.http.answer import Answer, refusal, waiting_time
from notices.channels.http.client import Client, Unreachable
from notices.channels.http.line import CONNECT_SECONDS, through_proxy

__all__ = ["CONNECT_SECONDS", "Answer", "Client", "Unreachable", "refusal", "through_proxy", "waiting_time"]
