import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib.time import short_day
from notices.insight.treatment import Rule
from tests.factories import account, assessment, group, milestone, notice, person, service, stakeholder, upgrade
from upgrades.enums import Attitude, Impact, Quadrant
from upgrades.models import Stakeholder, Strategy

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    return upgrade("Mail migration", slug="mail")


@pytest.fixture
def editor(client, ana):
    client.force_login(ana)
    return client


def address(name, *args):
    return reverse(name, args=["mail", *args])


def undo(response) -> str:
    (tags,) = {message.extra_tags for message in response.context["messages"]}
    return tags.removeprefix("undo:")


def test_everybody_is_counted_in_their_quadrant_and_the_unplaced_apart(editor, of, cai, dee):
    now = timezone.now()
    assessment(stakeholder(cai, of=of), influence=90, interest=90, at=now)
    assessment(stakeholder(group("Board"), of=of), influence=90, interest=10, at=now - timedelta(days=91))
    stakeholder(dee, of=of)

    context = editor.get(address("upgrade_stakeholders")).context

    assert dict(context["counts"]) == {
        Quadrant.MANAGE_CLOSELY: 1,
        Quadrant.KEEP_SATISFIED: 1,
        Quadrant.KEEP_INFORMED: 0,
        Quadrant.MONITOR: 0,
    }
    assert [str(row.standing) for row in context["unplaced"]] == ["Dee Dorn"]
    assert [str(row.standing) for row in context["to_look_at"]] == ["Board", "Dee Dorn"]


@pytest.mark.parametrize("of_whom", ["person", "group"])
def test_the_remedy_leads_to_a_form_with_whom_and_when(editor, of, cai, of_whom):
    milestone(of, start=timezone.now() + timedelta(days=60))
    who = cai if of_whom == "person" else group("Board", people=[cai])
    stake = stakeholder(who, of=of)
    assessment(stake, influence=90, interest=90, at=timezone.now())
    (row,) = editor.get(f"{address('upgrade_stakeholders')}?view=table").context["rows"]
    judgement = next(one for one in row.treatment.short if one.rule == Rule.TALK)

    form = editor.get(judgement.url).context["form"]

    start = form["start"].value()
    assert judgement.remedy.endswith(f"by {short_day(start.date())}")
    assert start.weekday() < 5
    assert form["end"].value() == start + timedelta(hours=1)
    assert form["kind"].value() == ("one_to_one" if of_whom == "person" else "meeting")
    chosen = form["people" if of_whom == "person" else "groups"].value()
    assert [int(pk) for pk in chosen] == [who.pk]


@pytest.mark.parametrize(("view", "number"), [("grid", 19), ("table", 19)])
def test_each_view_costs_the_same_for_one_stakeholder_and_for_three(
    editor, of, cai, view, number, django_assert_num_queries
):
    page = f"{address('upgrade_stakeholders')}?view={view}"

    def one_more(who):
        assessment(stakeholder(who, of=of))
        notice(of, people=[cai], send_at=timezone.now() + timedelta(days=2))

    one_more(person())
    one_more(group(people=[cai]))
    with django_assert_num_queries(number):
        editor.get(page)
    one_more(person())
    one_more(group())
    with django_assert_num_queries(number):
        editor.get(page)


def shown(response):
    return [str(row.standing) for row in response.context["rows"]]


def test_the_table_is_sorted_and_filtered_by_the_address(editor, of, cai, dee):
    assessment(stakeholder(cai, of=of, wanted_attitude=Attitude.CHAMPION), influence=10, interest=90)
    assessment(stakeholder(dee, of=of), influence=90, interest=10)
    page = f"{address('upgrade_stakeholders')}?view=table"

    assert shown(editor.get(f"{page}&sort=-influence")) == ["Dee Dorn", str(cai)]
    assert shown(editor.get(f"{page}&sort=influence")) == [str(cai), "Dee Dorn"]
    assert shown(editor.get(f"{page}&sort=nonsense")) == [str(cai), "Dee Dorn"]
    assert shown(editor.get(f"{page}&q=dee")) == ["Dee Dorn"]
    assert shown(editor.get(f"{page}&quadrant=keep_informed")) == [str(cai)]
    assert shown(editor.get(f"{page}&gap=on")) == [str(cai)]


