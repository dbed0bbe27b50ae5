from datetime import UTC, datetime

import pytest
from django.template import engines
from django.test import RequestFactory

from accounts.models import Account
from commsplan import looks
from engagement.enums import EngagementKind, EngagementState, Promise, Rsvp
from notices.enums import MessageState, NoticeState
from upgrades.enums import Attitude, Freeze, Impact, Phase, Quadrant, Status
from vendors.enums import NoteStatus

AT = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def rendered(source: str, *, zone="Europe/Lisbon", **values) -> str:
    request = RequestFactory().get("/")
    request.user = Account(name="Ana", time_zone=zone)
    return engines["django"].from_string(source).render(values, request).strip()


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("milestone", Status),
        ("upgrade", Phase),
        ("notice", NoticeState),
        ("message", MessageState),
        ("impact", Impact),
        ("freeze", Freeze),
        ("attitude", Attitude),
        ("quadrant", Quadrant),
        ("engagement", EngagementState),
        ("engagement_kind", EngagementKind),
        ("rsvp", Rsvp),
        ("promise", Promise),
        ("note", NoteStatus),
    ],
)
def test_every_state_has_its_words_and_icon(kind, states):
    assert [state for state in states if state not in looks.LOOKS[kind]] == []


def test_a_state_read_from_the_database_looks_like_its_enum():
    assert looks.look_of("message", "bounced") == looks.look_of("message", MessageState.BOUNCED)
    assert looks.look_of("impact", 3) == looks.look_of("impact", Impact.OUTAGE)
    assert looks.look_of("impact", 0).words == "No impact"


def test_a_state_without_a_look_shows_its_words():
    assert looks.look_of("notice", "held_back").words == "Held back"


def test_a_moment_is_shown_in_the_readers_zone():
    assert rendered("{% when at %}", at=AT) == (
        '<time datetime="2026-03-29T00:30:00+00:00">Sunday 29 March 2026, 00:30 Europe/Lisbon (WET)</time>'
    )


def test_the_places_zone_stands_beside_it_only_where_its_clock_differs():
    assert "Europe/Berlin (CET)" in rendered("{% when at zone='Europe/Berlin' %}", at=AT)
    assert "London" not in rendered("{% when at zone='Europe/London' %}", at=AT)


def test_lists_say_how_long_ago_with_the_moment_as_title():
    html = rendered("{% ago at %}", at=AT)

    assert 'title="Sunday 29 March 2026, 00:30 Europe/Lisbon (WET)"' in html
    assert html.startswith("<relative-time ")


def test_no_moment_has_words():
    assert "no date yet" in rendered("{% when at %}", at=None)
    assert "never" in rendered("{% ago at %}", at=None)


def test_what_people_wrote_is_escaped():
    html = rendered(
        '{% include "components/person.html" with name=name only %}{% card title=name %}{{ name }}{% endcard %}',
        name="<img src=x>",
    )

    assert "<img" not in html
    assert html.count("&lt;img src=x&gt;") == 3


@pytest.mark.parametrize(("name", "letters"), [("Ana Maria Abel", "AA"), ("Cher", "C"), ("", "")])
def test_initials(name, letters):
    assert rendered("{{ name|initials }}", name=name) == letters
