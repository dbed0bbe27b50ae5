"""Writing a notice: nothing is lost, nothing is overwritten, and the preview tells the truth."""

import html
import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices import wording
from notices.enums import NoticeKind, NoticeState
from notices.forms import audience
from notices.models import Notice
from notices.pipeline import approve, render
from stakeholders.models import Absence
from tests import factories

GERMAN = {"language": "de", "level": "plain", "subject": "{{ services }} am {{ day }}", "body": "Hallo {{ name }}!\n"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def draft(ana, cai, now):
    upgrade = factories.upgrade(services=[factories.service("Mail")])
    milestone = factories.milestone(upgrade, start=now + timedelta(days=9))
    return factories.notice(milestone, people=[cai], author=ana, send_at=(now + timedelta(days=1)).replace(second=0))


def edit(notice) -> str:
    return reverse("notice_edit", args=[notice.pk])


def form_of(notice, words=None, **changes) -> dict:
    """What the browser posts when nothing but `changes` was touched."""
    texts = words or notice.words
    fields = {
        "version": notice.version,
        "showing": "",
        "kind": notice.kind,
        "channels": notice.channels,
        "words-TOTAL_FORMS": len(texts),
        "words-INITIAL_FORMS": len(notice.words),
    }
    if not notice.step_id:
        fields |= {"title": notice.title, "milestone": notice.milestone_id or "", "send_at": "", "expires_at": ""}
        if notice.send_at:
            fields["send_at"] = timezone.localtime(notice.send_at, ZoneInfo(notice.upgrade.time_zone)).strftime(
                "%Y-%m-%dT%H:%M"
            )
    for number, text in enumerate(texts):
        fields |= {f"words-{number}-{name}": value for name, value in text.items()}
    return fields | changes


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def preview_of(client, notice, words=None, **changes):
    return client.post(reverse("notice_preview", args=[notice.pk]), form_of(notice, words, **changes))


def frame_in(response) -> str:
    return re.search(r'src="(/notices/\d+/preview/[^"]+)"', response.content.decode())[1]


# Saving


def test_saving_keeps_every_version(client, ana, draft):
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, [{**draft.words[0], "subject": "New"}, GERMAN]))

    draft.refresh_from_db()
    assert draft.words == [{**draft.words[0], "subject": "New"}, GERMAN]
    assert draft.version == 2


def test_line_ends_of_browsers_are_made_ours(client, ana, draft):
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, [{**draft.words[0], "body": "a\r\n\r\nb"}]))

    draft.refresh_from_db()
    assert draft.words[0]["body"] == "a\n\nb"


def test_people_chosen_one_by_one_stay(client, ana, cai, draft):
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, affected="on"))

    draft.refresh_from_db()
    assert draft.audience == {"affected": True, "people": [cai.pk]}


def test_people_and_rooms_are_named_one_by_one(client, ana, ben, cai, dee, draft):
    room = factories.person(name="#it-news", email="", is_list=True)
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, **{"people": [dee.pk], "people-add": "#it-news"}))

    draft.refresh_from_db()
    assert draft.audience == {"people": [dee.pk, room.pk]}  # and Cai is taken out
    page = client.get(edit(draft)).content.decode()
    assert '<span class="form-check-label">#it-news</span>' in page


def test_a_name_that_nobody_has_is_said_beside_its_field(client, ana, cai, draft):
    client.force_login(ana)

    response = client.post(edit(draft), form_of(draft, **{"people": [cai.pk], "people-add": "Nobody Known"}))

    assert "Nobody here has this name or address." in response.content.decode()
    draft.refresh_from_db()
    assert draft.audience == {"people": [cai.pk]}


def test_of_very_many_people_none_is_listed_and_others_may_join(client, ana, ben, draft, monkeypatch):
    monkeypatch.setattr(audience, "MOST_NAMED", 1)
    many = sorted(factories.person().pk for _ in range(2))
    Notice.objects.filter(pk=draft.pk).update(audience={"people": many})
    dee = factories.person(name="Dee Else")
    client.force_login(ana)

    assert "2 people were chosen one by one, and stay." in client.get(edit(draft)).content.decode()
    client.post(edit(draft), form_of(draft, **{"people-add": dee.name}))

    draft.refresh_from_db()
    assert draft.audience == {"people": [*many, dee.pk]}