def test_those_whom_the_plan_does_not_serve_are_counted_and_found(editor, of, cai, dee):
    milestone(of, start=timezone.now() + timedelta(days=30))
    short = stakeholder(cai, of=of)
    assessment(short, influence=90, interest=90, at=timezone.now() - timedelta(days=2))
    assessment(stakeholder(dee, of=of), influence=10, interest=10, at=timezone.now() - timedelta(days=2))
    Strategy.objects.create(upgrade=of, quadrant=Quadrant.MONITOR, pushes_a_week=1)
    page = f"{address('upgrade_stakeholders')}?unserved=on"

    context = editor.get(page).context
    assert context["unserved"] == [short.pk]
    assert [row.matches for row in context["rows"]] == [True, False]
    assert shown(editor.get(f"{page}&view=table")) == [str(cai)]


def test_on_the_map_those_that_do_not_match_stay_faintly(editor, of, cai, dee):
    for who in (cai, dee):
        assessment(stakeholder(who, of=of))

    rows = editor.get(f"{address('upgrade_stakeholders')}?q=dee").context["rows"]

    assert [(str(row.standing), row.matches) for row in rows] == [(str(cai), False), ("Dee Dorn", True)]


@pytest.mark.parametrize("view", ["grid", "table"])
def test_the_past_is_shown_and_not_changed(editor, of, cai, view):
    now = timezone.now()
    stake = stakeholder(cai, of=of)
    assessment(stake, influence=10, interest=10, at=now - timedelta(days=40))
    assessment(stake, influence=90, interest=90, at=now - timedelta(days=1))
    on = (now - timedelta(days=20)).date()

    response = editor.get(f"{address('upgrade_stakeholders')}?view={view}&on={on}")

    assert [row.standing.quadrant for row in response.context["rows"]] == [Quadrant.MONITOR]
    assert "Back to today" in response.text
    assert ("data-readonly" in response.text) is (view == "grid")


@pytest.mark.parametrize("on", ["", "2999-01-01", "yesterday", "2026-02-31"])
def test_a_day_that_makes_no_sense_is_today(editor, of, cai, on):
    assessment(stakeholder(cai, of=of), at=timezone.now())

    assert editor.get(f"{address('upgrade_stakeholders')}?on={on}").context["on"] is None


def test_the_panel_says_place_attitude_and_what_the_strategy_asks(editor, of, cai):
    board = group("Board", people=[cai])
    assessment(stakeholder(board, of=of), influence=90, interest=10)
    stake = stakeholder(cai, of=of, wanted_attitude=Attitude.SUPPORTER)
    assessment(stake, influence=90, interest=90, attitude=Attitude.SCEPTIC)

    words = editor.get(address("stakeholder_panel", stake.pk)).text

    assert "2 steps below supporter" in words
    assert "Through Board they would be: keep satisfied." in words
    assert "No conversation early enough" in words or "No conversation is planned or held." in words


def test_the_panel_of_another_upgrade_is_not_shown(editor, of, cai):
    elsewhere = stakeholder(cai, of=upgrade())

    assert editor.get(address("stakeholder_panel", elsewhere.pk)).status_code == 404


def attitude_form(editor, stake):
    return editor.get(address("stakeholder_panel", stake.pk)).context["form"]


def test_the_attitude_is_assessed_and_the_wanted_one_kept(editor, of, cai, ben):
    stake = stakeholder(cai, of=of)
    assessment(stake, influence=70, interest=30, attitude=Attitude.SCEPTIC, by=ben)
    seen = attitude_form(editor, stake)["seen"].value()

    response = editor.post(
        address("stakeholder_attitude", stake.pk),
        {"seen": seen, "attitude": 1, "wanted_attitude": 2},
        headers={"HX-Request": "true"},
    )

    stake.refresh_from_db()
    assert stake.wanted_attitude == Attitude.CHAMPION
    assert list(stake.assessments.order_by("at").values_list("influence", "attitude")) == [(70, -1), (70, 1)]
    told = json.loads(response["HX-Trigger"])["stakeholder:changed"]
    assert (told["attitude"], told["wanted"]) == (1, 2)

    editor.post(told["undo"])
    stake.refresh_from_db()
    assert (stake.wanted_attitude, stake.assessments.count()) == (None, 1)


