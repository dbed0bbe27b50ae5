import re
from email import message_from_bytes, policy

import pytest

from commsplan.lib import tokens
from notices.channels import mime, verp
from notices.channels.base import ChannelError
from notices.enums import NoticeKind
from notices.models import Message
from notices.pipeline import render
from stakeholders.enums import Channel
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.samples import BODY, FACTS, RELEASE, UPGRADE, message

LINK = re.compile(r"https://comms\.example\.org/[^\s\"<>]*")


def links(envelope) -> set[str]:
    return set(LINK.findall(envelope.text)) | set(LINK.findall(envelope.html))


def test_the_reader_is_greeted_by_name_and_told_when_in_words():
    envelope = render.of_message(message())

    assert envelope.subject == "Calendar and Mail: Saturday 28 March 2026"
    assert envelope.text.startswith(
        "Hello Cai,\n\nCalendar and Mail will not be available: Saturday 28 March 2026, 22:00\n"
        "Europe/Berlin (CET) – Sunday 29 March 2026, 06:00 Europe/Berlin (CEST).\n"
    )


def test_the_card_shows_the_readers_own_time_where_it_differs():
    here, away = (render.of_message(message(zone=zone)) for zone in ("Europe/Paris", "America/New_York"))

    assert "In your time" not in here.text + here.html
    assert "In your time: Saturday 28 March 2026, 17:00" in away.html
    assert "In your time: Saturday 28 March 2026, 17:00" in away.text


def test_a_zone_that_does_not_exist_is_no_reason_not_to_tell():
    assert "In your time" not in render.of_message(message(zone="Mars/Olympus")).text


def test_downtime_is_told_apart_from_the_window():
    text = render.of_message(message()).text

    assert "Expected downtime: 45 minutes\n" in text
    assert "The whole window: 7 hours." in text


def test_nothing_to_do_is_said():
    facts = FACTS | {"milestone:7.action": "", "milestone:7.action_deadline": None}

    assert "Nothing. No action is needed." in render.of_message(message(facts=facts)).text


def test_a_cancelled_window_asks_for_nothing():
    envelope = render.of_message(message(kind=NoticeKind.CANCELLED))

    assert "Status:    Cancelled\n" in envelope.text
    assert "What to do" not in envelope.text


@pytest.mark.parametrize(
    ("options", "label", "purpose"),
    [
        ({}, "See the status page", "/status/mail-migration/"),
        ({"asks": True}, "Confirm that you have read this", f"/m/{tokens.make('message', 1234)}/"),
        ({"survey": True, "asks": True}, "Answer the survey", f"/answer/{tokens.make('survey', 5)}/"),
    ],
)
def test_there_is_one_button(options, label, purpose):
    envelope = render.of_message(message(**options))

    assert f"{label}:\nhttps://comms.example.org{purpose}\n" in envelope.text
    assert re.search(rf'<a href="https://comms\.example\.org{re.escape(purpose)}"[^>]*>{label}</a>', envelope.html)


def test_a_distribution_list_gets_no_personal_link():
    words = "{{ name }}: [survey]({{ survey_link }}) {{ status_link }}"
    envelope = render.of_message(
        message(kind=NoticeKind.SURVEY, body=words, name="All staff", is_list=True, invite=True, survey=True, asks=True)
    )

    assert links(envelope) == {"https://comms.example.org/status/mail-migration/"}
    assert envelope.text.startswith("All staff: survey <https://comms.example.org/status/mail-migration/>")
    assert (envelope.unsubscribe_url, envelope.unsubscribe_mailto, envelope.one_click) == ("", "", False)


def test_a_list_is_never_invited_into_a_calendar():
    assert render.of_message(message(is_list=True, invite=True)).calendar.method == ""


@pytest.mark.parametrize(
    "mark", ["zqnameqz", "zq0000qz", "https://zqpersonal_linkqz.invalid", "zqwordsqz", "https://zqx_linkqz.invalid"]
)
def test_nobody_can_write_a_mark_of_ours(mark):
    envelope = render.of_message(
        message(
            body=f"{mark} [x]({mark}) {{{{ services }}}}", facts=FACTS | {"milestone:7.services": [mark]}, is_list=True
        )
    )

    assert links(envelope) == {"https://comms.example.org/status/mail-migration/"}
    assert "Cai" not in envelope.text + envelope.html
    assert envelope.text.replace("\u200b", "").startswith(mark)


