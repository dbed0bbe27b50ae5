"""CNT003 and CNT004: what the prose says against what the plan knows.

The window is Monday 16 March 2026, 09:00 to 13:00 in Berlin.
"""

import pytest

from notices.enums import NoticeState
from notices.lint import fixing
from notices.lint.acts import NotFixable
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact


@pytest.fixture
def window(db):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail")])
    return factories.milestone(upgrade, impact=Impact.OUTAGE, downtime=60)


@pytest.fixture
def told(window):
    def tell(body, language="en", **fields):
        words = [{"language": language, "level": "plain", "subject": "{{ upgrade }}", "body": body}]
        return factories.notice(window, words=words, **fields)

    return tell


@pytest.mark.parametrize(
    ("body", "language", "quote"),
    [
        ("Mail stops at 09:00.", "en", "09:00"),
        ("Mail stops at 9 a.m. and is back later.", "en", "9 a.m."),
        ("Es beginnt um 9 Uhr.", "de", "9 Uhr"),
        ("Cela commence à 9h00.", "fr", "9h00"),
    ],
)
def test_a_time_without_a_zone(ana, findings_of, window, told, body, language, quote):
    notice = told(body, language)

    (found,) = findings_of("CNT003", window.upgrade).values()
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    notice.refresh_from_db()
    assert found.sentence == f"“Announcement”: “{quote}” does not say in which time zone."
    assert f"{quote} Europe/Berlin (CET)" in notice.words[0]["body"]
    assert findings_of("CNT003", window.upgrade) == {}


@pytest.mark.parametrize(
    "body",
    [
        "Mail stops at 09:00 CET.",
        "Mail stops at 09:00, local time.",
        "The window: {{ window }}. Mail stops at 09:15.",
        "It takes 2 hours.",
    ],
)
def test_a_time_with_its_zone(findings_of, window, told, body):
    told(body)

    assert findings_of("CNT003", window.upgrade) == {}


@pytest.mark.parametrize(
    ("body", "language", "wrong", "right"),
    [
        ("It is on Tuesday 16 March 2026.", "en", "Tuesday 16 March 2026", "{{ day }}"),
        ("Es ist am Sonntag, 16.03.2026.", "de", "Sonntag, 16.03.2026", "{{ day }}"),
        ("Le mardi 16 mars.", "fr", "mardi 16 mars", "{{ day }}"),
        ("Training is on Monday, 3 March.", "en", "Monday, 3 March", "Tuesday 3 March 2026"),
    ],
)
def test_a_weekday_that_is_not_that_of_its_date(ana, findings_of, window, told, body, language, wrong, right):
    notice = told(body, language)

    (found,) = findings_of("CNT003", window.upgrade).values()
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    notice.refresh_from_db()
    assert f"“{wrong}” does not exist" in found.sentence
    assert notice.words[0]["body"].strip() == body.replace(wrong, right)


def test_a_weekday_that_is_right(findings_of, window, told):
    told("It is on Mon 16 March 2026.")

    assert findings_of("CNT003", window.upgrade) == {}


