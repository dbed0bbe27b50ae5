"""What a reader was told, and what is true now."""

import re

import pytest

from notices import wording
from notices.channels import mime
from notices.enums import PUT_RIGHT, NoticeKind
from notices.pipeline import render
from notices.pipeline.render.copies import _letter
from tests import factories
from tests.factories import NOW
from tests.notices.pipeline.samples import FACTS, MILESTONE, RELEASE, message

WAVE_2 = {key.replace(":7.", ":8."): value for key, value in MILESTONE.items()} | {
    "milestone:8.name": "Wave 2: Harbour",
    "milestone:8.uid": "6f1c7c1f-7f0e-4b8b-8c37-3a9c8f1f4a12",
    "milestone:8.start": "2026-04-11T20:00:00+00:00",
}
REASON = {"milestone:7.change_reason": "The vendor delivers a week later."}
MOVED = {
    "fact": "milestone:7.start",
    "told": "2026-03-21T21:00:00+00:00",
    "now": "2026-03-28T21:00:00+00:00",
    "on": "2026-02-02",
    "by": "email",
}
ONE = (
    "Start: You were told by mail on 2 February: Saturday 21 March 2026, 22:00 Europe/Berlin (CET). It is now Saturday"
)


def row(fact, told, now, *, on="2026-02-02", by="email"):
    return {"fact": fact, "told": told, "now": now, "on": on, "by": by}


def new(fact, now):
    return row(fact, None, now, on="", by="")


def letter(rows, *, kind="correction", language="en", facts=FACTS, body=None, **values):
    said = next(one for one in wording.of(kind) if one["language"] == language)
    return render.of_message(
        message(
            kind=kind,
            language=language,
            subject=said["subject"],
            body=said["body"] if body is None else body,
            facts=facts,
            release=RELEASE | {"told": {"k1": rows}},
            told="k1",
            **values,
        )
    )


def lines(rows, **options) -> list[str]:
    """The lines about the changes, unwrapped."""
    text = re.sub(r"\n  +", " ", letter(rows, body="{{ changes }}", **options).text)
    return [line.removeprefix("- ") for line in text.partition("\n\nSee ")[0].splitlines() if line]


def test_a_correction_says_what_was_told_when_and_how_and_what_holds():
    assert lines([MOVED], facts=FACTS | REASON) == [
        "Wave 1: City campus",
        "Start: You were told by mail on 2 February: Saturday 21 March 2026, 22:00 Europe/Berlin (CET)."
        " It is now Saturday 28 March 2026, 22:00 Europe/Berlin (CET).",
        "What you must do: Unchanged: “Log out of webmail.”",
        "To be done by: Saturday 28 March 2026, 17:00 Europe/Berlin (CET)",
        "Reason: The vendor delivers a week later.",
    ]


def test_without_a_reason_none_is_said():
    assert not [line for line in lines([MOVED]) if line.startswith("Reason")]


@pytest.mark.parametrize(
    ("told", "now", "said"),
    [
        ("Log out.", "Log in.", "You were told by mail on 2 February: “Log out.” It is now “Log in.”"),
        (
            "",
            "Log in",
            "You were told by mail on 2 February that you need to do nothing. Now please do this: “Log in”.",
        ),
        ("Log out.", "", "You were told by mail on 2 February: “Log out.” You need not do that any more."),
        (None, "Log in.", "You have not been told yet: “Log in.”"),
    ],
)
def test_what_one_has_to_do_is_changed_from_and_to(told, now, said):
    facts = FACTS | {"milestone:7.action": now}

    said_of = lines([MOVED, row("milestone:7.action", told, now)], facts=facts)

    assert f"What you must do: {said}" in said_of


def test_that_there_is_still_nothing_to_do_is_said():
    facts = FACTS | {"milestone:7.action": "", "milestone:7.action_deadline": None}

    assert lines([MOVED], facts=facts)[-1] == "What you must do: Unchanged: you need to do nothing."


def test_what_is_cancelled_asks_for_nothing():
    facts = FACTS | {"milestone:7.status": "cancelled"}
    said = lines([row("milestone:7.status", "confirmed", "cancelled")], facts=facts)

    assert said[1:] == ["Status: You were told by mail on 2 February: “Confirmed”. It is now “Cancelled”."]


def test_several_milestones_are_kept_apart_the_first_to_come_first():
    rows = [
        row("upgrade.contact_name", "Olaf", "Maria Lang", on="2025-12-30", by="talk"),
        row("milestone:8.downtime", 30, 90),
        MOVED,
    ]
    said = lines(rows, facts=FACTS | WAVE_2)

    assert [line for line in said if ":" not in line or line.startswith("Wave")] == [
        "Wave 1: City campus",
        "Wave 2: Harbour",
        "Mail migration",
    ]
    assert said[-1] == (
        "Questions to: You were told in a conversation on 30 December 2025: Olaf. It is now Maria Lang."
    )


def test_what_is_new_to_everybody_is_said_as_it_is():
    rows = [
        new("milestone:7.start", MOVED["now"]),
        new("milestone:7.sites", ["Harbour"]),
        new("milestone:7.action", ""),
    ]

    assert lines(rows, kind="catch_up") == [
        "Wave 1: City campus",
        "Start: Saturday 28 March 2026, 22:00 Europe/Berlin (CET)",
        "Where: Harbour",
        "What you must do: Nothing. No action is needed.",
    ]


def test_what_is_new_among_changes_says_so():
    said = lines([MOVED, new("milestone:8.start", WAVE_2["milestone:8.start"])], facts=FACTS | WAVE_2)

    assert "Wave 2: Harbour (you have not been told yet)" in said


