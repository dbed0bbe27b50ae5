import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notices.models import Notice
from notices.pipeline import approve, schedule
from tests import factories
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db
QUERIES_TO_APPROVE = 52
SLIP = json.dumps({"change": "slip", "milestone": "Go-live", "by": "7 days"})


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def milestone(now):
    return factories.milestone(factories.upgrade(published_at=now), start=now + timedelta(days=14))


@pytest.fixture
def notice(milestone, cai, now):
    step = factories.step(milestone, audience={"people": [cai.pk]})
    return factories.approved_notice(
        step=step, people=[cai], title="Mail stops", send_at=schedule.due_at(step), now=now
    )


@pytest.fixture
def reader(client, ana):
    client.force_login(ana)
    return client


def at(name, milestone):
    return reverse(name, args=[milestone.upgrade.slug])


def test_a_play_says_what_goes_out_on_the_first_day_on_which_anything_does(reader, milestone, notice):
    page = reader.get(at("simulation", milestone))

    assert page.status_code == 200
    assert page.context["summary"]["messages"] == 1
    assert [one.outcome.notice.title for one in page.context["day"].sent] == ["Mail stops"]
    assert "Mail stops" in page.content.decode()


def test_another_day_can_be_chosen_in_the_address(reader, milestone, notice):
    day = milestone.start.astimezone(ZoneInfo(milestone.upgrade.time_zone)).date().isoformat()

    page = reader.get(at("simulation", milestone), {"day": day})

    assert page.context["day"].on.isoformat() == day
    assert page.context["day"].begins == [milestone]


@pytest.mark.parametrize("query", [{"until": "nonsense"}, {"until": "2001-01-01"}, {"day": "nonsense"}])
def test_an_address_that_is_not_understood_shows_the_usual_time(reader, milestone, notice, query):
    assert reader.get(at("simulation", milestone), query).status_code == 200


def test_the_inbox_of_cai(reader, milestone, notice, cai):
    page = reader.get(at("simulation_person", milestone), {"person": cai.pk})

    assert page.context["letters"] == 1
    assert "Among those meant: one chosen by name." in page.content.decode()


def test_what_if_saves_nothing(reader, milestone, notice):
    page = reader.get(at("simulation_what_if", milestone), {"change": SLIP})

    assert [pair.outcome.notice.pk for pair in page.context["difference"].moved] == [notice.pk]
    assert Milestone.objects.get().start == milestone.start


def test_a_form_adds_a_change_to_those_of_the_address(reader, milestone):
    query = {"change": SLIP, "add": "cancel", "change_now": "1", "milestone": milestone.pk}

    answer = reader.get(at("simulation_what_if", milestone), query)

    assert answer.status_code == 302
    assert answer.url.count("change=") == 2


def test_a_change_that_is_not_understood_is_said(reader, milestone):
    page = reader.get(at("simulation_what_if", milestone), {"change": '{"change": "slip", "milestone": "None"}'})

    assert page.context["wrong"] == ["there is no milestone “None”."]


def test_applying_moves_the_milestone_and_leads_to_what_moves_with_it(reader, milestone, notice):
    answer = reader.post(at("simulation_apply", milestone), {"change": SLIP})

    start, sequence = milestone.start, milestone.sequence
    milestone.refresh_from_db()
    assert answer.url.endswith(f"/plan/?moved={milestone.pk}")
    assert (milestone.start - start, milestone.sequence) == (timedelta(days=7), sequence + 1)


def test_what_is_applied_keeps_its_reason(reader, milestone, notice):
    assert 'name="why"' in reader.get(at("simulation_what_if", milestone), {"change": SLIP}).content.decode()

    reader.post(at("simulation_apply", milestone), {"change": SLIP, "why": "The vendor is late."})

    milestone.refresh_from_db()
    assert milestone.change_reason == "The vendor is late."


def test_what_hangs_on_it_is_offered_applied_and_taken_back_at_once(reader, milestone, notice):
    Milestone.objects.update(kind="go_live")
    start = milestone.start
    before = start - timedelta(days=2)
    decision = factories.milestone(milestone.upgrade, name="Go/no-go", kind="decision", start=before, end=None)
    page = reader.get(at("simulation_what_if", milestone), {"change": SLIP})
    [(_, offer)] = page.context["offers"]
    keys = [one.key for one, is_ticked in offer.rows if is_ticked]
    assert keys == [f"{milestone.pk}-{decision.pk}"]

    page = reader.post(at("simulation_apply", milestone), {"change": SLIP, "along": keys}, follow=True)

    decision.refresh_from_db()
    assert decision.start > before
    (undo,) = {message.extra_tags for message in page.context["messages"]}
    reader.post(undo.removeprefix("undo:").split()[0])
    milestone.refresh_from_db()
    decision.refresh_from_db()
    assert (milestone.start, decision.start) == (start, before)


