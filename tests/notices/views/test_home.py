from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from engagement import nominating
from engagement.enums import Source
from feedback import concerns
from notices.enums import Medium, MessageState, NoticeState
from notices.insight import agenda, outlook, trouble
from notices.lint import checking
from notices.models import Message
from stakeholders.enums import AddressState
from stakeholders.models import Membership
from tests import factories
from tests.notices.pipeline.ledger.telling import tell
from upgrades import collisions, rescheduling
from upgrades.enums import Freeze, Impact, Phase
from upgrades.models import CriticalDays, Milestone


@pytest.fixture
def now():
    return timezone.now()


def of_everybody(now):
    return trouble.of_everybody(now=now, upgrades=outlook.under_way(now=now))


def texts(items) -> list[str]:
    return [one.title for one in items]


def soon(now, **fields):
    milestone = fields.pop("on", None) or factories.milestone(start=now + timedelta(days=20))
    return factories.notice(milestone, send_at=now + timedelta(hours=30), **fields)


def critical_days(milestone, *, by, **fields):
    scope = {name: fields.pop(name, []) for name in ("groups", "sites", "services")}
    made = CriticalDays.objects.create(
        **{
            "name": "Examinations",
            "freeze": Freeze.HARD,
            "start": milestone.start - timedelta(days=1),
            "end": milestone.start + timedelta(days=1),
            "entered_by": by,
            **fields,
        }
    )
    for name, rows in scope.items():
        getattr(made, name).set(rows)
    return made


def waits_for(account, now):
    notices, upgrades = agenda.ahead(account, now=now), outlook.under_way(now=now)
    return agenda.waits_for(account, now=now, notices=notices, upgrades=upgrades)


def test_a_fresh_installation_shows_three_first_steps(client, ana):
    client.force_login(ana)

    page = client.get(reverse("home")).content.decode()

    assert "Nobody will be blind-sided" in page
    assert [url for url in ("people", "services", "upgrade_new") if f'href="{reverse(url)}"' in page] == [
        "people",
        "services",
        "upgrade_new",
    ]


def test_what_goes_out_next_is_in_the_order_of_time_with_its_size(client, ana, cai, now):
    milestone = factories.milestone(start=now + timedelta(days=20))
    factories.notice(milestone, title="Later", send_at=now + timedelta(days=3), people=[cai])
    factories.notice(milestone, title="Sooner", send_at=now + timedelta(days=2), people=[cai, factories.person()])
    factories.notice(milestone, title="Gone", send_at=now - timedelta(days=2))
    client.force_login(ana)

    coming = client.get(reverse("home")).context["coming"]

    assert [(notice.title, size) for notice, size in coming] == [("Sooner", 2), ("Later", 1)]


def test_the_size_is_of_those_who_get_it(client, ana, cai, now):
    bounced = factories.person(email_state=AddressState.BOUNCED)
    milestone = factories.milestone(start=now + timedelta(days=20))
    factories.notice(milestone, send_at=now + timedelta(days=2), people=[cai, bounced, factories.person(email="")])
    client.force_login(ana)

    assert [size for _, size in client.get(reverse("home")).context["coming"]] == [1]


def test_those_who_only_read_are_not_alarmed_by_what_others_mend(client, ana, now):
    milestone = factories.milestone(start=now + timedelta(days=3))
    factories.notice(milestone, title="Missed", state=NoticeState.MISSED, send_at=now - timedelta(days=1))
    dana = factories.account("Dana", role=Role.DEPARTMENT_CONTACT)
    mine = factories.milestone(start=now + timedelta(days=40))
    critical_days(milestone, by=ana)
    critical_days(mine, by=dana)

    found = []
    for account in (ana, dana, factories.account("Rita", role=Role.READER)):
        client.force_login(account)
        found.append(client.get(reverse("home")).context["trouble"])

    assert len(found[0]) == 3
    assert texts(found[1]) == [mine.name]
    assert found[2] is None


def test_a_milestone_that_runs_is_said_to_be_under_way(client, ana, now):
    milestone = factories.milestone(start=now - timedelta(hours=1), end=now + timedelta(hours=3))
    client.force_login(ana)

    pages = [client.get(url).content.decode() for url in (reverse("home"), milestone.upgrade.get_absolute_url())]

    assert "<strong>under way now</strong>" in pages[0]
    assert "Under way now" in pages[1]


def test_what_is_off_does_not_go_out_next(ana, now):
    cancelled = factories.upgrade(phase=Phase.CANCELLED)
    soon(now, on=factories.milestone(cancelled, start=now + timedelta(days=20)))
    soon(now, title="Still on")

    assert texts(agenda.goes_out_next(now=now)) == ["Still on"]


