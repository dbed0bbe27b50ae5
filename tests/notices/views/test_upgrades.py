from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import NoticeKind, NoticeState
from notices.pipeline import templates
from notices.views import helping
from tests import factories
from upgrades.enums import Impact, MilestoneKind, Phase
from upgrades.models import Upgrade


def typed(
    ana, *, template="planned_maintenance", windows=(("Go-live", "2026-06-06T22:00", "2026-06-07T02:00", ""),), **fields
):
    data = {
        "template": template,
        "name": "New mail",
        "why": "",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "BE",
        "impact": str(Impact.OUTAGE),
        "downtime": "60",
        "owner": str(ana.pk),
        "contact_name": "Service Desk",
        "contact_email": "help@example.org",
        "windows-TOTAL_FORMS": str(len(windows)),
        "windows-INITIAL_FORMS": "0",
        **fields,
    }
    for number, (name, start, end, site) in enumerate(windows):
        row = {"name": name, "start": start, "end": end, "site": site}
        data |= {f"windows-{number}-{key}": value for key, value in row.items()}
    return data


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


# The list


def test_the_list_finds_by_name_and_phase(signed_in):
    mail = factories.upgrade("New mail")
    factories.upgrade("New mail in Paris", phase=Phase.COMPLETED)
    factories.upgrade("Switches")

    page = signed_in.get(reverse("upgrades"), {"q": "mail", "phase": "planning"})

    assert list(page.context["upgrades"]) == [mail]


def test_a_list_filtered_to_nothing_offers_to_clear_the_filters(signed_in):
    factories.upgrade("New mail")

    page = signed_in.get(reverse("upgrades"), {"q": "telephone"}).content.decode()

    assert "Nothing matches" in page
    assert "Clear filters" in page


def test_the_list_as_a_fragment_is_the_rows_of_the_page(signed_in):
    factories.upgrade("New mail")

    fragment = signed_in.get(reverse("upgrades"), headers={"HX-Request": "true"}).content.decode().strip()

    assert fragment.startswith("<table")
    assert fragment in signed_in.get(reverse("upgrades")).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_four_queries(signed_in, number, django_assert_num_queries):
    for _ in range(number):
        factories.notice(factories.milestone())

    with django_assert_num_queries(4):
        signed_in.get(reverse("upgrades"))


# A new one


def test_one_post_lays_out_the_whole_plan(signed_in, ana):
    services = [factories.service("Mail")]

    answer = signed_in.post(reverse("upgrade_new"), typed(ana, services=[services[0].pk]))

    upgrade = Upgrade.objects.get()
    assert answer.url == f"{reverse('upgrade_plan', args=[upgrade.slug])}?new=1"
    assert (upgrade.owner, upgrade.time_zone, list(upgrade.services.all())) == (ana, "Europe/Berlin", services)
    assert upgrade.milestones.get().start == datetime(2026, 6, 6, 20, tzinfo=UTC)
    template = templates.known.find("planned_maintenance")
    assert (upgrade.steps.count(), upgrade.notices.count()) == (len(template.steps), template.notice_count)


def test_the_plan_page_after_it_says_what_comes_next(signed_in, ana):
    page = signed_in.post(reverse("upgrade_new"), typed(ana), follow=True).content.decode()

    assert "The plan is laid out. What comes next?" in page


def test_waves_have_their_own_sites_and_empty_rows_do_not_count(signed_in, ana):
    north, south = factories.site("North"), factories.site("South")
    windows = [
        ("Wave 2", "2026-06-13T08:00", "2026-06-13T12:00", str(south.pk)),
        ("Wave 1", "2026-06-06T08:00", "2026-06-06T12:00", str(north.pk)),
        ("", "", "", ""),
    ]

    signed_in.post(reverse("upgrade_new"), typed(ana, template="switch_replacement", windows=windows))

    waves = Upgrade.objects.get().milestones.filter(kind=MilestoneKind.GO_LIVE).order_by("start")
    assert [(wave.name, [site.name for site in wave.sites.all()]) for wave in waves] == [
        ("Wave 1", ["North"]),
        ("Wave 2", ["South"]),
    ]
    assert {wave.steps.filter(name="Announcement to occupants").count() for wave in waves} == {1}


def test_errors_keep_what_was_typed_and_make_nothing(signed_in, ana):
    windows = [("Go-live", "2026-06-06T22:00", "2026-06-06T21:00", "")]

    page = signed_in.post(reverse("upgrade_new"), typed(ana, name="", why="It is old.", windows=windows))

    content = page.content.decode()
    assert Upgrade.objects.count() == 0
    assert "The end must be after the start." in content
    assert "It is old." in content
    assert 'value="2026-06-06T22:00"' in content


@pytest.mark.parametrize(
    ("windows", "sentence"),
    [
        ([("", "", "", "")], "Give at least one go-live window"),
        ([("A", "2026-06-06T22:00", "", "")], "When does it end?"),
        ([("A", "", "2026-06-06T22:00", "")], "When does it start?"),
        ([(name, "2026-06-06T22:00", "2026-06-06T23:00", "") for name in "Aa"], "Give each window its own name"),
    ],
)  # fmt: skip
def test_windows_are_checked(signed_in, ana, windows, sentence):
    page = signed_in.post(reverse("upgrade_new"), typed(ana, windows=windows)).content.decode()

    assert sentence in page
    assert Upgrade.objects.count() == 0


def test_more_rows_come_without_javascript_and_keep_what_was_typed(signed_in, ana):
    services = [factories.service().pk, factories.service().pk]

    page = signed_in.post(reverse("upgrade_new"), typed(ana, name="Half", services=services, more="1"))

    windows, form = page.context["windows"], page.context["form"]
    assert len(windows.forms) == 4
    assert 'value="2026-06-06T22:00"' in page.content.decode()
    assert (form["name"].value(), form["services"].value()) == ("Half", [str(pk) for pk in services])
    assert page.content.decode().count("is-invalid") == 0