def test_what_the_what_if_moves_itself_is_not_offered(reader, milestone, notice):
    start = milestone.start - timedelta(days=2)
    factories.milestone(milestone.upgrade, name="Go/no-go", kind="decision", start=start, end=None)
    also = json.dumps({"change": "slip", "milestone": "Go/no-go", "by": "3 days"})

    page = reader.get(at("simulation_what_if", milestone), {"change": [SLIP, also]})

    assert page.context["offers"] == []


def test_who_may_not_edit_may_not_apply(client, milestone):
    client.force_login(factories.account("Rita Reader", role="reader"))

    assert client.post(at("simulation_apply", milestone), {"change": SLIP}).status_code == 403
    assert client.get(at("simulation_what_if", milestone), {"change": SLIP}).status_code == 200


def test_the_load_on_groups(reader, cai, milestone, notice):
    factories.group("Registry", people=[cai])

    assert "Registry" in reader.get(reverse("simulation_fatigue")).content.decode()


def test_json_for_programs(reader, client, milestone, notice):
    found = reader.get(at("simulation_json", milestone), {"change": SLIP, "messages": ""}).json()

    assert [one["title"] for one in found["notices"]] == ["Mail stops"]
    assert set(found["difference"]) >= {"moved", "lost", "gained", "corrections", "messages", "findings"}
    assert reader.get(at("simulation_json", milestone), {"change": "{"}).status_code == 400
    client.logout()
    assert client.get(at("simulation_json", milestone)).status_code == 401


def test_the_command_prints_the_same(milestone, notice, capsys, tmp_path):
    file = tmp_path / "what-if.json"
    file.write_text(f'{{"changes": [{SLIP}]}}')
    until = (milestone.start + timedelta(days=30)).date().isoformat()

    call_command("simulate", milestone.upgrade.slug, f"--until={until}", f"--what-if={file}", "--format=json")

    found = json.loads(capsys.readouterr().out)
    assert found["notices"][0]["key"] == f"notice-{notice.pk}"
    assert found["what_if"][0].startswith("Go-live moves to ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("no json", "It is not JSON"),
        ("{}", "It has no list of “changes”."),
        ('[{"change": "slip", "milestone": "Go-live"}]', "Change 1: say either “by” (how far) or “to” (which start)."),
        ('[{"change": "fly"}]', "Change 1: “change” is “fly”"),
        ('[{"change": "leave", "person": "Nobody"}]', "Change 1: there is no person “Nobody”."),
        ('[{"change": "freeze", "from": "2026-12-05", "to": "2026-12-01"}]', "Change 1: “to” must be after “from”."),
        ('[{"change": "slip", "milestone": "Go-live", "to": "9999-12-31T23:00"}]', "Change 1: that is too far away."),
        ('[{"change": "slip", "milestone": "Go-live", "to": "1066-10-14T00:00"}]', "Change 1: that is too far away."),
        (
            '[{"change": "slip", "milestone": "Go-live", "by": 1, "end": "2030-01-01"}]',
            "Change 1: “end” goes with “to”",
        ),
        (f"[{SLIP}, {SLIP}]", "“Go-live” is moved twice. Say once where it goes."),
        ('[{"change": "slip", "milestone": "x", "upgrade": "a\\u0000", "by": 1}]', "It has signs that are no text."),
        ('[{"change": "leave", "person": "\\ud800"}]', "It has signs that are no text."),
        (
            '[{"change": "freeze", "name": ["a"], "from": "2026-12-05", "to": "2026-12-09"}]',
            "Change 1: “name” is “['a']”",
        ),
    ],
)
def test_a_bad_file_gets_one_clear_sentence(milestone, tmp_path, content, sentence):
    file = tmp_path / "what-if.json"
    file.write_text(content)

    with pytest.raises(CommandError) as caught:
        call_command("simulate", milestone.upgrade.slug, "--until=2030-01-01", f"--what-if={file}")

    assert caught.value.returncode == 2
    assert sentence in str(caught.value)


@pytest.mark.parametrize("until", ["2001-01-01", "9999-12-31", "tomorrow", ""])
def test_a_last_day_that_is_over_or_none_is_refused(milestone, until):
    with pytest.raises(CommandError) as caught:
        call_command("simulate", milestone.upgrade.slug, f"--until={until}")

    assert caught.value.returncode == 2


def test_a_file_may_begin_with_a_byte_order_mark(milestone, capsys, tmp_path):
    file = tmp_path / "what-if.json"
    file.write_text(f"[{SLIP}]", encoding="utf-8-sig")

    call_command("simulate", milestone.upgrade.slug, "--until=2090-01-01", f"--what-if={file}", "--format=json")

    assert json.loads(capsys.readouterr().out)["what_if"] != []