def test_a_time_is_on_the_wall_of_the_upgrades_place(client, ana, draft):
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, send_at="2027-06-01T09:00"))

    draft.refresh_from_db()
    assert draft.send_at.isoformat() == "2027-06-01T07:00:00+00:00"


def test_autosave_answers_with_the_new_version(client, ana, draft):
    client.force_login(ana)

    response = client.post(edit(draft), form_of(draft), headers={"X-Autosave": "1"})

    assert response.json() == {"version": 2}


def test_a_version_is_added_with_the_first_ones_words(client, ana, draft):
    client.force_login(ana)

    response = client.post(edit(draft), form_of(draft, act="add:de-plain"))

    draft.refresh_from_db()
    assert [(words["language"], words["subject"]) for words in draft.words] == [
        ("en", "{{ services }} stop on {{ day }}"),
        ("de", "{{ services }} stop on {{ day }}"),
    ]
    assert response.url == f"{edit(draft)}?version=de-plain"


def test_a_version_can_be_removed(client, ana, draft):
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, [draft.words[0], GERMAN], act="remove:en-plain"))

    draft.refresh_from_db()
    assert draft.words == [GERMAN]


def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong(client, ana, draft):
    client.force_login(ana)

    response = client.post(edit(draft), form_of(draft, [{**draft.words[0], "body": "Precious text"}], title=""))

    draft.refresh_from_db()
    assert response.status_code == 422
    assert "Precious text" in text_of(response)
    assert '<a href="#id_title">Title</a>: This field is required.' in text_of(response)
    assert draft.version == 1


def test_too_late_after_must_be_after_it_goes_out(client, ana, draft):
    client.force_login(ana)

    response = client.post(edit(draft), form_of(draft, send_at="2027-06-01T09:00", expires_at="2027-06-01T08:00"))

    assert "This must be after it goes out." in text_of(response)


# Two people


def test_two_editors_get_a_conflict_that_shows_both_texts(client, ana, ben, draft):
    mine = form_of(draft, [{**draft.words[0], "body": "My text"}])
    approve.save_draft(draft, by=ben, version=1, words=[{**draft.words[0], "body": "Their text"}])
    client.force_login(ana)

    response = client.post(edit(draft), mine)

    stored = Notice.objects.get(pk=draft.pk)
    assert response.status_code == 409
    assert "<del>Their </del><ins>My </ins>text" in text_of(response)
    assert "My text</textarea>" in text_of(response)
    assert stored.words[0]["body"] == "Their text"


def test_saving_again_after_a_conflict_is_a_choice(client, ana, ben, draft):
    mine = form_of(draft, [{**draft.words[0], "body": "My text"}])
    approve.save_draft(draft, by=ben, version=1, words=[{**draft.words[0], "body": "Their text"}])
    client.force_login(ana)
    shown = client.post(edit(draft), mine)

    client.post(edit(draft), mine | {"version": shown.context["version"]})

    assert Notice.objects.get(pk=draft.pk).words[0]["body"] == "My text"


def test_autosave_never_overwrites_somebody_else(client, ana, ben, draft):
    mine = form_of(draft, [{**draft.words[0], "body": "My text"}])
    approve.save_draft(draft, by=ben, version=1, words=[{**draft.words[0], "body": "Their text"}])
    client.force_login(ana)

    for _ in range(2):
        response = client.post(edit(draft), mine, headers={"X-Autosave": "1"})

        assert response.status_code == 409
        assert "<del>Their </del><ins>My </ins>text" in text_of(response)
        assert "<html" not in text_of(response)
    assert Notice.objects.get(pk=draft.pk).words[0]["body"] == "Their text"


# Approval


def test_editing_something_approved_says_what_it_costs(client, ana, cai, now):
    notice = factories.approved_notice(people=[cai], author=ana, now=now, send_at=now + timedelta(days=1))
    client.force_login(ana)

    page = text_of(client.get(edit(notice)))

    assert "This notice is approved." in page
    assert "it becomes a draft again" in page
    assert "data-autosave=" not in page


