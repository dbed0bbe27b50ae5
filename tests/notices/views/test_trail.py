"""Who changed what, when, from what, to what; and one change taken back."""

from dataclasses import replace
from datetime import timedelta

import pghistory
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from notices.enums import PERSONAL, Medium, NoticeState
from notices.insight.trails import TRAILS
from notices.models import Comment, DeliveryRules, DomainLimit, Notice, Outlet, Turn
from notices.pipeline import approve, planning, schedule
from notices.register import erasing
from stakeholders.enums import Channel
from stakeholders.models import Membership
from tests import factories
from upgrades import rescheduling
from upgrades.models import Milestone

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


def address(kind, row):
    return reverse("history", args=[kind, row.pk])


def text_of(response):
    return " ".join(response.content.decode().split())


def told(client, kind, row, **query):
    """Of each entry, the newest first: who did it, its title, and from what to what."""
    page = client.get(address(kind, row), query)
    return [
        (entry.who, entry.title, [(one.label, one.before, one.after) for one in entry.changes])
        for entry, _ in page.context["entries"]
    ]


def changes_of(client, kind, row):
    return [entry for entry, _ in client.get(address(kind, row)).context["entries"] if entry.key]


def take_back(client, kind, row, *, number=0):
    entry = changes_of(client, kind, row)[number]
    return client.post(reverse("history_take_back", args=[kind, row.pk]), {"event": entry.key}, follow=True)


def by(account, act, **values):
    with pghistory.context(user=account.pk):
        return act(**values)