def test_the_milestone_of_another_upgrade_is_played_with_its_upgrade(reader, milestone):
    other = factories.milestone(factories.upgrade(), name="Core switch", start=milestone.start)
    slip = {"change": "slip", "milestone": "Core switch", "upgrade": other.upgrade.slug, "by": "7 days"}

    found = reader.get(at("simulation_json", milestone), {"change": json.dumps(slip)}).json()

    assert sorted(found["upgrades"]) == sorted([milestone.upgrade.slug, other.upgrade.slug])


def test_one_can_step_through_every_day_of_an_inbox(reader, milestone, notice, cai, now):
    place = ZoneInfo(cai.time_zone)
    today = now.astimezone(place).date()
    mail_on = notice.send_at.astimezone(place).date()

    first = reader.get(at("simulation_person", milestone), {"person": cai.pk}).context["steps"]
    later = mail_on + timedelta(days=1)
    then = reader.get(at("simulation_person", milestone), {"person": cai.pk, "day": later.isoformat()}).context["steps"]

    assert (first["day"].on, first["before"], first["after"]) == (today, None, today + timedelta(days=1))
    assert (first["mail_after"], then["mail_before"]) == (mail_on, mail_on)
    assert (then["day"].on, then["day"].letters) == (later, [])
    assert [one.milestone for one in then["day"].beliefs] == [milestone]


@pytest.mark.parametrize("day", ["nonsense", "0001-01-01", "9999-12-31"])
def test_a_day_of_an_inbox_that_is_not_played_is_the_first(reader, milestone, cai, day):
    page = reader.get(at("simulation_person", milestone), {"person": cai.pk, "day": day})

    assert page.context["steps"]["before"] is None


def test_critical_days_are_filled_in_from_the_what_if(reader):
    page = reader.get(reverse("critical_days_new"), {"name": "Audit", "start": "2026-12-04T00:00", "freeze": "hard"})

    assert 'value="Audit"' in page.content.decode()
    assert 'value="2026-12-04T00:00"' in page.content.decode()


def test_the_approver_sees_what_changed_since_the_last_approval(client, ben, notice, dee, now):
    words = [notice.words[0] | {"body": "Hello {{ first_name }}, mail stops on {{ day }}."}]
    rule = {"people": [*notice.audience["people"], dee.pk]}
    approve.save_draft(notice, by=notice.author, version=notice.version, words=words, audience=rule)
    approve.submit(Notice.objects.get(), by=notice.author, now=now)
    client.force_login(ben)

    since = client.get(reverse("notice_approve", args=[notice.pk])).context["since"]

    assert (since.joined, since.left, since.is_other_rule) == (1, 0, True)
    assert [change.title for change in since.words] == ["English: body"]


def test_who_approves_a_plan_sees_what_changed_and_what_the_check_says(client, ben, notice, now):
    words = [notice.words[0] | {"body": "Hello {{ first_name }}, mail stops on {{ day }}."}]
    approve.save_draft(notice, by=notice.author, version=notice.version, words=words)
    approve.submit(Notice.objects.get(), by=notice.author, now=now)
    fresh = factories.notice(notice.milestone, author=notice.author, title="Never seen")
    approve.submit(fresh, by=notice.author, now=now)
    client.force_login(ben)

    page = client.get(reverse("plan_approve", args=[notice.upgrade.slug]))

    rows = {row.notice.title: row for row in page.context["rows"]}
    assert [change.title for change in rows["Mail stops"].since.words] == ["English: body"]
    assert rows["Never seen"].since is None
    assert all(f"{one.sentence}" for row in rows.values() for one in row.findings)
    assert Notice.objects.filter(state="approved").count() == 0


def test_the_page_of_one_approval_says_what_the_check_finds_there(client, ben, notice, now):
    factories.critical_days(start=notice.milestone.start, end=notice.milestone.start + timedelta(days=1))
    fresh = factories.notice(notice.milestone, author=notice.author, title="Never seen")
    approve.submit(fresh, by=notice.author, now=now)
    client.force_login(ben)

    page = client.get(reverse("notice_approve", args=[fresh.pk]))

    found = [*page.context["checked"], *page.context["blocked_by"]]
    assert "BLK002" in [one.rule.id for one in found]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_to_approve_a_plan_asks_as_often_for_one_as_for_three(client, ben, milestone, now, number):
    for _ in range(number):
        made = factories.notice(milestone, author=milestone.upgrade.owner)
        approve.submit(made, by=made.author, now=now)
    client.force_login(ben)
    address = reverse("plan_approve", args=[milestone.upgrade.slug])
    client.get(address)

    with CaptureQueriesContext(connection) as asked:
        client.get(address)

    assert len(asked) == QUERIES_TO_APPROVE