def test_ben_sees_what_he_may_approve_and_ana_her_drafts_due_soon(ana, ben, now):
    waiting = soon(now, title="Waits", author=ana, state=NoticeState.IN_REVIEW)
    draft = soon(now, title="Draft", author=ana)
    factories.notice(title="Far away", author=ana, send_at=now + timedelta(days=60))
    soon(now, title="Of somebody else")
    reader = factories.account("Rita Reader", role=Role.READER)

    bens, anas, readers = [waits_for(one, now) for one in (ben, ana, reader)]

    assert (bens.approvals, bens.drafts) == ([waiting], [])
    assert (anas.approvals, anas.drafts) == ([waiting], [draft])
    assert readers.count == 0


def test_nobody_is_asked_to_approve_alone_what_takes_four_eyes(ana, ben, now):
    outage = factories.milestone(start=now + timedelta(days=20), impact=Impact.OUTAGE)
    waiting = soon(now, on=outage, author=ana, state=NoticeState.IN_REVIEW)

    assert [waits_for(one, now).approvals for one in (ana, ben)] == [[], [waiting]]


def test_a_step_that_people_do_waits_when_it_is_due(ana, now):
    near = factories.milestone(start=now + timedelta(days=5))
    factories.step(near, name="Briefing", medium=Medium.MEETING, offset=-1)
    factories.step(near, name="Done", medium=Medium.MEETING, offset=-1, done_at=now, done_by=ana)
    factories.step(near, name="A notice", offset=-1)
    far = factories.milestone(start=now + timedelta(days=90))
    factories.step(far, name="Much later", medium=Medium.MEETING)

    assert [step.name for _, step in waits_for(ana, now).chores] == ["Briefing"]


def test_trouble_names_what_is_missed_paused_late_and_lost(ana, cai, now):
    milestone = factories.milestone(start=now + timedelta(days=3))
    factories.notice(milestone, title="Missed", state=NoticeState.MISSED, send_at=now - timedelta(days=1))
    factories.notice(milestone, title="Draft", send_at=now + timedelta(hours=3))
    factories.notice(milestone, title="Good", send_at=now + timedelta(days=2))
    factories.approved_notice(milestone, title="Paused", send_at=now + timedelta(days=2), paused_at=now)
    released = factories.released_notice(milestone, title="Bounced", people=[cai], now=now)
    Message.objects.filter(notice=released).update(state=MessageState.BOUNCED)

    assert sorted(texts(of_everybody(now))) == ["Bounced", "Draft", "Missed", "Paused"]


def test_long_past_trouble_is_left_alone(db, now):
    factories.notice(state=NoticeState.MISSED, send_at=now - timedelta(days=60))

    assert of_everybody(now) == []


@pytest.mark.parametrize("way", ["everybody", "service", "site", "group", "stakeholder", "site of the service"])
def test_a_collision_with_critical_days_is_trouble_as_the_milestones_page_has_it(ana, now, way):
    site, group = factories.site(), factories.group()
    service = factories.service(users=[group])
    upgrade = factories.upgrade(services=[service])
    milestone = factories.milestone(upgrade, start=now + timedelta(days=9), sites=[site] if way == "site" else [])
    scope = {"service": {"services": [service]}, "site": {"sites": [site]}, "group": {"groups": [group]}}.get(way, {})
    if way == "stakeholder":
        hit = factories.group()
        factories.stakeholder(hit, of=upgrade, impact_on_them=3)
        scope = {"groups": [hit]}
    if way == "site of the service":
        service.sites.add(site)
        scope = {"sites": [site]}
    critical_days(milestone, by=ana, **scope)
    elsewhere = {"groups": [factories.group()], "sites": [factories.site()], "services": [factories.service()]}
    critical_days(milestone, by=ana, name="Not theirs", **elsewhere)

    found = [one.words for one in of_everybody(now)]

    assert found == ["Falls on critical days: Examinations."]
    assert [hit.critical_days.name for hit in collisions.of_milestones(Milestone.objects.all())] == ["Examinations"]


def test_critical_days_of_others_or_at_another_time_are_no_trouble(ana, now):
    milestone = factories.milestone(start=now + timedelta(days=9), services=[factories.service()])
    critical_days(milestone, by=ana, groups=[factories.group()])
    critical_days(milestone, by=ana, start=milestone.end, end=milestone.end + timedelta(days=1), name="Next day")
    critical_days(milestone, by=ana, start=milestone.end + timedelta(days=1), end=milestone.end + timedelta(days=2))

    assert texts(of_everybody(now)) == [hit.milestone.name for hit in collisions.of_milestones(Milestone.objects.all())]


def test_when_nothing_is_wrong_the_page_says_so(client, ana, now):
    soon(now, on=factories.milestone(start=now + timedelta(days=20)), author=factories.account())
    client.force_login(ana)

    page = client.get(reverse("home")).content.decode()

    assert "All clear: nothing is wrong, and nothing waits for you." in page


