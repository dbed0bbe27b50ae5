from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.enums import Role
from tests.factories import account, critical_days, milestone, service, site, upgrade
from upgrades.enums import Freeze, Impact, Status
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 5, 2, 0, 0, tzinfo=UTC)  # 02:00 in Berlin


@pytest.fixture
def of():
    return upgrade("Mail migration", slug="mail", time_zone="Europe/Berlin")


@pytest.fixture
def window(of):
    return milestone(of, start=SATURDAY, end=SATURDAY + timedelta(hours=4))


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def address(name, *args):
    return reverse(name, args=["mail", *args])


def typed(**changes) -> dict:
    return {
        "name": "Go-live",
        "kind": "go_live",
        "status": "confirmed",
        "start": "2026-05-02T02:00",
        "end": "2026-05-02T06:00",
        "impact": "2",
        "is_public": "on",
    } | changes


def edited(editor, window, **changes) -> dict:
    form = editor.get(address("milestone_edit", window.pk)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    kept = {name: value for name, value in shown.items() if value not in (None, False)}
    kept |= {name: form[name].value().strftime("%Y-%m-%dT%H:%M") for name in form.MOMENTS if form[name].value()}
    return kept | changes


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_times_are_typed_and_shown_on_the_wall_clock_of_the_upgrade(editor, of):
    mail, harbour = service(), site()

    editor.post(
        address("milestone_new"),
        typed(
            downtime="30", services=[mail.pk], sites=[harbour.pk], action="Save.", action_deadline="2026-05-01T18:00"
        ),
    )

    made = Milestone.objects.get()
    assert (made.start, made.end) == (SATURDAY, SATURDAY + timedelta(hours=4))
    assert (made.baseline_start, made.is_moved) == (SATURDAY, False)
    assert (made.downtime, made.action_deadline) == (30, datetime(2026, 5, 1, 16, 0, tzinfo=UTC))
    assert (list(made.services.all()), list(made.sites.all())) == ([mail], [harbour])
    page = editor.get(address("milestone_edit", made.pk)).content.decode()
    assert 'value="2026-05-02T02:00"' in page
    assert "Europe/Berlin" in page


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("2026-03-29T02:30", "2026-03-29T05:00", "02:30 does not exist on that day"),
        ("2026-10-25T02:30", "2026-10-25T05:00", "02:30 occurs twice on that day"),
    ],
)
def test_a_time_that_the_clocks_skip_or_repeat_says_what_was_understood(editor, of, start, end, sentence):
    response = editor.post(address("milestone_new"), typed(start=start, end=end), follow=True)

    assert [message for message in said(response) if sentence in message]


def test_the_second_of_two_equal_hours_survives_being_saved(editor, of):
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    window = milestone(of, start=second, end=second + timedelta(hours=3))

    response = editor.post(address("milestone_edit", window.pk), edited(editor, window), follow=True)

    window.refresh_from_db()
    assert (window.start, window.sequence) == (second, 0)
    assert said(response) == ["Nothing was changed."]


def test_a_move_leads_to_the_plan_that_lists_what_moves_with_it(editor, window):
    response = editor.post(
        address("milestone_edit", window.pk),
        edited(editor, window, start="2026-05-09T02:00", end="2026-05-09T06:00"),
    )

    window.refresh_from_db()
    assert response.url == f"{address('upgrade_plan')}?moved={window.pk}"
    assert (window.start, window.baseline_start, window.sequence) == (SATURDAY + timedelta(days=7), SATURDAY, 1)
    assert (
        "Moved 7 days later from Saturday 2 May 2026, 02:00–06:00 Europe/Berlin (CEST)."
        in editor.get(address("upgrade_milestones")).content.decode()
    )


def test_other_changes_lead_back_to_the_milestones(editor, window):
    response = editor.post(address("milestone_edit", window.pk), edited(editor, window, effect="Slow mail."))

    window.refresh_from_db()
    assert (response.url, window.effect, window.sequence) == (address("upgrade_milestones"), "Slow mail.", 0)