def test_optional_topics_can_be_left_with_one_click():
    envelope = render.of_message(message(kind=NoticeKind.NEWS))

    assert envelope.one_click
    assert envelope.unsubscribe_url == f"https://comms.example.org/unsubscribe/{tokens.make('unsubscribe', 1234)}/"
    assert envelope.unsubscribe_mailto == (
        "mailto:maria.lang@example.org?subject=No%20more%20news%20%28Mail%20migration%29%3A%20cai%40example.org"
    )
    assert envelope.unsubscribe_url in links(envelope)


def test_what_must_be_told_offers_preferences_only():
    envelope = render.of_message(message())
    preferences = f"https://comms.example.org/preferences/{tokens.make('preferences', 1234)}/"

    assert (envelope.unsubscribe_url, envelope.unsubscribe_mailto, envelope.one_click) == (preferences, "", False)
    assert "/unsubscribe/" not in envelope.text + envelope.html
    assert "cannot be declined" in envelope.text


def test_an_unpublished_upgrade_is_shown_on_the_readers_own_page():
    release = RELEASE | {"published": False}
    own = f"https://comms.example.org/m/{tokens.make('message', 1234)}/"

    person, group = (render.of_message(message(release=release, is_list=is_list)) for is_list in (False, True))

    assert own in links(person)
    assert not any("/status/mail-migration" in link for link in links(person) | links(group))


def test_names_are_text_wherever_they_stand():
    name = "Zoë **x** <b>[a](http://evil)</b> &amp;"
    words = "{{ name }}\n\n- `{{ name }}`\n\n| {{ name }} |\n|---|\n| a |"
    envelope = render.of_message(message(body=words, subject="For {{ name }}", name=name))

    assert envelope.subject == f"For {name}"
    assert envelope.text.startswith(f"{name}\n\n- {name}\n")
    assert "evil)</b>" not in envelope.html
    assert "http://evil" not in re.findall(r'href="([^"]*)"', envelope.html)
    assert (
        envelope.html.count("Zoë **x** &lt;b&gt;[a](http://evil)&lt;/b&gt; &amp;amp;") == 6
    )  # title, its label, h1, and thrice


def test_addresses_are_written_for_the_wire():
    assert render.of_message(message(address="cai@müller.example")).address == "cai@xn--mller-kva.example"


def test_two_copies_of_one_letter_share_nothing_personal():
    first, second = render.of_message(message(pk=1, name="Cai Berg")), render.of_message(message(pk=2, name="Dee Dorn"))

    assert "Dee" not in first.text + first.html
    assert links(first) & links(second) == {"https://comms.example.org/status/mail-migration/"}


def test_rendering_is_pure():
    render.desk.lay_out.cache_clear()
    once = mime.build(render.of_message(message(survey=True, invite=True)))
    from_the_cache = mime.build(render.of_message(message(survey=True, invite=True)))
    render.desk.lay_out.cache_clear()
    again = mime.build(render.of_message(message(survey=True, invite=True)))

    assert once == from_the_cache == again


def test_words_that_cannot_be_rendered_are_refused_for_good():
    with pytest.raises(ChannelError, match="'nobody' is undefined") as refused:
        render.of_message(message(body="{{ nobody }}"))

    assert refused.value.permanent


def test_only_windows_are_attached_as_calendar_files():
    kinds = {kind for kind in NoticeKind if render.of_message(message(kind=kind)).calendar}

    assert kinds == {
        NoticeKind.SAVE_THE_DATE,
        NoticeKind.ANNOUNCEMENT,
        NoticeKind.ACTION,
        NoticeKind.REMINDER,
        NoticeKind.FINAL,
        NoticeKind.POSTPONED,
        NoticeKind.CANCELLED,
    }
    assert render.of_message(message(facts=UPGRADE, subject="News", body="News.")).calendar is None


