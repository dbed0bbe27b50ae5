"""The pages of the ledger: what they say, where they lead, and who may act."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from engagement.models import Telling
from notices.enums import NoticeKind, NoticeState
from notices.models import Call, CorrectionRule, Notice
from tests import factories
from tests.notices.pipeline.ledger.telling import tell
from upgrades import rescheduling

DAY = timedelta(days=1)


@pytest.fixture
def now(db):
    return timezone.now()


@pytest.fixture
def window(now):
    upgrade = factories.upgrade("Mail migration", time_zone="Europe/Berlin")
    start = now + 14 * DAY
    return factories.milestone(upgrade, name="Go-live", start=start, end=start + DAY / 6, status="confirmed")


@pytest.fixture
def cai(now, window):
    """Was told the old date."""
    cai = factories.person("Cai Cole", phone="+49 30 1234")
    tell(window, [cai], at=now - DAY)
    rescheduling.move(window, start=window.start + DAY, end=window.end + DAY)
    return cai


def page(client, name, window, *more, **query):
    return client.get(reverse(name, args=[window.upgrade.slug, *more]), query)


def html(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_first_thing_it_says_is_how_many_believe_what_is_old(client, ana, window, cai):
    client.force_login(ana)
    text = html(page(client, "upgrade_ledger", window))
    assert "1 of 1 person believes the old times of Go-live." in text
    assert "<strong>1</strong> wrong" in text


def test_who_may_not_act_reads_the_sums_and_why_not(client, window, cai):
    reader = factories.account("Rui", role=Role.READER)
    client.force_login(reader)
    assert "1 of 1 person believes" in html(page(client, "upgrade_ledger", window))
    slug = window.upgrade.slug
    assert client.post(reverse("ledger_propose", args=[slug])).status_code == 403
    assert client.post(reverse("ledger_rule", args=[slug]), {"mode": "automatic"}).status_code == 200
    assert not CorrectionRule.objects.exists()


def test_nobody_told_yet_says_what_comes_first(client, ana, now, window):
    factories.notice(window, title="Save the date", send_at=now + DAY)
    client.force_login(ana)
    text = html(page(client, "upgrade_ledger", window))
    assert "Nobody has been told anything yet" in text
    assert "Save the date" in text


def test_the_list_is_searched_and_downloaded(client, ana, window, cai):
    client.force_login(ana)
    fact = f"milestone:{window.pk}.start"
    assert "Cai Cole" in html(page(client, "ledger_people", window, fact=fact, **{"is": "wrong"}))
    assert "Cai Cole" not in html(page(client, "ledger_people", window, fact=fact, q="somebody else"))
    rows = b"".join(page(client, "ledger_people", window, fact=fact, format="csv").streaming_content).decode()
    head, line = rows.strip().splitlines()
    assert head.endswith("True now")
    assert "Cai Cole" in line
    assert "Wrong" in line


def test_a_person_a_fact_and_the_course_have_pages(client, ana, window, cai):
    client.force_login(ana)
    assert "2 of" in html(page(client, "ledger_person", window, cai.pk))
    assert "1 person" in html(page(client, "ledger_fact", window, f"milestone:{window.pk}.start"))
    assert "Expectation accuracy" in html(page(client, "ledger_over_time", window))
    assert page(client, "ledger_fact", window, "milestone:0.start").status_code == 404


def test_a_moment_to_come_is_refused_beside_the_field(client, ana, now, window, cai):
    client.force_login(ana)
    later = (now + 9 * DAY).strftime("%Y-%m-%dT%H:%M")
    assert "still to come" in html(page(client, "upgrade_ledger", window, at=later))
    assert page(client, "ledger_json", window, at=later).status_code == 400


def test_programs_get_sums_and_on_request_the_people(client, ana, window, cai):
    client.force_login(ana)
    sums = page(client, "ledger_json", window).json()
    assert (sums["people_wrong"], sums["people_told"]) == (1, 1)
    assert "people" not in sums
    (one,) = page(client, "ledger_json", window, people="1").json()["people"]
    assert one["person"] == cai.pk
    assert f"milestone:{window.pk}.start" in one["wrong"]


def test_the_correction_is_written_shown_and_declined_with_a_reason(client, ana, ben, window, cai):
    client.force_login(ana)
    client.post(reverse("ledger_propose", args=[window.upgrade.slug]))
    letter = Notice.objects.get(kind=NoticeKind.CORRECTION)
    client.force_login(ben)
    text = html(page(client, "upgrade_ledger", window))
    assert letter.title in text
    assert "It goes to 1 person by e-mail" in text
    address = reverse("ledger_dismiss", args=[window.upgrade.slug, letter.pk])
    client.post(address, {"reason": " "})
    letter.refresh_from_db()
    assert letter.state != NoticeState.CANCELLED
    client.post(address, {"reason": "He moved it himself"})
    letter.refresh_from_db()
    assert letter.state == NoticeState.CANCELLED


def test_a_click_sends_it_and_it_can_be_recalled_for_a_while(client, ana, ben, window, cai):
    client.force_login(ana)
    client.post(reverse("ledger_propose", args=[window.upgrade.slug]))
    letter = Notice.objects.get(kind=NoticeKind.CORRECTION)
    client.force_login(ben)
    client.post(reverse("ledger_send", args=[window.upgrade.slug, letter.pk]))
    letter.refresh_from_db()
    assert letter.is_held
    assert "recalled" in html(page(client, "upgrade_ledger", window))


def test_who_cannot_be_written_to_is_called_and_then_knows(client, ana, now, window, cai):
    call = Call.objects.create(
        upgrade=window.upgrade,
        person=cai,
        facts=[f"milestone:{window.pk}.start", f"milestone:{window.pk}.end"],
        why="The address does not work.",
        owner=window.upgrade.owner,
        created_at=now,
    )
    client.force_login(ana)
    assert "+49 30 1234" in html(page(client, "upgrade_ledger", window))
    client.post(reverse("ledger_called", args=[window.upgrade.slug, call.pk]), {"reached": "yes"})
    assert Telling.objects.count() == 1
    assert "right" in html(page(client, "upgrade_ledger", window))


def test_a_rule_is_set_by_one_and_approved_by_another(client, ana, ben, window):
    client.force_login(ana)
    address = reverse("ledger_rule", args=[window.upgrade.slug])
    form = client.get(address).context
    data = {
        f"words-{name}": form["words"].versions.management_form[name].value()
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    for version in form["words"].versions:
        data |= {version[name].html_name: version[name].value() for name in ("language", "level", "subject", "body")}
    data |= {name: form["form"][name].value() for name in form["form"].fields} | {"mode": "automatic"}
    assert client.post(address, data).status_code == 302
    rule = CorrectionRule.objects.get()
    assert (rule.mode, rule.words, rule.approved_by) == ("automatic", [], None)
    approve = reverse("ledger_rule_approve", args=[window.upgrade.slug])
    client.post(approve, {"version": rule.version})
    rule.refresh_from_db()
    assert rule.approved_by is None
    client.force_login(ben)
    client.post(approve, {"version": rule.version})
    rule.refresh_from_db()
    assert rule.approved_by == ben
    assert "It is now" in html(client.get(reverse("ledger_rule_frame", args=[window.upgrade.slug])))


def test_other_pages_lead_there(client, ana, ben, window, cai):
    client.force_login(ben)
    ledger = reverse("upgrade_ledger", args=[window.upgrade.slug])
    assert ledger in html(client.get(reverse("home")))
    assert "1 person wrong" in html(client.get(window.upgrade.get_absolute_url()))
    assert "1 person now believes something else." in html(
        client.get(reverse("upgrade_plan", args=[window.upgrade.slug]), {"moved": window.pk})
    )
    assert reverse("ledger_person", args=[window.upgrade.slug, cai.pk]) in html(client.get(cai.get_absolute_url()))


def test_a_phone_leaves_out_cells_where_nobody_is_wrong(client, ana, window, cai):
    """The row says so and leads to its people; everybody together stays whole."""
    dee = factories.person("Dee Dorn")
    factories.stakeholder(factories.group("Finance", people=[dee]), of=window.upgrade, impact_on_them=3)
    factories.stakeholder(factories.group("Legal", people=[cai]), of=window.upgrade, impact_on_them=3)
    client.force_login(ana)

    response = page(client, "upgrade_ledger", window)

    lines = {one.audience.name: one for one in response.context["matrix"].lines}
    columns = len(response.context["matrix"].columns)
    wrong = sum(bool(cell.tally.wrong) for cell in lines["Legal"].cells)
    assert 0 < wrong < columns
    assert (lines["Everybody"].folded, lines["Finance"].folded, lines["Legal"].folded) == (0, columns, columns - wrong)
    assert f"Nobody is wrong about the other {columns - wrong}<" in html(response)
    assert html(response).count(" is-folded") == sum(one.folded for one in lines.values())


def test_a_table_is_not_given_for_a_moment_that_is_none(client, ana, window, cai):
    """It would be one of now, and nobody could see that."""
    client.force_login(ana)

    assert page(client, "ledger_people", window, format="csv").headers["Content-Type"].startswith("text/csv")
    assert "Enter a date and a time" in html(page(client, "ledger_people", window, format="csv", at="yesterday"))


def test_who_is_called_from_the_next_turn_on_is_counted_until_then(client, ana, window, cai):
    """Every wrong person is somewhere below the headline."""
    type(cai).objects.filter(pk=cai.pk).update(email="")
    CorrectionRule.objects.create(upgrade=window.upgrade, author=ana, wait_minutes=0, urgent_wait_minutes=0)
    client.force_login(ana)

    response = page(client, "upgrade_ledger", window)

    assert (response.context["correcting"].unlisted, response.context["correcting"].unwritten) == (1, 0)
    assert "Who calls them is listed here within a minute." in html(response)
    Call.objects.create(
        upgrade=window.upgrade, person=cai, facts=[], why="No address.", owner=ana, created_at=timezone.now()
    )
    assert page(client, "upgrade_ledger", window).context["correcting"].unlisted == 0
