"""Every text that is shipped is clean for a complete upgrade, in all three languages."""

from datetime import timedelta

import pytest

from notices import wording
from notices.enums import PERSONAL, NoticeKind
from notices.lint.parts import texts
from notices.lint.said.judging import spots_of
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact

COMPLETE = {
    "objective": "All mailboxes run on the new system.",
    "why": "The old system gets no more updates.",
    "why_now": "This is the quietest week of the term.",
    "risk": "Every new security hole would stay open.",
    "benefit": "You get more space, and a search that finds things.",
    "contact_phone": "+49 30 1234",
}
KINDS = [kind for kind in NoticeKind if wording.of(kind) and kind not in PERSONAL]


@pytest.fixture
def window(db):
    mail = factories.service("Mail")
    upgrade = factories.upgrade("Mail migration", services=[mail], **COMPLETE)
    return factories.milestone(
        upgrade,
        impact=Impact.OUTAGE,
        downtime=120,
        effect="You cannot send or read mail for about two hours.",
        action="Save your work and close your mail.",
        action_deadline=NOW + timedelta(days=12),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("acts", [True, False], ids=["something to do", "nothing to do"])
def test_the_shipped_words_are_clean(window, kind, acts):
    if not acts:
        window.action, window.action_deadline = "", None
        window.save()
    notice = factories.notice(window, kind=kind, words=wording.of(kind))

    found = spots_of(texts.of_draft(notice, now=NOW, hear_first=kind != NoticeKind.ACTION))

    allowed = {"CNT001"} if kind == NoticeKind.ACTION and not acts else set()
    assert [(one.key, text.language, spot.sentence) for one, text, spot in found if one.key not in allowed] == []