def test_cancelling_reaches_calendars_even_before_the_milestone_says_so():
    calendar = render.of_message(message(kind=NoticeKind.CANCELLED, invite=True)).calendar

    assert calendar.method == "CANCEL"
    assert b"SEQUENCE:3" in calendar.data


def test_messages_about_one_upgrade_form_one_thread_for_each_person():
    first, second = render.of_message(message(pk=1)), render.of_message(message(pk=2))

    assert first.thread_id == second.thread_id == "<upgrade5.person77@comms.example.org>"
    assert (first.message_id, second.message_id) == (
        f"<m1.{verp.sign(1)}.20260302080000@comms.example.org>",
        f"<m2.{verp.sign(2)}.20260302080000@comms.example.org>",
    )


@pytest.mark.django_db
def test_the_preview_is_what_is_delivered_but_for_keys_and_links():
    cai = factories.person("Cai Berg", time_zone="America/New_York", wants_invitations=True)
    notice = factories.notice(people=[cai])
    preview = render.preview(notice, person=cai, now=NOW)
    delivered = sent_to(cai, factories.released_notice(notice.milestone, people=[cai], words=notice.words))

    assert without_keys(preview) == without_keys(delivered)


@pytest.mark.django_db
def test_a_preview_shows_words_that_are_not_saved():
    notice = factories.notice()
    words = [{"language": "en", "level": "plain", "subject": "New", "body": "{{ upgrade }} is **new**."}]

    envelope = render.preview(notice, person=factories.person(), words=words, now=NOW)

    assert envelope.subject == "New"
    assert envelope.text.startswith(f"{notice.upgrade.name} is new.\n")
    assert "/m/preview/" in envelope.html


@pytest.mark.django_db
def test_a_preview_without_words_says_so():
    with pytest.raises(render.CannotRender, match="has no words"):
        render.preview(factories.notice(words=[]), person=factories.person(), now=NOW)


@pytest.mark.django_db
def test_the_public_reads_no_name_and_no_personal_link():
    words = [
        {"language": "en", "level": "plain", "subject": "For {{ name }}", "body": BODY + "\n{{ survey_link }}\n"},
        {"language": "de", "level": "plain", "subject": "Für {{ name }}", "body": "Guten Tag {{ first_name }}!"},
    ]
    upgrade = factories.upgrade("Mail", services=[factories.service("Mail & Calendar")], published_at=NOW, slug="mail")
    notice = factories.approved_notice(
        factories.milestone(upgrade), words=words, channels=[Channel.PORTAL], survey=factories.survey(upgrade)
    )

    subject, html, text = render.public(notice, "en")
    german = render.public(notice, "de")

    assert subject == "For everyone"
    assert html.startswith("<p>Hello everyone,</p>\n<p><strong>Mail &amp; Calendar</strong> will not be available:")
    assert '<a href="http://testserver/status/mail/">' in html
    assert "style=" not in html
    assert text.startswith("Hello everyone,\n\nMail & Calendar will not be available:")
    assert german == ("Für zusammen", "<p>Guten Tag zusammen!</p>\n", "Guten Tag zusammen!")


@pytest.mark.django_db
def test_sample_values_cover_every_placeholder():
    samples = render.sample_values(factories.notice())

    assert samples.keys() == render.PLACEHOLDERS.keys()
    assert samples["window"] == "Monday 16 March 2026, 09:00–13:00 Europe/Berlin (CET)"


def sent_to(person, notice):
    return render.of_message(
        Message.objects.select_related("notice", "variant__revision").get(notice=notice, person=person)
    )


def without_keys(envelope) -> list[str]:
    mail = message_from_bytes(mime.build(envelope), policy=policy.default)
    headers = [f"{name}: {value}" for name, value in mail.items()]
    parts = [part.get_payload(decode=True).decode() for part in mail.walk() if not part.is_multipart()]
    said = "\n".join([*headers, *(part.replace("\r\n ", "") for part in parts)])
    said = re.sub(r"/(m|preferences|unsubscribe|answer)/[\w-]+/", r"/\1/…/", said)
    return re.sub(r"<m\d+\.[0-9a-f]+\.\d+@|Feedback-ID: \d+", "…", said).splitlines()
