"""From words, facts and a reader to what is sent. Preview, delivery and the status page all come through here.

A message is made from its variant, its revision's facts, its own values and the release of its notice, and from
nothing else: no clock, no setting, no later edit. So it renders again to the same bytes.
"""

from notices.pipeline.render.asserting import asserted_facts
from notices.pipeline.render.checking import Problem, check, check_words, makes_sense
from notices.pipeline.render.copies import of_message, preview, public, read_facts, sample_reader, sample_values
from notices.pipeline.render.digest import of_messages
from notices.pipeline.render.release import facts_of, release_of
from notices.pipeline.render.stamping import Stamped, Stamps
from notices.pipeline.render.words import PLACEHOLDERS, CannotRender, asserted

__all__ = [
    "PLACEHOLDERS",
    "CannotRender",
    "Problem",
    "Stamped",
    "Stamps",
    "asserted",
    "asserted_facts",
    "check",
    "check_words",
    "facts_of",
    "makes_sense",
    "of_message",
    "of_messages",
    "preview",
    "public",
    "read_facts",
    "release_of",
    "sample_reader",
    "sample_values",
]
