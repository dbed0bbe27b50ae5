"""Calendars to subscribe to: read back with two libraries, since everybody's calendar is another one."""

import re
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
import vobject
from django.core.cache import cache
from django.urls import reverse

from accounts import tokens
from accounts.enums import TokenUse
from accounts.models import AccessToken, Account
from commsplan.lib import bearer
from engagement.enums import EngagementState
from engagement.models import Engagement
from notices.audiences.affecting import milestones_affecting
from notices.pipeline import audience, render
from stakeholders.models import Membership, Person
from tests import factories
from upgrades.enums import Freeze, Impact, Status
from upgrades.models import CriticalDays, Milestone

NOW = factories.NOW
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana():
    return factories.account("Ana Abel")


@pytest.fixture
def secret(ana):
    return tokens.issue("Outlook", use=TokenUse.CALENDAR, by=ana, now=NOW)[1]


@pytest.fixture
def staff():
    return factories.group("Staff")


@pytest.fixture
def mail(staff):
    return factories.service("Mail", users=[staff])


@pytest.fixture
def migration(mail):
    return factories.upgrade("Mail migration", slug="mail", services=[mail])


def get(client, secret, place="all", **headers):
    return client.get(f"/calendar/{secret}/{place}.ics", headers=headers)


def entries(response):
    found = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    return {str(one["SUMMARY"]): one for one in found}


# What is in it


def test_windows_meetings_and_critical_days_are_in_one_calendar(client, secret, migration):
    factories.milestone(migration, status=Status.TENTATIVE)
    factories.engagement(migration, title="Drop-in")
    factories.critical_days(
        name="Exams", start=NOW + timedelta(days=3), end=NOW + timedelta(days=4), freeze=Freeze.HARD
    )

    response = get(client, secret)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert list(entries(response)) == ["Mail migration: Go-live", "Drop-in", "Exams (nothing may change)"]


def test_a_window_is_the_entry_that_the_mails_carry(client, secret, migration):
    window = factories.milestone(migration, status=Status.TENTATIVE)
    Milestone.objects.filter(pk=window.pk).update(sequence=4)
    window.refresh_from_db()
    cai = factories.person("Cai")
    notice = factories.released_notice(window, people=[cai])

    part = render.of_message(notice.messages.get()).calendar
    mailed = icalendar.Calendar.from_ical(part.data).walk("VEVENT")[0]
    fed = entries(get(client, secret))["Mail migration: Go-live"]

    for name in ("UID", "SEQUENCE", "SUMMARY", "STATUS", "DTSTART", "DTEND"):
        assert fed[name].to_ical() == mailed[name].to_ical(), name
    assert fed["STATUS"] == "TENTATIVE"
    assert fed["X-MAINTNOTE-STATUS"] == "TENTATIVE"


def test_times_are_those_of_the_place_and_the_zone_is_defined(client, secret, migration):
    factories.milestone(migration)

    text = get(client, secret).content.decode()

    assert "DTSTART;TZID=Europe/Berlin:20260316T090000" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert text.index("END:VTIMEZONE") < text.index("BEGIN:VEVENT")


@pytest.mark.parametrize("days", [14, 200])  # on both sides of the change of clocks
def test_another_library_reads_the_same_moments(client, secret, migration, days):
    window = factories.milestone(migration, start=NOW + timedelta(days=days))

    event = vobject.readOne(get(client, secret).content.decode()).vevent

    assert event.dtstart.value.astimezone(UTC) == window.start
    assert event.dtend.value.astimezone(UTC) == window.end


def test_the_hour_that_comes_twice_is_not_mistaken(client, secret, migration):
    second = NOW.replace(month=10, day=25, hour=1, minute=30)  # 02:30 in Berlin for the second time
    factories.milestone(migration, start=second, end=second + timedelta(hours=2))

    event = entries(get(client, secret))["Mail migration: Go-live"]

    assert event["DTSTART"].dt == second


