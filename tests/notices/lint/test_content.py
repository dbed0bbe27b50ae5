"""CNT001, CNT002, CNT007, CNT009, CNT010, CNT011, CNT014: what each kind of notice has to say."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices import wording
from notices.enums import NoticeKind, NoticeState
from notices.lint import fixing
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact

REASONS = {"why_now": "It is the quietest week.", "risk": "It would stay open."}


@pytest.fixture
def mail(db):
    return factories.service("Mail")


@pytest.fixture
def window(mail):
    upgrade = factories.upgrade("Mail migration", services=[mail], **REASONS)
    return factories.milestone(upgrade, impact=Impact.OUTAGE, downtime=60, effect="Mail stops.")


def said(body, *, subject="{{ upgrade }}: {{ short_day }}", language="en"):
    return {"language": language, "level": "plain", "subject": subject, "body": body}


def told(on, body="{{ services }} stops: {{ window }}. {{ why }} {{ contact_name }}\n", *, people=(), **fields):
    words = fields.pop("words", [said(body, **{k: fields.pop(k) for k in ("subject", "language") if k in fields})])
    return factories.notice(on, people=people, words=words, **fields)


def fixed(found, notice, ana):
    sentence = fixing.apply(notice.upgrade, found.fix, by=ana, now=NOW)
    notice.refresh_from_db()
    return sentence


def place(notice):
    return f"notice:{notice.pk}"


def test_an_action_without_a_deadline(findings_of, window):
    window.action = "Save your work."
    window.save()
    notice = told(window)

    found = findings_of("CNT001", window.upgrade)

    assert found[place(notice)].sentence == ("“Announcement”: it does not say until when people must have done it.")
    assert found[place(notice)].fix.values["url"].endswith(f"/milestones/{window.pk}/")


def test_an_action_with_its_deadline(findings_of, window):
    window.action, window.action_deadline = "Save your work.", NOW + timedelta(days=12)
    window.save()
    told(window)

    assert findings_of("CNT001", window.upgrade) == {}


def test_an_action_request_that_asks_for_nothing(findings_of, window):
    notice = told(window, kind=NoticeKind.ACTION)

    assert findings_of("CNT001", window.upgrade)[place(notice)].found.facts == {"spots": [["en-plain", ["action"]]]}


def test_an_executive_brief_without_the_risk(findings_of, window):
    silent = told(window, "{{ services }} stops.", kind=NoticeKind.EXECUTIVE)
    told(window, "{{ services }} stops. Otherwise it would fail.", kind=NoticeKind.EXECUTIVE, title="With the risk")

    assert [*findings_of("CNT001", window.upgrade)] == [place(silent)]


def test_what_is_out_is_not_judged(findings_of, window):
    told(window, "It stops.", kind=NoticeKind.ACTION, state=NoticeState.CANCELLED)

    assert findings_of("CNT001", window.upgrade) == {}


def test_nothing_to_do_is_not_said(ana, findings_of, window):
    notice = told(window.upgrade, "Mail gets a new look.")

    (found,) = findings_of("CNT002", window.upgrade).values()
    fixed(found, notice, ana)

    assert notice.words[0]["body"] == "Mail gets a new look.\n\n**You need to do nothing.**\n"
    assert findings_of("CNT002", window.upgrade) == {}


@pytest.mark.parametrize(
    "body", ["Mail gets a new look. You need to do nothing.", "Please tell us what you think of it."]
)
def test_nothing_to_do_is_said_or_something_is_asked(findings_of, window, body):
    told(window.upgrade, body)

    assert findings_of("CNT002", window.upgrade) == {}


def test_the_facts_card_says_that_there_is_nothing_to_do(findings_of, window):
    told(window, "It stops.")

    assert findings_of("CNT002", window.upgrade) == {}


def test_a_subject_without_service_and_date(ana, findings_of, window):
    notice = told(window, subject="Important information for all staff")

    (found,) = findings_of("CNT007", window.upgrade).values()
    fixed(found, notice, ana)

    assert "names neither the service nor the upgrade and has no date" in found.sentence
    assert found.fix.label == "Write “Mail: Important information for all staff, Mon 16 Mar 2026”"
    assert findings_of("CNT007", window.upgrade) == {}


def test_the_better_subject_says_all_that_the_old_one_said(findings_of, window):
    told(window, subject="Mail stops.")

    (found,) = findings_of("CNT007", window.upgrade).values()

    assert found.fix.label == "Write “Mail stops, Mon 16 Mar 2026”"


def test_a_subject_that_would_be_too_long_is_for_people_to_shorten(findings_of, window):
    told(window, subject="Everybody who reads this should know that something is going to stop")

    (found,) = findings_of("CNT007", window.upgrade).values()

    assert found.fix.act == "open"


def test_a_subject_that_no_phone_shows(findings_of, window):
    told(window, subject="{{ upgrade }} on {{ short_day }}, and everything else that we would like to say about it")

    (found,) = findings_of("CNT007", window.upgrade).values()

    assert "a phone shows 60" in found.sentence


def test_a_subject_with_both(findings_of, window):
    told(window, subject="Mail stops on 16 March")

    assert findings_of("CNT007", window.upgrade) == {}


def test_a_language_of_the_readers_is_missing(ana, findings_of, window):
    words = [one for one in wording.of(NoticeKind.ANNOUNCEMENT) if one["language"] == "en"]
    readers = [factories.person(language="fr"), factories.person(language="fr"), factories.person(language="en")]
    notice = told(window, people=readers, words=words)

    (found,) = findings_of("CNT009", window.upgrade).values()
    sentence = fixed(found, notice, ana)

    assert found.sentence == "“Announcement” is written in English, and 2 people read Français."
    assert sentence == "“Announcement” speaks Français now."
    assert [one["language"] for one in notice.words] == ["en", "fr"]
    assert findings_of("CNT009", window.upgrade) == {}


def test_own_words_are_translated_by_people(findings_of, window):
    told(window, people=[factories.person(language="de")])

    (found,) = findings_of("CNT009", window.upgrade).values()

    assert found.fix.act == "open"


def test_nobody_reads_another_language(findings_of, window):
    told(window, people=[factories.person(language="en")])
    factories.person(language="de")

    assert findings_of("CNT009", window.upgrade) == {}


def test_the_first_message_lacks_the_reasons(ana, findings_of, window):
    cai = factories.person()
    first = told(window, people=[cai], send_at=NOW + timedelta(hours=1))
    told(window, people=[cai], send_at=NOW + timedelta(days=2))

    (found,) = findings_of("CNT010", window.upgrade).values()
    fixed(found, first, ana)

    assert str(found.place) == place(first)
    assert found.sentence.endswith("lacks the reason for the date and the risk of not changing.")
    assert "**Why now.** {{ why_now }}" in first.words[0]["body"]
    assert findings_of("CNT010", window.upgrade) == {}


def test_reasons_that_the_upgrade_does_not_know(findings_of, window):
    window.upgrade.risk = ""
    window.upgrade.save()
    told(window, people=[factories.person()])

    (found,) = findings_of("CNT010", window.upgrade).values()

    assert found.fix.act == "open"
    assert found.fix.values["url"] == f"/upgrades/{window.upgrade.slug}/edit/"


def test_a_first_message_with_all_reasons(findings_of, window):
    told(window, "{{ services }} stops. {{ why }} {{ why_now }} {{ risk }}", people=[factories.person()])

    assert findings_of("CNT010", window.upgrade) == {}


def test_only_benefits(findings_of, window):
    notice = told(window.upgrade, "You gain more space, and search is faster.")

    assert [*findings_of("CNT011", window.upgrade)] == [place(notice)]


@pytest.mark.parametrize("body", ["You gain space. The first days will be slower.", "Mail gets a new look."])
def test_an_honest_word(findings_of, window, body):
    told(window.upgrade, body)

    assert findings_of("CNT011", window.upgrade) == {}


def test_a_window_without_downtime(findings_of, window):
    window.downtime = None
    window.save()
    told(window)

    (found,) = findings_of("CNT014", window.upgrade).values()

    assert found.sentence == "“Go-live” has a window of 4 hours, but nobody says how long one person goes without."


def test_a_window_with_downtime(findings_of, window):
    told(window)

    assert findings_of("CNT014", window.upgrade) == {}


def test_the_number_of_queries_does_not_depend_on_the_number_of_notices(window, mail, findings_of):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            findings_of("CNT001", window.upgrade)
        return len(seen)

    told(window, people=[factories.person(language="fr")])
    queries()  # what is asked once in a process
    one = queries()
    for _ in range(2):
        other = factories.milestone(window.upgrade, services=[mail])
        told(other, people=[factories.person(language="de")])

    assert queries() == one


def test_a_long_name_of_an_upgrade_is_reported_once(findings_of, window):
    window.upgrade.name = "Migration of all mailboxes to the new mail system"
    window.upgrade.save()
    for _ in range(3):
        told(window, subject="{{ upgrade }}: {{ short_day }}")

    found = findings_of("CNT007", window.upgrade)

    assert [*found] == [f"upgrade:{window.upgrade.pk}"]
    assert "its name has 49 characters" in found[f"upgrade:{window.upgrade.pk}"].sentence


def test_a_short_date_in_a_subject_is_a_date(findings_of, window):
    told(window, subject="Mail migration: reminder for 16/03")

    assert findings_of("CNT007", window.upgrade) == {}
