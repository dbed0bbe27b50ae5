"""Steps that the tests of the ledger share."""

from notices.enums import MessageState
from notices.models import Message
from tests import factories
from tests.factories import NOW


def arrive(notice, *, at=NOW, state=MessageState.SENT):
    """As if the mail server had taken all of them."""
    rows = Message.objects.filter(notice=notice, state=MessageState.QUEUED)
    return rows.update(state=state, sent_at=at, sha256=b"x" * 32)


def tell(on, people, *, at=NOW, **fields):
    notice = factories.released_notice(on, people=people, now=at, **fields)
    arrive(notice, at=at)
    return notice