def test_editing_something_approved_makes_it_a_draft(client, ana, cai, now):
    notice = factories.approved_notice(people=[cai], author=ana, now=now, send_at=now + timedelta(days=1))
    client.force_login(ana)

    client.post(edit(notice), form_of(notice, [{**notice.words[0], "subject": "New"}]))

    notice.refresh_from_db()
    assert (notice.state, notice.approved_by) == (NoticeState.DRAFT, None)


def test_what_has_gone_out_is_not_edited(client, ana, cai, now):
    notice = factories.released_notice(people=[cai], author=ana, now=now)
    client.force_login(ana)

    response = client.post(edit(notice), form_of(notice, [{**notice.words[0], "subject": "New"}]), follow=True)

    notice.refresh_from_db()
    assert "its words do not change any more" in text_of(response)
    assert notice.words[0]["subject"] == "{{ services }} stop on {{ day }}"


def test_a_reader_does_not_write(client, draft):
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    assert client.get(edit(draft)).status_code == 403
    assert client.post(edit(draft), form_of(draft)).status_code == 403


# A notice of the plan


def test_a_notice_of_the_plan_has_its_time_and_audience_from_its_step(client, ana, now):
    step = factories.step(factories.milestone(start=now + timedelta(days=30)))
    notice = factories.notice(step=step, author=ana, audience={"affected": True})
    client.force_login(ana)

    page = text_of(client.get(edit(notice)))
    client.post(edit(notice), form_of(notice, asks_acknowledgement="on", title="Mine", affected=""))

    stored = Notice.objects.get(pk=notice.pk)
    assert reverse("step_edit", args=[step.upgrade.slug, step.pk]) in page
    assert 'name="send_at"' not in page
    assert (stored.title, stored.audience, stored.asks_acknowledgement) == (notice.title, {"affected": True}, True)


# The preview


def test_the_preview_is_what_would_be_sent(client, ana, cai, draft, now):
    client.force_login(ana)

    response = preview_of(client, draft)
    shown = text_of(client.get(frame_in(response)))

    sent = render.preview(draft, person=cai, now=now)
    body = " ".join(sent.html.split()).partition("<body")[2]
    assert sent.subject in text_of(response)
    assert body in shown


def test_the_preview_shows_what_is_typed_and_stores_nothing(client, ana, draft):
    client.force_login(ana)
    words = [{**draft.words[0], "subject": "Typed for {{ first_name }}"}]

    response = preview_of(client, draft, words)

    assert "Typed for Cai" in text_of(response)
    assert Notice.objects.get(pk=draft.pk).version == 1


def test_the_frame_of_a_preview_belongs_to_who_asked_for_it(client, ana, ben, draft):
    client.force_login(ana)
    url = frame_in(preview_of(client, draft))
    mine = text_of(client.get(url))
    client.force_login(ben)

    assert "Hello Cai" in mine
    assert "Hello Cai" not in text_of(client.get(url))


def test_without_the_cache_the_words_are_kept_and_the_picture_is_not(client, ana, draft, settings):
    client.force_login(ana)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1"}}

    response = preview_of(client, draft)

    assert response.status_code == 200
    assert "This preview is too old" in text_of(client.get(frame_in(response)))


def test_a_chosen_reader_sees_their_own_language_and_name(client, ana, cai, now):
    hans = factories.person("Hans Huber", language="de")
    notice = factories.notice(people=[cai, hans], words=[factories.WORDS[0], GERMAN], author=ana, send_at=now)
    client.force_login(ana)

    response = preview_of(client, notice, person=hans.pk, look="text")

    assert "Hallo Hans Huber!" in text_of(response)


def test_somebody_outside_the_audience_cannot_be_looked_through(client, ana, cai, draft):
    stranger = factories.person("Stranger")
    client.force_login(ana)

    page = text_of(preview_of(client, draft, person=stranger.pk))

    assert "<dt>To</dt><dd>Cai Carter</dd>" in page


def test_the_version_that_is_written_is_shown_to_somebody_who_reads_it(client, ana, cai, now):
    hans = factories.person("Hans Huber", language="de")
    notice = factories.notice(people=[cai, hans], words=[factories.WORDS[0], GERMAN], author=ana, send_at=now)
    client.force_login(ana)

    response = preview_of(client, notice, showing="de-plain", look="text")

    assert "Hallo Hans Huber!" in text_of(response)


