"""CNT005, CNT006, CNT008, CNT012, CNT013: plain, finished, honest and readable by everybody."""

import pytest

from notices.enums import Audible, NoticeKind
from notices.lint import fixing
from notices.models import Term
from stakeholders.enums import Category
from tests import factories
from tests.factories import NOW
from upgrades.enums import Impact

HARD = (
    "Notwithstanding the considerable organisational preparations undertaken by participating administrative "
    "departments, the infrastructure consolidation necessitates comprehensive interruptions of established "
    "communication facilities throughout the aforementioned reconfiguration period, irrespective of individual "
    "departmental requirements previously communicated.\n"
)


@pytest.fixture
def window(db):
    upgrade = factories.upgrade("Mail migration", services=[factories.service("Mail")])
    return factories.milestone(upgrade, impact=Impact.OUTAGE, downtime=240)


@pytest.fixture
def told(window):
    def tell(body, language="en", level="plain", **fields):
        words = [{"language": language, "level": level, "subject": "{{ upgrade }}", "body": body}]
        return factories.notice(window, words=words, **fields)

    return tell


def mend(found, notice, ana):
    fixing.apply(notice.upgrade, found.fix, by=ana, now=NOW)
    notice.refresh_from_db()
    return notice.words[0]["body"]


def test_an_acronym_that_nobody_explains(findings_of, window, told):
    told("You need the NAC client.")

    (found,) = findings_of("CNT005", window.upgrade).values()

    assert found.sentence == "“Announcement”: nobody explains what “NAC” stands for."
    assert found.fix.values == {"url": "/glossary/new/?word=NAC&language=en"}


@pytest.mark.parametrize(
    "body",
    [
        "You need network access control (NAC).",
        "You need NAC (network access control). NAC is easy.",
        "Take a PDF to the IT desk.",
        "NOTE: it starts.",
        "PLEASE READ THIS.",
        "It is at 09:00 CET.",
    ],
)
def test_acronyms_that_are_fine(findings_of, window, told, body):
    told(body)

    assert findings_of("CNT005", window.upgrade) == {}


def test_names_of_services_are_no_jargon(findings_of, window, told):
    factories.service("ERP")
    told("ERP has its own day.")

    assert findings_of("CNT005", window.upgrade) == {}


def test_a_word_with_something_better_in_its_place(ana, findings_of, window, told):
    notice = told("The **cutover** is on {{ day }}.")

    (found,) = findings_of("CNT005", window.upgrade).values()

    assert found.sentence == (
        "“Announcement”: “cutover” is a word that not all readers know. Better: “switch to the new system”."
    )
    assert mend(found, notice, ana) == "The **switch to the new system** is on {{ day }}."
    assert findings_of("CNT005", window.upgrade) == {}


def test_technical_readers_know_technical_words(findings_of, window, told):
    told("The cutover needs the VPN and NAC.", level="technical")

    assert findings_of("CNT005", window.upgrade) == {}


def test_an_audience_of_technical_readers_knows_them_too(findings_of, window, told):
    told("The cutover needs the VPN.", people=[factories.person(reader_level="technical")])

    assert findings_of("CNT005", window.upgrade) == {}


def test_the_organisation_decides_which_words_are_known(findings_of, window, told):
    Term.objects.create(word="NAC", audible=Audible.EVERYBODY)
    Term.objects.create(word="cutover", language="en", audible=Audible.EVERYBODY)
    Term.objects.create(word="whiteboard", audible=Audible.NOBODY, instead="board")
    told("The cutover needs NAC.")
    notice = told("See the whiteboard.", title="Board")

    assert [*findings_of("CNT005", window.upgrade)] == [f"notice:{notice.pk}"]


def test_jargon_in_the_facts_is_found_once_where_it_is_entered(findings_of, window, told):
    window.effect = "The failover takes a while."
    window.save()
    told("{{ effect }}")
    told("{{ effect }}", title="Reminder")

    (found,) = findings_of("CNT005", window.upgrade).values()

    assert str(found.place) == f"milestone:{window.pk}"
    assert found.fix.values["url"].endswith(f"/milestones/{window.pk}/")


def test_a_text_that_is_too_hard(findings_of, window, told):
    told(HARD)

    (found,) = findings_of("CNT006", window.upgrade).values()

    assert "end users should get 8" in found.sentence


def test_easy_words_and_short_texts_are_fine(findings_of, window, told):
    told("We move your mail on Sunday. You can not read it then. " * 5)
    told("Notwithstanding organisational preparations.")

    assert findings_of("CNT006", window.upgrade) == {}