def test_two_who_change_an_attitude_overwrite_nothing(editor, of, cai, ben):
    stake = stakeholder(cai, of=of)
    assessment(stake, attitude=Attitude.SCEPTIC, by=ben)
    seen = attitude_form(editor, stake)["seen"].value()
    assessment(stake, attitude=Attitude.BLOCKER, by=ben, at=timezone.now())

    page = address("stakeholder_attitude", stake.pk)
    response = editor.post(page, {"seen": seen, "attitude": 2, "wanted_attitude": ""})

    assert [(one.stored, one.typed) for one in response.context["form"].clashes] == [("Blocker", "Champion")]
    assert stake.assessments.count() == 2


def test_a_move_on_the_grid_is_a_dated_assessment(editor, of, cai, ana):
    stake = stakeholder(cai, of=of)

    response = editor.post(address("stakeholder_place"), {"key": stake.pk, "influence": 0, "interest": 100})

    assert stake.assessments.values_list("influence", "interest", "by").get() == (0, 100, ana.pk)

    plain = {"Accept": "application/json"}
    assert editor.post(response.json()["undo"], headers=plain).status_code == 200
    assert stake.assessments.count() == 0
    assert editor.post(response.json()["undo"], headers=plain).status_code == 409


def test_a_move_is_taken_back_to_where_it_was_within_one_sitting(editor, of, cai):
    stake = stakeholder(cai, of=of)
    page = address("stakeholder_place")
    editor.post(page, {"key": stake.pk, "influence": 10, "interest": 10})
    second = editor.post(page, {"key": stake.pk, "influence": 20, "interest": 20}).json()

    editor.post(second["undo"])

    assert stake.assessments.values_list("influence", "interest").get() == (10, 10)


@pytest.mark.parametrize("place", [{"influence": 101}, {"interest": -1}, {"influence": ""}, {"key": "x"}])
def test_a_place_off_the_grid_is_refused_in_words(editor, of, cai, place):
    stake = stakeholder(cai, of=of)

    response = editor.post(address("stakeholder_place"), {"key": stake.pk, "influence": 5, "interest": 5} | place)

    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain"
    assert response.content == b"Influence and interest go from 0 to 100."
    assert stake.assessments.count() == 0


def test_a_stakeholder_of_another_upgrade_is_not_moved_from_here(editor, of, cai):
    elsewhere = stakeholder(cai, of=upgrade())

    response = editor.post(address("stakeholder_place"), {"key": elsewhere.pk, "influence": 5, "interest": 5})

    assert (response.status_code, elsewhere.assessments.count()) == (404, 0)


def test_without_javascript_the_numbers_are_a_form_that_leads_back(editor, of, cai):
    stake = stakeholder(cai, of=of)

    response = editor.post(address("stakeholder_place"), {"key": stake.pk, "influence": 5, "interest": 5, "back": "1"})

    assert response.url == f"{address('upgrade_stakeholders')}?sel={stake.pk}#on-the-map"


ASSESSED = {
    "influence": 80,
    "interest": 70,
    "attitude": 2,
    "wanted_attitude": "",
    "impact_on_them": 3,
    "note": "Knows the old system.",
}


def test_two_who_assess_at_once_overwrite_nothing(editor, of, cai):
    stake = stakeholder(cai, of=of)
    page = address("stakeholder_edit", stake.pk)
    seen = editor.get(page).context["form"]["seen"].value()
    editor.post(page, ASSESSED | {"seen": seen})

    response = editor.post(page, ASSESSED | {"seen": seen, "note": "Is new here."})

    stake.refresh_from_db()
    assert stake.note == "Knows the old system."
    assert [(one.stored, one.typed) for one in response.context["form"].clashes] == [
        ("Knows the old system.", "Is new here.")
    ]


def test_an_assessment_by_form_keeps_the_earlier_one(editor, of, cai, ben):
    stake = stakeholder(cai, of=of)
    assessment(stake, influence=10, interest=20, attitude=Attitude.SCEPTIC, by=ben)
    page = address("stakeholder_edit", stake.pk)
    form = editor.get(page).context["form"]
    assert form["influence"].value() == 10

    editor.post(page, ASSESSED | {"seen": form["seen"].value()})

    stake.refresh_from_db()
    assert (stake.impact_on_them, stake.note) == (Impact.OUTAGE, "Knows the old system.")
    assert list(stake.assessments.order_by("at").values_list("influence", "interest", "attitude")) == [
        (10, 20, Attitude.SCEPTIC),
        (80, 70, Attitude.CHAMPION),
    ]