def rename(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def test_it_says_who_changed_what_from_what_to_what(signed_in, ana, ben):
    mail = by(ana, factories.service, name="Mail")
    by(ben, lambda: rename(mail, name="E-mail", description="Letters."))

    assert told(signed_in, "service", mail) == [
        (str(ben), "Service changed", [("Name", "Mail", "E-mail"), ("Description", "empty", "Letters.")]),
        (str(ana), "Service added", []),
    ]


def test_what_nobody_did_was_the_system(signed_in):
    assert told(signed_in, "site", factories.site())[0][0] == "The system"


def test_it_shows_one_persons_changes_and_those_of_some_days(signed_in, ana, ben):
    mail = by(ana, factories.service, name="Mail")
    by(ben, lambda: rename(mail, name="E-mail"))
    today = timezone.now().date()

    assert [who for who, *_ in told(signed_in, "service", mail, who=ben.pk)] == [str(ben)]
    assert told(signed_in, "service", mail, who="system") == []
    assert len(told(signed_in, "service", mail, first=today - timedelta(days=1))) == 2
    assert told(signed_in, "service", mail, last=today - timedelta(days=2)) == []


def test_members_are_told_on_the_page_of_their_group(signed_in, ana, cai):
    staff = factories.group("Staff")
    by(ana, lambda: Membership.objects.create(group=staff, person=cai))
    by(ana, lambda: Membership.objects.all().delete())

    assert [title for _, title, _ in told(signed_in, "group", staff)] == [
        f"Member removed: {cai}",
        f"Member added: {cai}",
        "Group added",
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_the_same_number_of_questions_however_much_happened(signed_in, ana, number, django_assert_num_queries):
    upgrade = factories.upgrade(services=[factories.service()])
    for turn in range(number):
        milestone = factories.milestone(upgrade, name=f"Wave {turn}")
        by(ana, lambda milestone=milestone, turn=turn: rename(milestone, effect=f"Effect {turn}"))
        by(ana, lambda turn=turn: rename(upgrade, why=f"Why {turn}"))

    with django_assert_num_queries(14):
        signed_in.get(address("upgrade", upgrade))


def test_long_lists_have_pages(signed_in, ana):
    mail = factories.service("Mail")
    for turn in range(35):
        rename(mail, name=f"Mail {turn}")

    assert len(told(signed_in, "service", mail)) == 30
    assert len(told(signed_in, "service", mail, page=2)) == 6


def test_a_change_is_taken_back_and_that_is_told_too(signed_in, ana, ben):
    mail = factories.service("Mail")
    by(ben, lambda: rename(mail, name="E-mail"))

    take_back(signed_in, "service", mail)

    mail.refresh_from_db()
    assert mail.name == "Mail"
    assert told(signed_in, "service", mail)[0] == (str(ana), "Service changed", [("Name", "E-mail", "Mail")])


def test_what_was_changed_again_since_stays(signed_in):
    mail = factories.service("Mail")
    rename(mail, name="E-mail")
    rename(mail, name="Post")

    page = take_back(signed_in, "service", mail, number=1)

    mail.refresh_from_db()
    assert (mail.name, "It was changed again since" in text_of(page)) == ("Post", True)


def test_a_reader_reads_and_takes_nothing_back(client, ana):
    mail = factories.service("Mail")
    rename(mail, name="E-mail")
    client.force_login(factories.account("Rea", role=Role.READER))

    page = client.get(address("service", mail))
    response = client.post(reverse("history_take_back", args=["service", mail.pk]), {"event": 1})

    assert "This takes the role" in text_of(page)
    assert response.status_code == 403


def test_only_those_who_give_roles_read_the_history_of_accounts(client, ana):
    ben = by(ana, lambda: factories.account("Ben Late", role=Role.READER))
    by(ana, lambda: rename(ben, roles=[Role.APPROVER]))
    client.force_login(ana)
    refused = client.get(address("account", ben)).status_code
    client.force_login(factories.account("Adi", role=Role.ADMINISTRATOR))

    assert refused == 403
    assert told(client, "account", ben)[0][2] == [("Roles", "Reader", "Approver and service owner")]


def test_a_milestone_goes_back_as_any_move_does(signed_in, ana):
    milestone = factories.milestone(start=factories.NOW + timedelta(days=9))
    then = (milestone.start, milestone.end)
    rescheduling.move(milestone, start=then[0] + timedelta(days=2), end=then[1] and then[1] + timedelta(days=2))

    take_back(signed_in, "milestone", milestone)

    row = Milestone.objects.get(pk=milestone.pk)
    assert ((row.start, row.end), row.sequence) == (then, 2)


def test_words_that_come_back_have_to_be_approved_again(signed_in, ana, ben):
    notice = factories.notice(author=ana)
    first = notice.words
    approve.save_draft(notice, by=ana, version=1, words=[{**first[0], "subject": "Other"}])
    approve.approve(notice, revision=approve.submit(notice, by=ana, now=factories.NOW), by=ben, now=factories.NOW)
    number = next(
        at
        for at, one in enumerate(changes_of(signed_in, "notice", notice))
        if any("Words" in c.label for c in one.changes)
    )

    take_back(signed_in, "notice", notice, number=number)

    notice = Notice.objects.get(pk=notice.pk)
    assert (notice.words, notice.state, notice.approved_by) == (first, NoticeState.DRAFT, None)


def test_what_went_out_stays_as_it_was(signed_in, cai):
    notice = factories.released_notice(people=[cai])

    page = take_back(signed_in, "notice", notice)

    assert "what people got stays as it was" in text_of(page)


def test_a_step_comes_back_with_its_notice(signed_in, ana):
    step = factories.step()
    notice = factories.notice(step=step, title=step.name, audience=step.audience)
    planning.change_step(step, replace(planning.line_of(step), offset=-3), by=ana, now=factories.NOW)

    take_back(signed_in, "step", step)

    step.refresh_from_db()
    assert step.offset == -5
    assert Notice.objects.get(pk=notice.pk).send_at == schedule.due_at(step)


def test_of_somebody_who_is_erased_nothing_is_left(signed_in, ana, cai):
    rename(cai, department="Fisheries")
    erasing.erase(cai, by=ana, reason="Asked for it.", now=timezone.now())

    page = text_of(signed_in.get(address("person", cai)))

    assert "Fisheries" not in page
    assert "Cai" not in page


def test_every_kind_has_a_page_and_unknown_ones_have_none(signed_in, ana, cai):
    upgrade = factories.upgrade()
    rows = {
        "upgrade": upgrade,
        "milestone": factories.milestone(upgrade),
        "step": factories.step(factories.milestone(upgrade)),
        "notice": factories.notice(upgrade),
        "stakeholder": factories.stakeholder(cai, of=upgrade),
        "person": cai,
        "group": factories.group(),
        "service": factories.service(),
        "site": factories.site(),
        "survey": factories.survey(upgrade),
        "critical-days": factories.critical_days(),
        "engagement": factories.engagement(upgrade, people=[cai]),
    }

    for kind, row in rows.items():
        assert told(signed_in, kind, row), kind
    assert signed_in.get("/history/response/1/").status_code == 404
    assert signed_in.get("/history/service/999999/").status_code == 404
    assert rows.keys() <= TRAILS.keys()


def test_remarks_are_told_with_their_notice(signed_in, ana):
    notice = factories.notice()
    by(ana, lambda: Comment.objects.create(notice=notice, text="Shorter, please.", by=ana, at=factories.NOW))

    assert told(signed_in, "notice", notice)[0][:2] == (str(ana), "Remark added")


@pytest.mark.parametrize("what", ["after", "milestone"])
def test_a_step_does_not_go_back_to_what_is_gone(signed_in, ana, what):
    now = timezone.now()
    step = factories.step(factories.milestone(start=now + timedelta(days=30)), medium=Medium.MEETING)
    decision = factories.step(step.milestone, name="Decide", medium=Medium.DECISION)
    other = factories.milestone(step.upgrade, start=now + timedelta(days=40))
    line = replace(planning.line_of(step), after=decision)
    planning.change_step(step, line, by=ana, now=now)
    planning.change_step(step, replace(line, **{what: {"after": None, "milestone": other}[what]}), by=ana, now=now)
    (decision if what == "after" else line.milestone).delete()

    page = text_of(take_back(signed_in, "step", step))

    assert "What it was then is gone:" in page


def test_a_notice_does_not_get_back_a_survey_that_is_gone(signed_in, ana):
    milestone = factories.milestone(start=timezone.now() + timedelta(days=30))
    one, other = factories.survey(milestone.upgrade), factories.survey(milestone.upgrade)
    notice = factories.notice(milestone, author=ana, survey=one)
    approve.save_draft(notice, by=ana, version=notice.version, survey=other)
    one.delete()

    page = text_of(take_back(signed_in, "notice", notice))

    notice.refresh_from_db()
    assert ("What it was then is gone: Survey." in page, notice.survey) == (True, other)


@pytest.mark.parametrize("kind", PERSONAL)
def test_a_letter_to_some_goes_to_nobody_else(signed_in, ana, cai, dee, kind):
    """An answer, or a correction: a merge or the clock chose those who get it."""
    notice = factories.notice(author=ana, kind=kind, people=[cai])
    Notice.objects.filter(pk=notice.pk).update(audience={"people": [dee.pk]})

    page = text_of(take_back(signed_in, "notice", notice))

    notice.refresh_from_db()
    assert ("Only its words can be taken back." in page, notice.audience) == (True, {"people": [dee.pk]})


def test_the_last_day_of_all_is_a_day(signed_in):
    mail = factories.service("Mail")

    assert [title for _, title, _ in told(signed_in, "service", mail, last="9999-12-31")] == ["Service added"]


def test_the_limits_of_an_outlet_are_told_and_taken_back(client):
    admin = factories.account("Ada", role=Role.ADMINISTRATOR)
    client.force_login(admin)
    outlet = Outlet.objects.create(channel=Channel.EMAIL, secrets=b"never told")
    by(admin, lambda: rename(outlet, per_minute=90))
    by(admin, lambda: DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=5))

    assert told(client, "outlet", outlet)[:2] == [
        (str(admin), "Limit for a domain added: slow.example", [("Messages per minute", "", "5")]),
        (str(admin), "Delivery changed", [("Messages per minute", "empty", "90")]),
    ]
    assert "never told" not in text_of(client.get(address("outlet", outlet)))

    take_back(client, "outlet", outlet)

    outlet.refresh_from_db()
    assert outlet.per_minute is None


def test_a_domain_limit_that_is_taken_back_sends_nobody_to_an_old_turn(client):
    client.force_login(factories.account("Ada", role=Role.ADMINISTRATOR))
    outlet = Outlet.objects.create(channel=Channel.EMAIL)
    limit = DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=50)
    rename(limit, per_minute=1)
    Turn.objects.create(outlet=outlet, domain="slow.example", taken_until=timezone.now())

    take_back(client, "domain-limit", limit)

    limit.refresh_from_db()
    assert (limit.per_minute, Turn.objects.count()) == (50, 0)


def test_the_rules_of_delivery_have_a_history_and_only_administrators_take_it_back(client):
    rules = DeliveryRules.objects.create(pk=1, most_per_week=3)
    rename(rules, most_per_week=5)
    client.force_login(factories.account("Rea", role=Role.READER))

    changes = told(client, "delivery-rules", rules)
    response = client.post(reverse("history_take_back", args=["delivery-rules", 1]), {"event": 1})

    assert changes[0][2] == [("Messages per person and week", "3", "5")]
    assert response.status_code == 403


@pytest.mark.parametrize("kind", ["outlet", "domain-limit", "delivery-rules"])
def test_the_pages_of_delivery_lead_to_their_history(client, kind):
    client.force_login(factories.account("Ada", role=Role.ADMINISTRATOR))
    outlet = Outlet.objects.create(channel=Channel.EMAIL)
    limit = DomainLimit.objects.create(outlet=outlet, domain="slow.example", per_minute=50)
    rows = {"outlet": outlet, "domain-limit": limit, "delivery-rules": DeliveryRules.objects.create(pk=1)}
    trail = TRAILS[kind]

    page = client.get(trail.url(trail.get(rows[kind].pk)))

    assert f'href="{address(kind, rows[kind])}"' in page.content.decode()