def test_a_box_that_is_cleared_is_saved(editor, window):
    data = edited(editor, window)
    del data["is_public"]

    editor.post(address("milestone_edit", window.pk), data)

    window.refresh_from_db()
    assert window.is_public is False


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"end": "2026-05-02T01:00"}, "end", "The end must be after the start."),
        ({"action_deadline": "2026-05-01T18:00"}, "action", "Say what people must do by then"),
        ({"start": "soon"}, "start", "Enter a date and a time"),
        ({"downtime": "-5"}, "downtime", "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field_and_kept(editor, of, changes, field, sentence):
    response = editor.post(address("milestone_new"), typed(name="Cut-over", **changes))

    assert Milestone.objects.count() == 0
    assert sentence in str(response.context["form"].errors[field])
    assert 'value="Cut-over"' in response.content.decode()


def test_two_planners_lose_nothing(editor, window):
    data = edited(editor, window, name="Cut-over")
    Milestone.objects.update(impact=Impact.OUTAGE)

    response = editor.post(address("milestone_edit", window.pk), data)

    assert Milestone.objects.get().name == "Go-live"
    assert {(one.label, one.stored, one.typed) for one in response.context["form"].clashes} == {
        ("Name", "Go-live", "Cut-over"),
        ("Impact", "Outage", "Degraded"),
    }


def test_the_list_is_in_order_of_time_with_collisions_beside_them(editor, of, window):
    earlier = milestone(of, start=SATURDAY - timedelta(days=30), status=Status.COMPLETED)
    critical_days(name="Examinations", start=SATURDAY, freeze=Freeze.HARD)

    response = editor.get(address("upgrade_milestones"))

    assert [(one, len(hits)) for one, _, hits, _ in response.context["rows"]] == [(earlier, 0), (window, 1)]
    assert "Falls into a hard freeze" in response.content.decode()


def test_the_list_costs_the_same_for_one_milestone_and_for_three(editor, of, django_assert_num_queries):
    mail = service()

    def one_more():
        milestone(of, start=SATURDAY, end=SATURDAY + timedelta(hours=1), services=[mail], sites=[site()])
        critical_days(start=SATURDAY, services=[mail])

    one_more()
    with django_assert_num_queries(11):
        editor.get(address("upgrade_milestones"))
    one_more()
    one_more()
    with django_assert_num_queries(11):
        editor.get(address("upgrade_milestones"))


@pytest.mark.parametrize("role", [Role.READER, Role.APPROVER, Role.DEPARTMENT_CONTACT])
def test_only_managers_change_milestones_and_everybody_reads_them(client, window, role):
    client.force_login(account(role=role))

    assert client.post(address("milestone_new"), typed()).status_code == 403
    assert client.post(address("milestone_edit", window.pk), typed(name="Mine")).status_code == 403
    assert [one.name for one, _, _, _ in client.get(address("upgrade_milestones")).context["rows"]] == ["Go-live"]


def test_a_milestone_of_another_upgrade_is_not_found_here(editor, of):
    assert editor.get(address("milestone_edit", milestone().pk)).status_code == 404


def texts(response) -> str:
    return " ".join(response.content.decode().split())


def test_what_is_in_the_way_of_what_is_typed_is_said_and_nothing_is_saved(editor, of, window):
    mail = service("Mail")
    of.services.add(mail)
    milestone(upgrade("Switches", services=[mail]), name="New switches", start=SATURDAY + timedelta(days=7))
    critical_days(
        start=SATURDAY + timedelta(days=6), end=SATURDAY + timedelta(days=8), freeze=Freeze.HARD, name="Audit"
    )
    values = edited(editor, window, start="2026-05-09T02:00", end="2026-05-09T06:00", check="1")

    page = texts(editor.post(address("milestone_edit", window.pk), values))

    assert "Falls into a hard freeze" in page
    assert "New switches</a> of Switches" in page
    window.refresh_from_db()
    assert window.start == SATURDAY

    fragment = texts(editor.post(address("milestone_edit", window.pk), values, headers={"HX-Request": "true"}))
    assert "Audit" in fragment
    assert "<html" not in fragment


def test_a_free_window_is_taken_over_into_the_form_and_not_saved(editor, of, window):
    critical_days(start=SATURDAY, end=SATURDAY + timedelta(days=1), freeze=Freeze.HARD)
    offered = editor.get(address("milestone_edit", window.pk)).context["found"].slots[0]
    assert offered.start > SATURDAY

    response = editor.post(
        address("milestone_edit", window.pk), edited(editor, window, slot="2026-05-03T02:00 2026-05-03T06:00")
    )

    form = response.context["form"]
    assert (form["start"].value(), form["end"].value()) == ("2026-05-03T02:00", "2026-05-03T06:00")
    assert response.context["found"].is_clear
    window.refresh_from_db()
    assert window.start == SATURDAY


def test_a_milestone_that_is_not_made_yet_can_be_asked_about(editor, of):
    mail = service("Mail")
    critical_days(start=SATURDAY, end=SATURDAY + timedelta(days=1), services=[mail], name="Audit")

    response = editor.post(address("milestone_new"), typed(services=[mail.pk], check="1"))

    assert [hit.critical_days.name for hit in response.context["found"].collisions] == ["Audit"]
    assert not Milestone.objects.exists()
    assert editor.post(address("milestone_new"), {"check": "1"}).context["found"] is None


def test_why_it_changes_is_kept_and_shown(editor, window):
    editor.post(
        address("milestone_edit", window.pk), edited(editor, window, action="Log out.", why="The vendor is late.")
    )

    window.refresh_from_db()
    assert window.change_reason == "The vendor is late."
    assert "The vendor is late." in editor.get(address("upgrade_milestones")).content.decode()


def test_a_reason_that_was_forgotten_is_saved_alone(editor, window):
    editor.post(address("milestone_edit", window.pk), edited(editor, window, action="Log out."))
    response = editor.post(
        address("milestone_edit", window.pk),
        edited(editor, window, action="Log out.", why="The vendor is late."),
        follow=True,
    )

    window.refresh_from_db()
    assert (window.change_reason, said(response)) == ("The vendor is late.", ["Saved."])


def test_an_edit_without_a_reason_starts_with_an_empty_one(editor, window):
    window.change_reason = "The vendor is late."
    window.save()

    assert editor.get(address("milestone_edit", window.pk)).context["form"]["why"].value() in (None, "")


def test_internal_systems_are_typed_in_the_form(editor, window):
    editor.post(address("milestone_edit", window.pk), edited(editor, window, systems="mail-01.internal"))

    window.refresh_from_db()
    assert window.systems == "mail-01.internal"


def test_the_form_offers_what_hangs_on_it_and_one_undo_takes_all_back(editor, of, window):
    Milestone.objects.update(action="Save.", action_deadline=SATURDAY - timedelta(hours=9), kind="go_live")
    decision = milestone(of, name="Go/no-go", kind="decision", start=SATURDAY - timedelta(days=3), end=None)
    keys = [f"{window.pk}-{decision.pk}", f"{window.pk}-deadline"]
    later = {"start": "2027-05-01T02:00", "end": "2027-05-01T06:00"}  # the year after, a Saturday
    filled = edited(editor, window, **later)

    asked = editor.post(address("milestone_edit", window.pk), {**filled, "check": "1"})
    page = editor.post(address("milestone_edit", window.pk), {**filled, "along": keys}, follow=True)

    assert [one.key for one, _ in asked.context["offer"].rows] in (keys, keys[::-1], keys[1:])
    assert "With it move" in said(page)[0]
    window.refresh_from_db()
    assert window.action_deadline.year == 2027
    (undo,) = {message.extra_tags for message in page.context["messages"]}
    editor.post(undo.removeprefix("undo:").split()[0])
    window.refresh_from_db()
    decision.refresh_from_db()
    assert (window.start, window.action_deadline) == (SATURDAY, SATURDAY - timedelta(hours=9))
    assert decision.start == SATURDAY - timedelta(days=3)


def test_a_deadline_that_is_typed_anew_is_not_offered(editor, of, window):
    Milestone.objects.update(action="Save.", action_deadline=SATURDAY - timedelta(hours=9), kind="go_live")
    filled = edited(editor, window, start="2027-05-01T02:00", end="2027-05-01T06:00")

    asked = editor.post(
        address("milestone_edit", window.pk), {**filled, "action_deadline": "2027-04-29T12:00", "check": "1"}
    )

    assert not asked.context["offer"]


def test_how_it_ended_is_asked_once_it_has_begun(editor, window):
    before = editor.get(address("milestone_edit", window.pk)).context["form"]
    Milestone.objects.update(status=Status.IN_PROCESS)
    during = editor.get(address("milestone_edit", window.pk)).context["form"]

    assert ("workaround" in before.fields, "outcome" in before.fields) == (True, False)
    assert "outcome" in during.fields
    editor.post(
        address("milestone_edit", window.pk),
        edited(editor, window, status="completed", workaround="Use the old one.", outcome="Printing is slow."),
    )
    window.refresh_from_db()
    assert (window.status, window.workaround, window.outcome) == (
        Status.COMPLETED,
        "Use the old one.",
        "Printing is slow.",
    )