def test_groups_that_use_the_services_are_proposed_and_others_are_found(editor, of, cai):
    users, board = group("Users of mail"), group("Board")
    of.services.add(service(users=[users]))

    context = editor.get(address("stakeholder_new")).context
    assert (list(context["groups"]), list(context["people"])) == ([users], [])

    context = editor.get(f"{address('stakeholder_new')}?q=boa").context
    assert (list(context["groups"]), list(context["people"])) == ([board], [])

    context = editor.get(f"{address('stakeholder_new')}?q=cai").context
    assert (list(context["groups"]), list(context["people"])) == ([], [cai])


def test_who_is_a_stakeholder_already_is_not_proposed(editor, of, cai):
    stakeholder(cai, of=of)

    assert list(editor.get(f"{address('stakeholder_new')}?q=cai").context["people"]) == []


@pytest.mark.parametrize("kind", ["person", "group"])
def test_somebody_becomes_a_stakeholder_once_and_the_search_stays(editor, of, kind):
    who = person() if kind == "person" else group()
    for _ in range(2):
        response = editor.post(address("stakeholder_add"), {kind: who.pk, "q": "a b&c"})

    assert [one.who for one in of.stakeholders.all()] == [who]
    assert response.url == f"{address('stakeholder_new')}?q=a+b%26c"


@pytest.mark.parametrize("data", [{}, {"person": "x"}, {"person": "999999"}])
def test_nobody_is_added_when_nobody_was_chosen(editor, of, data):
    response = editor.post(address("stakeholder_add"), data, follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Nobody was added: choose a person or a group."
    ]
    assert of.stakeholders.count() == 0


def test_who_is_removed_comes_back_with_all_assessments(editor, of, cai):
    stake = stakeholder(cai, of=of, impact_on_them=Impact.DEGRADED)
    assessment(stake, influence=10)
    assessment(stake, influence=20)

    response = editor.post(address("stakeholder_remove", stake.pk), follow=True)
    assert Stakeholder.objects.count() == 0

    editor.post(undo(response))
    back = Stakeholder.objects.get()
    assert (back.pk, back.impact_on_them) == (stake.pk, Impact.DEGRADED)
    assert sorted(back.assessments.values_list("influence", flat=True)) == [10, 20]


@pytest.mark.parametrize("role", [Role.READER, Role.APPROVER, Role.DEPARTMENT_CONTACT])
def test_only_managers_assess(client, of, cai, role):
    stake = stakeholder(cai, of=of)
    client.force_login(account(role=role))
    posts = {
        address("stakeholder_place"): {"key": stake.pk, "influence": 1, "interest": 1},
        address("stakeholder_add"): {"group": group().pk},
        address("stakeholder_remove", stake.pk): {},
        address("stakeholder_edit", stake.pk): {"influence": 1},
        address("stakeholder_attitude", stake.pk): {"attitude": 1},
        f"{address('stakeholder_review')}?at={stake.pk}": {"right": "1"},
        address("strategy_edit", "monitor"): {"pushes_a_week": 1},
        address("strategy_reset", "monitor"): {},
    }

    assert {url: client.post(url, data).status_code for url, data in posts.items()} == dict.fromkeys(posts, 403)
    assert [one.who for one in of.stakeholders.all()] == [cai]
    assert "data-readonly" in client.get(address("upgrade_stakeholders")).content.decode()


def test_an_upgrade_without_stakeholders_says_what_they_are(editor, of):
    assert "No stakeholders yet" in editor.get(address("upgrade_stakeholders")).content.decode()


@pytest.mark.parametrize("query", ["", "&sort=influence", "&sort=-assessed", "&on=2020-01-01"])
def test_the_table_shows_those_that_nobody_has_placed(editor, of, cai, query):
    stakeholder(cai, of=of)

    html = editor.get(f"{address('upgrade_stakeholders')}?view=table{query}").text

    assert '<td data-label="Influence" class="tabular">–</td>' in html
    assert ("not placed by then" if "on=" in query else "never") in html
