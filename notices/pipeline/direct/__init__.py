"""What is said to people who are named, because of what it is about. It goes out at once, unless it takes approval.

saying      by mail to these, now
meetings    invitations to engagements, and what changes about them
objections  what is decided about a date that does not work for somebody
answers     the answer to what somebody raised
"""

from notices.pipeline.direct.saying import reachable, say

__all__ = ["reachable", "say"]
