"""The break-glass kit: what lies ready for when an upgrade goes otherwise than told.

buttons   what may happen to a milestone, which words say it, which facts it changes
readers   who was told of a milestone, and so has to hear
laying    a line that is missing, and the same line again once it was used
using     one click: the plan changes, and those who were told hear it
waiting   what was filled in, and waits for a second pair of eyes
outages   what nobody planned: an upgrade of its own, made from a service
"""

from notices.pipeline.kit.buttons import BUTTONS, Button
from notices.pipeline.kit.laying import find, lay
from notices.pipeline.kit.readers import told_of
from notices.pipeline.kit.using import Used, approve_and_send, rehearse, use

__all__ = [
    "BUTTONS",
    "Button",
    "Used",
    "approve_and_send",
    "find",
    "lay",
    "rehearse",
    "told_of",
    "use",
]