def test_what_is_cancelled_stays_and_says_so(client, secret, migration):
    window = factories.milestone(migration)
    meeting = factories.engagement(migration, title="Drop-in")
    Milestone.objects.filter(pk=window.pk).update(status=Status.CANCELLED)
    Engagement.objects.filter(pk=meeting.pk).update(state=EngagementState.CANCELLED)

    found = entries(get(client, secret))

    assert {name: str(one["STATUS"]) for name, one in found.items()} == {
        "Mail migration: Go-live": "CANCELLED",
        "Drop-in": "CANCELLED",
    }


def test_a_meeting_is_the_entry_of_its_invitation(client, secret, migration):
    meeting = factories.engagement(migration, title="Drop-in")
    Engagement.objects.filter(pk=meeting.pk).update(sequence=3)

    event = entries(get(client, secret))["Drop-in"]

    assert (str(event["UID"]), event["SEQUENCE"]) == (str(meeting.uid), 3)


def test_whole_days_are_whole_days(client, secret):
    berlin = ZoneInfo("Europe/Berlin")
    start = NOW.astimezone(berlin).replace(day=10, hour=0)
    factories.critical_days(name="Exams", start=start, end=start + timedelta(days=5), time_zone="Europe/Berlin")

    event = next(iter(entries(get(client, secret)).values()))

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 3, 10), date(2026, 3, 15))


def test_critical_days_count_their_changes(client, secret):
    entry = factories.critical_days(name="Exams", start=NOW, end=NOW + timedelta(days=1))
    CriticalDays.objects.filter(pk=entry.pk).update(name="Examinations")

    assert next(iter(entries(get(client, secret)).values()))["SEQUENCE"] == 1


def test_a_calendar_reaches_a_year_back_and_a_year_ahead(client, secret, migration):
    for days in (-400, -300, 300, 400):
        start = NOW + timedelta(days=days)
        factories.milestone(migration, name=f"{days}", start=start)
        factories.engagement(migration, title=f"M{days}", start=start, end=start + timedelta(hours=1))
        factories.critical_days(name=f"C{days}", start=start, end=start + timedelta(hours=1))

    found = {name.removeprefix("Mail migration: ").split(" ")[0] for name in entries(get(client, secret))}

    assert found == {"-300", "300", "M-300", "M300", "C-300", "C300"}


def test_calendars_know_its_name_and_when_to_ask_again(client, secret, migration):
    text = get(client, secret, "upgrades/mail").content.decode()

    assert "X-WR-CALNAME:Mail migration\r\n" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in text
    assert "X-PUBLISHED-TTL:PT1H\r\n" in text


def test_nothing_yet_is_a_calendar_too(client, secret):
    assert vobject.readOne(get(client, secret).content.decode()).name == "VCALENDAR"


# Parts


def test_the_calendar_of_an_upgrade_has_what_concerns_it(client, secret, migration, staff, mail):
    factories.milestone(migration)
    factories.milestone(factories.upgrade("Other"))
    for name, scope in {
        "Everybody": {},
        "Staff": {"groups": [staff]},
        "Mail": {"services": [mail]},
        "Others": {"groups": [factories.group("Others")]},
    }.items():
        factories.critical_days(name=name, start=NOW, end=NOW + timedelta(days=1), **scope)

    found = {name.split(" (")[0] for name in entries(get(client, secret, "upgrades/mail"))}

    assert found == {"Mail migration: Go-live", "Everybody", "Staff", "Mail"}


def test_the_calendar_of_a_service_has_what_touches_it(client, secret, migration, mail):
    factories.milestone(migration, name="Inherited")
    factories.milestone(migration, name="Another service", services=[factories.service("ERP")])
    factories.engagement(migration, title="Drop-in")
    factories.engagement(title="Elsewhere")

    assert list(entries(get(client, secret, f"services/{mail.pk}"))) == ["Mail migration: Inherited", "Drop-in"]


def test_the_calendar_of_a_person_has_what_concerns_them(client, secret, migration, staff):
    cai = factories.person("Cai", groups=[staff])
    factories.milestone(migration)
    factories.milestone(factories.upgrade("Other"))
    factories.engagement(migration, title="Invited", people=[cai])
    factories.engagement(migration, title="Not invited")

    assert list(entries(get(client, secret, f"people/{cai.pk}"))) == ["Mail migration: Go-live", "Invited"]


