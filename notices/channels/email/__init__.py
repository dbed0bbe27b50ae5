"""Mail, through the server that EMAIL_URL names, or the one of EMAIL_FALLBACK_URL.

`post` is what the outside sees. Below it: `line` is one connection, `session` what is said over it, `opening` the way
in; `judging` says what a refusal means.
"""

from notices.channels.email.post import Mail
from notices.channels.email.relay import FALLBACK, MAIN, find

__all__ = ["FALLBACK", "MAIN", "Mail", "find"]