@pytest.mark.parametrize(("language", "start"), [("de", "Beginn: Wir haben"), ("fr", "Début : Nous vous avions")])
def test_changes_are_said_in_the_readers_language(language, start):
    envelope = letter([MOVED], language=language)

    assert start in envelope.text
    assert "It is now" not in envelope.text


@pytest.mark.parametrize("kind", sorted(set(NoticeKind) - set(PUT_RIGHT)))
def test_every_other_kind_says_it_in_a_box(kind):
    envelope = letter([MOVED], kind=kind, body="Hello.")

    assert envelope.text.startswith("Changed since we told you\n")
    assert envelope.html.count('<td class="changes"') == 1
    assert "It is now" in envelope.html


def test_words_that_print_the_changes_need_no_box():
    envelope = letter([MOVED])

    assert "Changed since we told you" not in envelope.html + envelope.text
    assert envelope.html.count("It is now") == 1


def test_without_changes_there_is_no_box_and_no_gap():
    with_key, without = (
        letter([], kind="reminder"),
        render.of_message(
            message(
                kind="reminder", subject=wording.of("reminder")[0]["subject"], body=wording.of("reminder")[0]["body"]
            )
        ),
    )

    assert mime.build(with_key) == mime.build(without)
    assert letter([]).text.startswith(
        "Hello Cai,\n\nwhat we told you about Mail migration is no longer right. Please go by\nthis:\n\nWe are"
    )


def test_values_in_changes_are_never_markup():
    facts = FACTS | {
        "milestone:7.name": "**x** <b>[a](https://b.c)",
        "milestone:7.change_reason": "# <script> zq0001qz",
    }
    envelope = letter([MOVED], facts=facts)

    assert "**x** <b>[a](https://b.c)" in envelope.text
    assert "# <script>" in envelope.text
    assert "<b>" not in envelope.html
    assert "<script" not in envelope.html


def test_equal_letters_are_laid_out_once():
    first, second = (
        message(kind="correction", pk=pk, release=RELEASE | {"told": {"a": [MOVED], "b": []}}) for pk in (1, 2)
    )
    made = [
        _letter(one.notice, one.variant, facts=FACTS, release=one.notice.release, values=one.values, told=[MOVED])
        for one in (first, second)
    ]

    assert hash(made[0]) == hash(made[1])
    assert made[0] == made[1]
    assert "told" not in dict(made[0].release)


def test_the_card_is_that_of_the_one_milestone_or_of_none():
    one, two = (
        letter([MOVED], facts=FACTS | WAVE_2),
        letter([MOVED, row("milestone:8.end", None, None)], facts=FACTS | WAVE_2),
    )

    assert "What:              Wave 1: City campus" in one.text
    assert "When:" not in two.text
    assert "Questions: Maria Lang" in two.text


def test_each_milestone_of_the_rows_updates_its_entry():
    rows = [MOVED, row("milestone:8.status", "confirmed", "cancelled")]
    facts = FACTS | WAVE_2 | {"milestone:8.status": "cancelled", "milestone:8.sequence": 5}
    first, second = letter(rows, facts=facts, invite=True).calendars

    assert (first.method, second.method) == ("REQUEST", "CANCEL")
    assert b"UID:" + MILESTONE["milestone:7.uid"].encode() in first.data
    assert b"SEQUENCE:5" in second.data
    assert b"UID:" + WAVE_2["milestone:8.uid"].encode() in second.data


def test_information_has_no_method_and_what_is_about_no_window_no_entry():
    contact = row("upgrade.contact_name", "Olaf", "Maria Lang")

    assert [part.method for part in letter([MOVED]).calendars] == [""]
    assert letter([contact], facts=FACTS | WAVE_2).calendars == ()


def test_the_line_beside_the_subject_says_what_holds():
    assert "Start: Saturday 28 March 2026, 22:00 Europe/Berlin (CET)" in letter([MOVED]).html.partition("<h1")[0]


@pytest.mark.parametrize("kind", PUT_RIGHT)
def test_a_distribution_list_reads_what_has_changed_too(kind):
    assert "It is now" in letter([MOVED], kind=kind, is_list=True).text


@pytest.mark.django_db
def test_a_correction_holds_the_facts_of_all_milestones():
    milestone = factories.milestone()
    other = factories.milestone(milestone.upgrade)
    notice = factories.notice(milestone.upgrade, kind=NoticeKind.CORRECTION)

    facts = render.facts_of(notice)

    assert {facts[f"milestone:{one.pk}.name"] for one in (milestone, other)} == {milestone.name, other.name}


@pytest.mark.django_db
def test_a_preview_shows_what_it_puts_right():
    milestone = factories.milestone()
    notice = factories.notice(milestone, kind=NoticeKind.REMINDER)
    told = [row(f"milestone:{milestone.pk}.start", "2026-03-01T08:00:00+00:00", milestone.start.isoformat())]

    envelope = render.preview(notice, person=factories.person(), told=told, now=NOW)

    assert "Changed since we told you" in envelope.html


def test_only_corrections_print_changes():
    said = [{"language": "en", "level": "plain", "subject": "{{ changes }}", "body": "{{ changes }}"}]
    has = {"has_milestone": True, "has_survey": True}

    assert [str(each) for each in render.check_words(said, **has)] == [
        "en, subject, line 1: A subject cannot hold what has changed: it has many lines. Put it into the text."
    ]
    assert len(render.check_words(said[:1], **has, has_changes=False)) == 3
    assert render.asserted("{{ changes }}") == set()