def test_who_was_merged_stands_for_who_they_became(client, secret, migration, staff):
    cai = factories.person("Cai", groups=[staff])
    factories.milestone(migration)
    twin = factories.person("Cay")
    Person.objects.filter(pk=twin.pk).update(merged_into=cai, archived_at=NOW)

    assert list(entries(get(client, secret, f"people/{twin.pk}"))) == ["Mail migration: Go-live"]


def test_affecting_a_person_is_the_rule_of_audiences_asked_the_other_way():
    sites = [factories.site(), factories.site()]
    groups = [factories.group() for _ in range(3)]
    services = [factories.service(users=groups[:1]), factories.service(users=groups[1:2]), factories.service()]
    people = [
        factories.person(groups=chosen, site=site, archived_at=archived)
        for chosen in ([], groups[:1], groups[1:2], groups[2:], groups)
        for site in (None, *sites)
        for archived in (None, NOW)
    ]
    upgrades = [factories.upgrade(services=chosen) for chosen in ([], services[:1], services)]
    factories.stakeholder(groups[2], of=upgrades[0], impact_on_them=Impact.DEGRADED)
    factories.stakeholder(groups[1], of=upgrades[1], impact_on_them=Impact.NO_IMPACT)
    factories.stakeholder(people[0], of=upgrades[1], impact_on_them=Impact.OUTAGE)
    milestones = [
        factories.milestone(upgrade, services=named, sites=at)
        for upgrade in upgrades
        for named in ([], services[1:2], services[2:])
        for at in ([], sites[:1])
    ]

    rule = audience.Audience(affected=True)
    said = {(person.pk, one.pk) for person in people for one in milestones_affecting(person)}
    chosen = {
        (pk, one.pk)
        for one in milestones
        for pk in audience.chosen(rule, upgrade=one.upgrade, milestone=one).values_list("pk", flat=True)
    }

    assert said == chosen
    assert 0 < len(said) < len(people) * len(milestones)


# The token


def test_use_is_noted(client, secret):
    get(client, secret)

    assert AccessToken.objects.get().last_used_at == NOW


def nothing_learnt(response):
    return (response.status_code, response.content, dict(response.headers))