def test_problems_say_where_and_what(client, ana, draft):
    client.force_login(ana)
    words = [{**draft.words[0], "body": "Fine.\n\nHello {{ frist_name }}."}]

    page = text_of(preview_of(client, draft, words))

    assert 'data-problem="en-plain" data-line="3"' in page
    assert "frist_name" in page


def test_dark_and_light_are_chosen_by_the_page_not_by_the_device(client, ana, draft):
    client.force_login(ana)
    looks = {
        look: text_of(client.get(html.unescape(frame_in(preview_of(client, draft, look=look)))))
        for look in ("desktop", "dark")
    }

    assert "prefers-color-scheme" not in looks["desktop"].replace("@media not all", "")
    assert "@media all" in looks["dark"]
    assert "@media all" not in looks["desktop"]


def test_without_scripts_a_button_shows_the_preview(client, ana, draft):
    client.force_login(ana)
    words = [{**draft.words[0], "subject": "Typed for {{ first_name }}"}]

    page = client.post(edit(draft), form_of(draft, words, act="preview"))

    assert "Typed for Cai" in text_of(page)
    assert Notice.objects.get(pk=draft.pk).version == 1


def test_readers_are_found_inside_the_audience(client, ana, cai, draft):
    factories.person("Carl Outside")
    client.force_login(ana)

    response = client.get(reverse("notice_readers", args=[draft.pk]), {"reader": "ca"})

    assert re.findall(r'data-name="([^"]+)"', response.content.decode()) == [cai.name]


def test_the_page_says_which_versions_are_missing(client, ana, cai, now):
    people = [cai, factories.person(language="de"), factories.person(language="de")]
    notice = factories.notice(people=people, author=ana, send_at=now)
    client.force_login(ana)

    response = client.get(edit(notice))

    needed = response.context["versions"].needed
    assert [(one.key, one.readers, one.instead, one.is_foreign) for one in needed] == [("de-plain", 2, "English", True)]
    assert "<strong>Deutsch</strong> is missing: 2 people get English instead." in text_of(response)


def test_the_preview_says_for_whom_its_reader_stands_in(client, ana, cai, now):
    dot = factories.person("Dot")
    today = now.astimezone(ZoneInfo("Europe/Berlin")).date()
    Absence.objects.create(person=cai, deputy=dot, start_on=today, end_on=today)
    notice = factories.notice(people=[cai], author=ana, send_at=now)
    client.force_login(ana)

    page = client.get(f"{edit(notice)}?person={dot.pk}")

    assert "stands in for Cai Carter, away until" in text_of(page)


def test_a_notice_that_reaches_nobody_is_shown_to_a_sample_reader(client, ana, now):
    notice = factories.notice(people=[], author=ana, send_at=now)
    client.force_login(ana)

    page = client.get(edit(notice))

    assert page.context["preview"].person == render.sample_reader(notice)
    assert "Sample Reader" in text_of(page)


# By hand


def test_a_notice_by_hand_begins_with_the_words_of_its_kind(client, ana):
    upgrade = factories.upgrade()
    client.force_login(ana)

    response = client.post(reverse("notice_new", args=[upgrade.slug]), {"title": "Parking", "kind": NoticeKind.NEWS})

    notice = upgrade.notices.get()
    assert response.url == edit(notice)
    assert (notice.title, notice.author, notice.state) == ("Parking", ana, NoticeState.DRAFT)
    assert notice.words == wording.of(NoticeKind.NEWS)


def test_a_notice_by_hand_may_begin_empty(client, ana):
    upgrade = factories.upgrade()
    client.force_login(ana)

    client.post(
        reverse("notice_new", args=[upgrade.slug]), {"title": "Parking", "kind": NoticeKind.NEWS, "is_empty": "on"}
    )

    assert upgrade.notices.get().words == [{"language": "en", "level": "plain", "subject": "", "body": ""}]
    assert client.get(edit(upgrade.notices.get())).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_composer_asks_the_same_number_of_questions_for_any_audience(
    client, ana, now, django_assert_num_queries, number
):
    milestone = factories.milestone(start=now + timedelta(days=9))
    notice = factories.notice(milestone, people=[factories.person() for _ in range(number)], author=ana, send_at=now)
    client.force_login(ana)

    with django_assert_num_queries(33):
        client.get(edit(notice))