def test_more_rows_survive_a_broken_counter(signed_in, ana):
    page = signed_in.post(reverse("upgrade_new"), typed(ana, **{"more": "1", "windows-TOTAL_FORMS": "many"}))

    assert len(page.context["windows"].forms) == 3


def test_unknown_holidays_are_refused(signed_in, ana):
    page = signed_in.post(reverse("upgrade_new"), typed(ana, subdivision="ZZ")).content.decode()

    assert "The holidays of that part are not known. Known: BB," in page


def test_a_reader_makes_no_upgrade(db, client):
    client.force_login(factories.account("Rita Reader", role=Role.READER))

    assert client.get(reverse("upgrade_new")).status_code == 403


# The overview


def test_the_overview_shows_the_next_window_and_the_communication(signed_in):
    now = timezone.now()
    upgrade = factories.upgrade()
    factories.milestone(upgrade, name="Rehearsal", start=now - timedelta(days=3))
    coming = factories.milestone(upgrade, name="Go-live", start=now + timedelta(days=3))
    factories.milestone(upgrade, name="Clean-up", start=now + timedelta(days=30))
    factories.notice(coming, send_at=now + timedelta(days=1))
    factories.notice(coming, state=NoticeState.MISSED)
    factories.notice(coming, state=NoticeState.CANCELLED)

    context = signed_in.get(upgrade.get_absolute_url()).context

    assert context["next"] == coming
    assert context["counts"] == {
        "planned": 2, "out": 0, "words": "0 of 2 notices have gone out",
        "scheduled": 0, "in_review": 0, "drafts": 1, "missed": 1,
    }  # fmt: skip


def test_stakeholders_are_counted_by_their_last_assessment(signed_in):
    upgrade = factories.upgrade()
    stake = factories.stakeholder(factories.person(), of=upgrade)
    factories.assessment(stake, influence=10, interest=10, at=factories.NOW)
    factories.assessment(stake, influence=90, interest=90, at=factories.NOW + timedelta(days=1))
    factories.stakeholder(factories.group(), of=upgrade)

    quadrants = signed_in.get(upgrade.get_absolute_url()).context["quadrants"]

    assert {one["value"]: one["count"] for one in quadrants} == {
        "keep_satisfied": 0,
        "manage_closely": 1,
        "monitor": 0,
        "keep_informed": 0,
    }


@pytest.mark.parametrize("number", [1, 3])
def test_the_overview_takes_as_many_queries_for_three_as_for_one(signed_in, number, django_assert_num_queries):
    upgrade = factories.upgrade(services=[factories.service() for _ in range(number)])
    for _ in range(number):
        factories.notice(factories.milestone(upgrade))
        factories.stakeholder(factories.person(), of=upgrade)

    with django_assert_num_queries(12):
        signed_in.get(upgrade.get_absolute_url())


def test_cancelling_cancels_what_waits_except_what_says_so(signed_in):
    milestone = factories.milestone()
    draft = factories.notice(milestone)
    off = factories.notice(milestone, kind=NoticeKind.CANCELLED)

    signed_in.post(reverse("upgrade_phase", args=[milestone.upgrade.slug]), {"phase": "cancelled"})

    for one in (draft, off, milestone.upgrade):
        one.refresh_from_db()
    assert milestone.upgrade.phase == Phase.CANCELLED
    assert (draft.state, draft.reason) == (NoticeState.CANCELLED, "The upgrade was cancelled.")
    assert off.state == NoticeState.DRAFT


def test_another_phase_leaves_the_notices_alone(signed_in):
    notice = factories.notice()

    signed_in.post(reverse("upgrade_phase", args=[notice.upgrade.slug]), {"phase": "completed"})

    notice.refresh_from_db()
    assert (notice.state, Upgrade.objects.get(pk=notice.upgrade_id).phase) == (NoticeState.DRAFT, Phase.COMPLETED)


def test_a_reader_changes_no_phase(db, client):
    upgrade = factories.upgrade()
    client.force_login(factories.account("Rita Reader", role=Role.READER))

    answer = client.post(reverse("upgrade_phase", args=[upgrade.slug]), {"phase": "cancelled"})

    upgrade.refresh_from_db()
    assert (answer.status_code, upgrade.phase) == (403, Phase.PLANNING)


def test_every_file_of_the_help_has_a_page_that_the_index_leads_to(signed_in):
    shelves = signed_in.get(reverse("help")).context["shelves"]
    topics = [topic for shelf in shelves for topic in shelf.topics]

    pages = {topic.slug: signed_in.get(reverse("help_topic", args=[topic.slug])).context["topic"] for topic in topics}

    assert pages == {topic.slug: topic for topic in topics}
    assert sorted(topic.slug for topic in topics) == sorted(file.stem for file in helping.FOLDER.glob("*.md"))


def test_help_about_nothing_is_not_found(signed_in):
    assert signed_in.get(reverse("help_topic", args=["nothing"])).status_code == 404


def test_the_overview_counts_those_to_look_at_again(signed_in, ana, cai, dee):
    made, now = factories.upgrade("Mail", slug="mail"), timezone.now()
    factories.assessment(factories.stakeholder(cai, of=made), at=now - timedelta(days=91), by=ana)
    factories.assessment(factories.stakeholder(dee, of=made), at=now - timedelta(days=89), by=ana)
    factories.stakeholder(factories.group(), of=made)

    html = signed_in.get(made.get_absolute_url()).content.decode()

    assert '<a href="/upgrades/mail/stakeholders/review/">2 to look at again</a>' in html