def test_managers_get_more(findings_of, window, told):
    board = factories.group(category=Category.MANAGEMENT)
    told(HARD, audience={"groups": [board.pk]})

    (found,) = findings_of("CNT006", window.upgrade).values()

    assert "managers should get 10" in found.sentence


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("It starts on TBD.", "TBD"),
        ("Ask xxx about it.", "xxx"),
        ("Lorem ipsum dolor.", "Lorem ipsum"),
        ("It starts at ???", "???"),
        ("It starts on [date].", "[date]"),
        ("Dear {first name}, it starts.", "{first name}"),
        ("See [our page](www.college.edu/mail).", "www.college.edu/mail"),
        ("See http://localhost:8000/mail for more.", "http://localhost:8000/mail"),
        ("See https://www.example.com/mail for more.", "https://www.example.com/mail"),
        ("{{ contact_phone }}", "{{ contact_phone }}"),
        ("{{ no_such_thing }}", "no_such_thing"),
    ],
)
def test_what_is_not_finished(findings_of, window, told, body, quote):
    told(body)

    (found,) = findings_of("CNT008", window.upgrade).values()

    assert quote in found.sentence


@pytest.mark.parametrize(
    "body",
    [
        "See [the page](https://college.edu/mail), or write to {{ contact_email }}.",
        "See the [status page]({{ status_link }}).",
        "- [x] done\n- Is it ready? Yes!",
    ],
)
def test_what_is_finished(findings_of, window, told, body):
    told(body)

    assert findings_of("CNT008", window.upgrade) == {}


def test_a_link_to_a_status_page_that_is_not_published(findings_of, window, told):
    told(f"See http://testserver/status/{window.upgrade.slug}/ for news.")

    (found,) = findings_of("CNT008", window.upgrade).values()
    window.upgrade.publish(now=NOW)

    assert "not published yet" in found.sentence
    assert findings_of("CNT008", window.upgrade) == {}


def test_a_filler_in_the_facts(findings_of, window, told):
    window.effect = "Mail stops for TBD hours."
    window.save()
    told("It starts.")

    assert [*findings_of("CNT008", window.upgrade)] == [f"milestone:{window.pk}"]


@pytest.mark.parametrize(
    ("body", "language", "mended"),
    [
        ("Expect a brief interruption.", "en", "Expect an interruption of about {{ downtime }}."),
        ("Mail stops briefly.", "en", "Mail stops for about {{ downtime }}."),
        ("Eine kurze Unterbrechung.", "de", "Eine Unterbrechung von etwa {{ downtime }}."),
        ("Une brève coupure.", "fr", "Une coupure d’environ {{ downtime }}."),
    ],
)
def test_an_outage_that_is_played_down(ana, findings_of, window, told, body, language, mended):
    notice = told(body, language)

    (found,) = findings_of("CNT012", window.upgrade).values()

    assert "is an outage of 4 hours" in found.sentence
    assert mend(found, notice, ana) == mended
    assert findings_of("CNT012", window.upgrade) == {}


def test_in_short_is_no_short_outage(findings_of, window, told):
    told("In short: mail stops. Sorry for the short notice.")

    assert findings_of("CNT012", window.upgrade) == {}


def test_a_short_outage_may_be_called_short(findings_of, window, told):
    window.downtime = 20
    window.save()
    told("Expect a brief interruption.")

    assert findings_of("CNT012", window.upgrade) == {}


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("![](https://college.edu/map.png)", "en"),
        ("The red ones stop.", "en"),
        ("What stops is marked in red.", "en"),
        ("Rot markierte Dienste fallen aus.", "de"),
        ("Les dates sont affichées en rouge.", "fr"),
    ],
)
def test_a_picture_or_a_colour_alone(findings_of, window, told, body, language):
    told(body, language)

    assert len(findings_of("CNT013", window.upgrade)) == 1


@pytest.mark.parametrize("body", ["![A map of the campus](https://college.edu/map.png)", "We meet in the Green Room."])
def test_pictures_with_words_and_names_of_colours(findings_of, window, told, body):
    told(body)

    assert findings_of("CNT013", window.upgrade) == {}


def test_a_survey_says_nothing_of_windows(findings_of, window, told):
    told("How was it?", kind=NoticeKind.FOLLOW_UP)

    assert findings_of("CNT012", window.upgrade) == {}