@pytest.mark.parametrize("initial", ["0", "-1"])
def test_a_version_that_somebody_else_added_meanwhile_breaks_nothing(client, ana, draft, initial):
    client.force_login(ana)

    response = client.post(edit(draft), form_of(draft, **{"words-INITIAL_FORMS": initial}))

    assert response.status_code == 302
    assert Notice.objects.get(pk=draft.pk).words == draft.words


# Versions and their translations


def test_a_translation_that_is_behind_says_what_changed(client, ana, draft):
    approve.save_draft(draft, by=ana, version=1, words=[draft.words[0], GERMAN])
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, [{**draft.words[0], "subject": "{{ services }} rest"}, GERMAN]))
    page = text_of(client.get(edit(draft)))

    assert "<strong>Deutsch is behind.</strong>" in page
    assert re.search(r'data-version-tab="de-plain".*?behind</span></a>', page)
    assert "What changed in English since" in page
    assert "<ins>rest</ins>" in page


def test_a_translation_is_marked_as_up_to_date(client, ana, draft):
    approve.save_draft(draft, by=ana, version=1, words=[draft.words[0], GERMAN])
    approve.save_draft(draft, by=ana, version=2, words=[{**draft.words[0], "subject": "New"}, GERMAN])
    client.force_login(ana)

    client.post(edit(draft), form_of(draft, act="follow:de-plain"))

    draft.refresh_from_db()
    assert draft.words[1] == GERMAN
    assert "Up to date with English" in text_of(client.get(edit(draft)))


def test_what_a_translation_follows_is_no_part_of_a_revision(ana, draft, now):
    approve.save_draft(draft, by=ana, version=1, words=[draft.words[0], GERMAN])
    approve.save_draft(draft, by=ana, version=2, words=[{**draft.words[0], "subject": "New"}, GERMAN])
    first = approve.freeze(draft, by=ana, now=now)
    marked = [draft.words[0], {**GERMAN, "follows": None}]
    approve.save_draft(draft, by=ana, version=3, words=marked)

    assert approve.freeze(draft, by=ana, now=now) == first
    assert render.preview(draft, person=factories.person(language="de"), now=now).language == "de"


# Gaps


def test_what_prints_nothing_is_marked_in_the_preview(client, ana, draft):
    client.force_login(ana)
    words = [{**draft.words[0], "body": "Please {{ action }} soon.\n\nDear {{ frist_name }}."}]

    page = text_of(preview_of(client, draft, words, look="text"))
    frame = text_of(client.get(html.unescape(frame_in(preview_of(client, draft, words)))))

    assert "Please <mark>action</mark> soon." in page
    assert "Dear <mark>frist_name</mark>." in page
    assert 'data-why="“action” has no value, so it prints nothing."' in page
    assert re.search(r"Please <mark [^>]+>action</mark> soon", frame)


def test_placeholders_say_what_they_print_today_in_each_language(client, ana, draft):
    approve.save_draft(draft, by=ana, version=1, words=[draft.words[0], GERMAN])
    client.force_login(ana)

    found = {each["name"]: each["today"] for each in client.get(edit(draft)).context["placeholders"]}

    assert [*found["day"]] == ["en", "de"]
    assert found["day"]["en"] != found["day"]["de"]
    assert found["action"] == {"en": "", "de": ""}


def test_one_strip_says_how_long_and_how_hard_it_is(client, ana, draft):
    client.force_login(ana)
    words = [{**draft.words[0], "body": "The cutover starts. " * 20}]

    page = text_of(preview_of(client, draft, words))

    strip = re.search(r'<ul class="strip.*?</ul>', page)[0]
    assert re.search(r"Subject: \d+ of 60 characters", strip)
    assert re.search(r"Grade \d+, aim for 8", strip)
    assert re.search(r"\d+ words? of jargon", strip)
    assert "min to read" in strip