def test_upgrades_under_way_show_their_next_milestone_and_progress(now, cai):
    upgrade = factories.upgrade()
    factories.milestone(upgrade, name="Past", start=now - timedelta(days=3))
    coming = factories.milestone(upgrade, name="Coming", start=now + timedelta(days=3))
    factories.milestone(upgrade, name="Later", start=now + timedelta(days=9))
    factories.notice(coming, send_at=now + timedelta(days=2))
    factories.notice(coming, state=NoticeState.CANCELLED)
    factories.released_notice(coming, people=[cai], now=now)
    factories.upgrade(phase=Phase.COMPLETED)

    [found] = outlook.under_way(now=now)

    assert (found.next_name, found.next_start) == ("Coming", coming.start)
    assert (found.planned, found.out, found.missed) == (2, 1, 0)


def test_a_department_contact_sees_the_critical_days_they_entered(db, client, now):
    dana = factories.account("Dana Department", role=Role.DEPARTMENT_CONTACT)
    milestone = factories.milestone(start=now + timedelta(days=9))
    mine = critical_days(milestone, by=dana)
    critical_days(milestone, by=factories.account(), name="Somebody else's")
    client.force_login(dana)

    assert list(client.get(reverse("home")).context["critical_days"]) == [mine]


@pytest.mark.parametrize("number", [1, 3])
def test_home_takes_as_many_queries_for_three_as_for_one(client, ana, now, number, django_assert_num_queries):
    for _ in range(number):
        group = factories.group(people=[factories.person()])
        milestone = factories.milestone(start=now + timedelta(days=5))
        factories.step(milestone, medium=Medium.MEETING, offset=-2)
        factories.notice(milestone, author=ana, send_at=now + timedelta(hours=5), audience={"groups": [group.pk]})
        factories.notice(milestone, author=ana, state=NoticeState.IN_REVIEW, send_at=now + timedelta(days=1))
        factories.released_notice(milestone, people=[Membership.objects.get(group=group).person], now=now)
        critical_days(milestone, by=ana)
    client.force_login(ana)

    with django_assert_num_queries(30):
        client.get(reverse("home"))


@pytest.mark.parametrize("number", [1, 3])
def test_old_beliefs_about_three_upgrades_take_as_many_queries_as_about_one(
    client, ben, now, number, django_assert_num_queries
):
    for place in range(number):
        milestone = factories.milestone(factories.upgrade(slug=f"mail-{place}"), start=now + timedelta(days=5))
        tell(milestone, [factories.person()], at=now - timedelta(hours=1))
        rescheduling.move(milestone, start=now + timedelta(days=6), end=now + timedelta(days=7))
    client.force_login(ben)
    client.get(reverse("home"))  # content types and the like are asked for once

    with django_assert_num_queries(30):
        page = client.get(reverse("home")).content.decode()
    assert page.count("1 person believes something old about") == number


def test_what_people_said_waits_at_home_until_somebody_answers_or_decides(client, ana):
    upgrade = factories.upgrade("Mail migration", slug="mail")
    concerns.raise_(upgrade, text="Why?", source=Source.PAGE, due_on=date(2020, 1, 1))
    concerns.raise_(upgrade, text="When?", source=Source.PAGE)
    nominating.nominate(upgrade, name="Eva Ernst", source=Source.PAGE)
    client.force_login(ana)

    page = client.get("/").content.decode()

    assert "2 concerns wait for an answer" in page
    assert "1 overdue." in page
    assert "1 person was named who should know" in page
    assert reverse("upgrade_hidden", args=["mail"]) in page


def test_stakeholders_to_look_at_again_wait_for_those_who_may_assess(ana, ben, cai, dee, now):
    made = factories.upgrade("Mail", slug="mail")
    factories.milestone(made, start=now + timedelta(days=20))
    factories.assessment(factories.stakeholder(cai, of=made), at=now - timedelta(days=91))
    factories.assessment(factories.stakeholder(dee, of=made), at=now - timedelta(days=89))
    factories.stakeholder(factories.group(), of=made)

    (task,) = waits_for(ana, now).tasks

    assert (task.title, task.url) == (
        "2 stakeholders to look at again",
        "/upgrades/mail/stakeholders/review/",
    )
    assert waits_for(ben, now).tasks == []


def test_nobody_is_asked_to_look_at_stakeholders_of_what_is_over(ana, cai, now):
    factories.stakeholder(cai, of=factories.upgrade(phase=Phase.COMPLETED))

    assert waits_for(ana, now).tasks == []


def test_an_error_in_a_plan_is_wrong_until_it_is_mended(client, ana, now):
    milestone = factories.milestone(start=now + timedelta(days=30))
    checking.keep(checking.check(milestone.upgrade, now=now))
    client.force_login(ana)

    page = client.get("/").content.decode()

    assert "in the plan" in page
    assert reverse("upgrade_check", args=[milestone.upgrade.slug]) in page