@pytest.mark.parametrize(
    ("body", "language", "wrong", "right"),
    [
        ("Mail will be unavailable on 17 March 2026.", "en", "17 March 2026", "{{ day }}"),
        ("The work starts on Mon 9 March, so save your files.", "en", "Mon 9 March", "{{ day }}"),
        ("Mail starts at 07:00 CET.", "en", "07:00", "{{ start }}"),
        ("Mail is down until 15:00 CET.", "en", "15:00", "{{ end }}"),
        ("Die Wartung beginnt am 18.3.2026.", "de", "18.3.2026", "{{ day }}"),
        ("L’interruption commence le 17 mars.", "fr", "le 17 mars", "{{ day }}"),
    ],
)
def test_prose_against_the_facts(ana, findings_of, window, told, body, language, wrong, right):
    notice = told(body, language)

    (found,) = findings_of("CNT004", window.upgrade).values()
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    notice.refresh_from_db()
    assert f"it says “{wrong}”, but the plan says Monday 16 March 2026, 09:00–13:00" in found.sentence
    assert notice.words[0]["body"].strip() == body.replace(wrong, right)
    assert findings_of("CNT004", window.upgrade) == {}


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Mail will be unavailable on 16 March 2026.", "en"),
        ("Mail stops at 09:15 CET.", "en"),
        ("The survey starts on 20 March.", "en"),
        ("Training sessions begin on 9 March.", "en"),
        ("Support for the old system ends on 1 May 2026.", "en"),
        ("The work was to start on 9 March; it is on {{ day }} instead.", "en"),
        ("Our help desk runs until 20:00 CET.", "en"),
        ("Please save your work before 12 March, then it starts.", "en"),
        ("Die Umfrage beginnt am 20.3.2026.", "de"),
        ("La formation commence le 9 mars.", "fr"),
        ("Read page 17, March edition.", "en"),
    ],
)
def test_prose_that_contradicts_nothing(findings_of, window, told, body, language):
    told(body, language)

    assert findings_of("CNT004", window.upgrade) == {}


def test_the_date_of_another_wave_is_no_contradiction(findings_of, window, told):
    factories.milestone(window.upgrade, name="Wave 2", start=window.start.replace(day=23))
    told("In the other building it starts on 23 March.")

    assert findings_of("CNT004", window.upgrade) == {}


def test_another_service_stops(ana, findings_of, window, told):
    factories.service("Campus Wi-Fi")
    notice = told("Campus Wi-Fi will be unavailable.")

    (found,) = findings_of("CNT004", window.upgrade).values()
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    notice.refresh_from_db()
    assert found.sentence == "“Announcement”: it says that “Campus Wi-Fi” stops, but the plan is about Mail."
    assert notice.words[0]["body"] == "{{ services }} will be unavailable."


@pytest.mark.parametrize(
    "body", ["Campus Wi-Fi is not affected and never goes down.", "Mail and Campus Wi-Fi will be unavailable."]
)
def test_another_service_that_works(findings_of, window, told, body):
    factories.service("Campus Wi-Fi")
    told(body)

    assert findings_of("CNT004", window.upgrade) == {}


def test_what_was_approved_is_a_draft_again(ana, findings_of, window, told):
    notice = told("Mail starts at 07:00 CET.", state=NoticeState.IN_REVIEW)

    (found,) = findings_of("CNT004", window.upgrade).values()
    sentence = fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    notice.refresh_from_db()
    assert sentence == "“Announcement” is changed. It is a draft again: somebody has to approve the new words."
    assert notice.state == NoticeState.DRAFT


def test_words_that_somebody_else_changed_are_not_mended(ana, findings_of, window, told):
    notice = told("Mail starts at 07:00 CET.")
    (found,) = findings_of("CNT004", window.upgrade).values()
    type(notice).objects.filter(pk=notice.pk).update(version=2)

    with pytest.raises(NotFixable, match="Somebody else has saved"):
        fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)


def test_several_places_are_one_finding_and_one_click(ana, findings_of, window, told):
    notice = told("Mail starts on 17 March.\n\nMail is unavailable on 18 March.")

    (found,) = findings_of("CNT004", window.upgrade).values()
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    notice.refresh_from_db()
    assert found.sentence.endswith("There is 1 more place like it.")
    assert notice.words[0]["body"] == "Mail starts on {{ day }}.\n\nMail is unavailable on {{ day }}."


@pytest.mark.parametrize(
    "said",
    [
        "In week 12 (9–15 March 2026) Mail is unavailable. We moved 12,300 mailboxes in 3:45 hours.",
        "From 9 to 15 March we migrate Mail.",
    ],
)
def test_days_until_and_durations_are_no_contradiction(findings_of, window, told, said):
    told(said)

    assert findings_of("CNT003", window.upgrade) == {}
    assert findings_of("CNT004", window.upgrade) == {}