# A test to oneself


def test_a_test_goes_to_the_writer_with_what_is_on_the_screen(client, ana, draft, mailserver):
    client.force_login(ana)
    words = [{**draft.words[0], "subject": "Typed for {{ first_name }}"}]

    page = client.post(reverse("notice_edit_test", args=[draft.pk]), form_of(draft, words))

    (mail,) = mailserver.mails
    caught = message_from_bytes(mail.content, policy=default)
    assert (mail.recipient, caught["Subject"]) == (ana.email, "[Test] Typed for Cai")
    assert f"A test is on its way to {ana.email}" in text_of(page)
    assert Notice.objects.get(pk=draft.pk).version == 1


def test_a_test_that_cannot_be_rendered_says_why(client, ana, draft, mailserver):
    client.force_login(ana)

    page = client.post(
        reverse("notice_edit_test", args=[draft.pk]), form_of(draft, [{**draft.words[0], "body": "{{ frist_name }}"}])
    )

    assert mailserver.mails == []
    assert "No test was sent." in text_of(page)


# Conflicts


def test_a_conflict_shows_settings_too_and_mine_is_kept_by_choice(client, ana, ben, draft):
    mine = form_of(draft, title="My title")
    approve.save_draft(draft, by=ben, version=1, title="Their title")
    client.force_login(ana)

    shown = client.post(edit(draft), mine, headers={"X-Autosave": "1"})
    assert "<del>Their title</del><ins>My title</ins>" in text_of(shown)
    assert Notice.objects.get(pk=draft.pk).title == "Their title"

    act = re.search(r'value="(keep:\d+)"', text_of(shown))[1]
    client.post(edit(draft), mine | {"act": act})
    assert Notice.objects.get(pk=draft.pk).title == "My title"


def test_keeping_mine_does_not_overwrite_what_came_still_later(client, ana, ben, draft):
    mine = form_of(draft, title="My title")
    approve.save_draft(draft, by=ben, version=1, title="Their title")
    approve.save_draft(draft, by=ben, version=2, title="Their second title")
    client.force_login(ana)

    response = client.post(edit(draft), mine | {"act": "keep:2"})

    assert response.status_code == 409
    assert Notice.objects.get(pk=draft.pk).title == "Their second title"


# Two states side by side


def test_two_revisions_are_compared_on_a_page(client, ana, draft, now):
    approve.freeze(draft, by=ana, now=now)
    approve.save_draft(draft, by=ana, version=1, words=[{**draft.words[0], "subject": "New"}])
    approve.freeze(draft, by=ana, now=now)
    client.force_login(ana)

    page = client.get(reverse("notice_compare", args=[draft.pk]), {"from": "r1", "to": "r2"})

    assert [title for title, _ in page.context["sections"]] == ["Words"]
    assert "<ins>New</ins>" in text_of(page)


def test_comparing_ignores_what_does_not_exist(client, ana, draft):
    client.force_login(ana)

    page = client.get(reverse("notice_compare", args=[draft.pk]), {"from": "r99", "to": "s1"})

    assert (page.status_code, page.context["new"]) == (200, "now")
    assert "No difference" in text_of(page)


def test_an_address_says_what_a_new_notice_is_about(client, ana, draft):
    client.force_login(ana)
    window = draft.milestone
    address = reverse("notice_new", args=[window.upgrade.slug])

    form = client.get(address, {"kind": "progress", "milestone": window.pk}).context["form"]
    odd = client.get(address, {"kind": "nonsense", "milestone": "x"}).context["form"]

    assert {name: form[name].value() for name in ("kind", "milestone", "title")} == {
        "kind": "progress",
        "milestone": window.pk,
        "title": f"How it goes: {window}",
    }
    assert (odd["kind"].value(), odd["title"].value()) == ("news", None)


def test_words_that_nobody_could_send_are_not_kept(client, ana, draft):
    client.force_login(ana)

    page = client.post(edit(draft), form_of(draft, words=[{**draft.words[0], "body": "x" * 50_001}]))

    assert page.status_code == 422
    assert "at most 50000 characters" in text_of(page)
    assert Notice.objects.get(pk=draft.pk).words == draft.words