def test_whatever_is_wrong_gets_one_and_the_same_answer(client, ana, secret, migration):
    _, for_programs = tokens.issue("Program", use=TokenUse.API, by=ana, now=NOW)
    revoked, gone = tokens.issue("Old", use=TokenUse.CALENDAR, by=ana, now=NOW)
    bearer.revoke(revoked, now=NOW)
    off = factories.account("Olaf", is_active=False)
    _, switched_off = tokens.issue("Off", use=TokenUse.CALENDAR, by=off, now=NOW)

    answers = [get(client, wrong, "upgrades/mail") for wrong in ("wrong", for_programs, gone, switched_off)]
    answers += [get(client, secret, place) for place in ("upgrades/nothing", "services/1", f"people/{10**17}")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({str(nothing_learnt(answer)) for answer in answers}) == 1
    assert not any(answer.cookies for answer in answers)


def test_a_token_for_calendars_is_no_key_to_pages(client, secret):
    headers = {"Authorization": f"Bearer {secret}"}

    assert client.get("/upgrades/", headers=headers).status_code == 302


def test_an_account_that_is_switched_off_opens_nothing(client, ana, secret):
    assert get(client, secret).status_code == 200

    Account.objects.update(is_active=False)

    assert get(client, secret).status_code == 404


# Fetched again


def test_nobody_in_between_keeps_it(client, secret):
    response = get(client, secret)

    assert response["Cache-Control"] == "private, no-cache"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


def test_the_same_again_is_not_sent_again(client, secret, migration):
    factories.milestone(migration)
    first = get(client, secret)

    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        by_tag = get(client, secret, **{"If-None-Match": first["ETag"]})
        by_time = get(client, secret, **{"If-Modified-Since": first["Last-Modified"]})

    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert (by_time.status_code, by_time.content) == (304, b"")


def test_what_changed_is_sent_at_once_and_so_is_a_change_back(client, secret, migration):
    factories.milestone(migration)
    first = get(client, secret)

    Milestone.objects.update(name="Switch")
    second = get(client, secret, **{"If-Modified-Since": first["Last-Modified"]})
    Milestone.objects.update(name="Go-live")
    third = get(client, secret, **{"If-Modified-Since": second["Last-Modified"]})

    assert [one.status_code for one in (second, third)] == [200, 200]
    assert second["ETag"] != first["ETag"]


def test_what_is_gone_is_a_change(client, secret, migration):
    window = factories.milestone(migration)
    first = get(client, secret)
    window.delete()

    headers = {"If-None-Match": first["ETag"], "If-Modified-Since": first["Last-Modified"]}
    assert get(client, secret, **headers).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_the_calendar(client, secret, staff, rows, django_assert_num_queries):
    service = factories.service(users=[staff])
    for number in range(rows):
        upgrade = factories.upgrade(services=[service])
        factories.milestone(upgrade, services=[factories.service()], sites=[factories.site()])
        factories.engagement(upgrade)
        factories.critical_days(name=f"{number}", groups=[factories.group()], start=NOW, end=NOW + timedelta(days=1))
    cai = factories.person(groups=[staff])

    with django_assert_num_queries(10):
        get(client, secret)
    get(client, secret, f"people/{cai.pk}")


# To subscribe


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.mark.parametrize("feed", ["all", "upgrade", "service", "person"])
def test_a_link_leads_to_an_address_that_works(signed_in, migration, mail, feed):
    factories.milestone(migration)
    of = {"all": "", "upgrade": "mail", "service": mail.pk, "person": factories.person().pk}[feed]
    link = f"{reverse('calendar_subscribe')}?feed={feed}&of={of}"

    asked = signed_in.get(link)
    made = signed_in.post(link, {"name": asked.context["form"]["name"].value()})

    address = re.search(r"http://testserver(/calendar/commsplan-[^<\"]+)", made.content.decode())[1]
    assert f"webcal://testserver{address}" in made.content.decode()
    assert signed_in.get(address)["Content-Type"].startswith("text/calendar")
    assert AccessToken.objects.get().use == TokenUse.CALENDAR
    assert "no-store" in made["Cache-Control"]


def test_looking_makes_no_token(signed_in):
    signed_in.get(f"{reverse('calendar_subscribe')}?feed=all")

    assert not AccessToken.objects.exists()


def test_a_second_one_gets_a_name_of_its_own(signed_in, migration):
    link = f"{reverse('calendar_subscribe')}?feed=upgrade&of=mail"
    signed_in.post(link, {"name": "Mail migration"})

    assert signed_in.get(link).context["form"]["name"].value() == "Mail migration 2"
    assert "You have a token of this name" in signed_in.post(link, {"name": "mail migration"}).content.decode()
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?feed=x", "?feed=service&of=x", "?feed=person&of=99999999999999999999"])
def test_there_is_no_address_of_nothing(signed_in, query):
    assert signed_in.get(reverse("calendar_subscribe") + query).status_code == 404


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("calendar", "feed=all"),
        ("upgrade", "feed=upgrade&amp;of=mail"),
        ("service", "feed=service&amp;of="),
        ("person", "feed=person&amp;of="),
    ],
)
def test_pages_lead_there(signed_in, migration, mail, page, query):
    targets = {"upgrade": migration, "service": mail, "person": factories.person()}
    address = targets[page].get_absolute_url() if page in targets else reverse(page)

    assert query in signed_in.get(address).content.decode()


def test_a_person_who_was_merged_away_offers_none(signed_in, ana):
    cai, twin = factories.person("Cai"), factories.person("Cay")
    Person.objects.filter(pk=twin.pk).update(merged_into=cai, archived_at=NOW)
    Membership.objects.filter(person=twin).delete()

    assert signed_in.get(f"{reverse('calendar_subscribe')}?feed=person&of={twin.pk}").status_code == 404
