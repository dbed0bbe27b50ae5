from datetime import time, timedelta

import pytest

from commsplan.lib.time import at_wall_clock
from notices.enums import Clock, NoticeKind, Unit
from notices.lint import fixing
from notices.models import DeliveryRules
from notices.pipeline import schedule
from stakeholders.models import Absence
from tests import factories
from tests.factories import NOW
from upgrades.enums import Freeze, Impact, Status

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def mail(cai):
    return factories.service("Mail", users=[factories.group("Staff", people=[cai])])


@pytest.fixture
def window(mail):
    return factories.milestone(factories.upgrade("Mail migration", services=[mail]))


def rule(window, found):
    return [*found] == [f"milestone:{window.pk}"]


# BLK001, BLK002


@pytest.mark.parametrize(
    ("freeze", "fires", "silent"), [(Freeze.HARD, "BLK001", "BLK002"), (Freeze.SOFT, "BLK002", "BLK001")]
)
def test_a_window_in_critical_days_moves_to_the_next_free_time(ana, findings_of, window, mail, freeze, fires, silent):
    factories.critical_days(freeze=freeze, services=[mail])
    (found,) = findings_of(fires, window.upgrade).values()

    assert found.sentence.startswith(
        "“Go-live” on Mon 16 Mar 2026, 09:00 Europe/Berlin (CET) falls into “Examinations” of “Mail” (Mon 16 Mar 2026"
    )
    assert findings_of(silent, window.upgrade) == {}
    said = fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    window.refresh_from_db()
    assert (window.start, window.end) == (NOW + 15 * DAY, NOW + 15 * DAY + DAY / 6)
    assert said == "“Go-live” is now Tuesday 17 March 2026, 09:00–13:00 Europe/Berlin (CET)."
    assert findings_of(fires, window.upgrade) == {}


def test_the_lines_move_with_the_window_and_the_preview_shows_it(ana, findings_of, window, mail):
    factories.critical_days(freeze=Freeze.HARD, services=[mail])
    step = factories.step(window)
    factories.notice(step=step, audience={"affected": True}, send_at=schedule.due_at(step))
    (found,) = findings_of("BLK001", window.upgrade).values()

    preview = fixing.preview(window.upgrade, found.fix, by=ana, now=NOW)

    assert [change.name for change in preview.changes] == ["Announcement"]
    assert "BLK001" in [one.rule.id for one in preview.gone]


@pytest.mark.parametrize("reason", ["other service", "other day", "over", "nobody notices"])
def test_critical_days_of_others_are_none_of_ours(findings_of, window, mail, reason):
    service = factories.service() if reason == "other service" else mail
    start = NOW + (20 if reason == "other day" else 14) * DAY
    factories.critical_days(freeze=Freeze.HARD, services=[service], start=start, end=start + DAY)
    if reason == "over":
        window.status = Status.COMPLETED
    if reason == "nobody notices":
        window.kind, window.impact = "step", Impact.NO_IMPACT
    window.save()

    assert findings_of("BLK001", window.upgrade) == {}


def test_a_window_under_way_is_not_moved_by_a_click(findings_of, window, mail):
    factories.critical_days(freeze=Freeze.HARD, services=[mail])
    window.status = Status.IN_PROCESS
    window.save()

    (found,) = findings_of("BLK001", window.upgrade).values()

    assert found.fix.act == "open"


def test_one_window_has_one_finding_however_many_days_it_meets(findings_of, window, mail):
    factories.critical_days(freeze=Freeze.HARD, services=[mail])
    factories.critical_days(freeze=Freeze.HARD, name="Audit")

    (found,) = findings_of("BLK001", window.upgrade).values()

    assert "“Audit” of everybody" in found.sentence
    assert "“Examinations” of “Mail”" in found.sentence


# BLK003


def test_two_upgrades_of_one_service_at_the_same_time(ana, findings_of, window, mail):
    other = factories.milestone(factories.upgrade("Storage", services=[mail]), name="Swap")

    (found,) = findings_of("BLK003", window.upgrade).values()

    assert "at the same time as “Swap” of “Storage” (Mon 16 Mar 2026, 09:00 Europe/Berlin (CET), Mail" in found.sentence
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)
    assert findings_of("BLK003", window.upgrade) == findings_of("BLK003", other.upgrade) == {}


def test_two_upgrades_for_the_same_group_alone_are_no_error(findings_of, window, mail):
    factories.milestone(factories.upgrade(services=[factories.service(users=list(mail.users.all()))]))

    assert findings_of("BLK003", window.upgrade) == {}


# BLK004


def line(window, people, *, at="09:00", offset=-3, kind=NoticeKind.ANNOUNCEMENT, **fields):
    audience = {"people": [one.pk for one in people]}
    step = factories.step(window, at=at, offset=offset, audience=audience, **fields)
    step.refresh_from_db()
    return factories.notice(step=step, audience=audience, kind=kind, send_at=schedule.due_at(step))


def readers(number, zone, **fields):
    return [factories.person(time_zone=zone, **fields) for _ in range(number)]


def test_a_notice_at_night_for_many_goes_by_their_own_clocks(ana, findings_of, window):
    line(window, [*readers(4, "Europe/Berlin"), *readers(2, "America/New_York")])

    (found,) = findings_of("BLK004", window.upgrade).values()

    assert "when it is 04:00 in America/New_York (2 people): at night" in found.sentence
    assert found.fix.label == "Send it at 09:00 where each reader is"
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)
    assert findings_of("BLK004", window.upgrade) == {}
    assert window.steps.get().clock == Clock.READER


@pytest.mark.parametrize("kind", [NoticeKind.FINAL, NoticeKind.COMPLETED, NoticeKind.CANCELLED])
def test_what_is_urgent_comes_at_night(findings_of, window, kind):
    line(window, readers(1, "Asia/Tokyo"), at="18:00", kind=kind)

    assert findings_of("BLK004", window.upgrade) == {}


@pytest.mark.parametrize(("far", "is_found"), [(1, False), (2, True)])
def test_one_reader_in_ten_is_enough_to_mind(findings_of, window, far, is_found):
    line(window, [*readers(12, "Europe/Berlin"), *readers(far, "America/New_York")])

    assert bool(findings_of("BLK004", window.upgrade)) is is_found


@pytest.mark.parametrize(("at", "comes"), [("22:00", "2026-03-11T16:00"), ("05:00", "2026-03-10T16:00")])
def test_a_line_at_night_where_it_is_made_goes_out_in_the_hours_of_work_before(ana, findings_of, window, at, comes):
    line(window, readers(1, "Europe/Berlin"), at=at)

    (found,) = findings_of("BLK004", window.upgrade).values()
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)

    assert findings_of("BLK004", window.upgrade) == {}
    step = window.steps.get()
    day, hour = comes.split("T")
    assert str(step.at) == f"{hour}:00"
    assert schedule.due_at(step).date().isoformat() == day


def test_a_holiday_where_the_readers_are(ana, findings_of, window):
    window.start, window.end = window.start + 70 * DAY, window.end + 70 * DAY  # Monday 25 May 2026
    window.save()
    paris = factories.site(country="FR", time_zone="Europe/Paris")
    on = window.upgrade
    on.country = ""
    on.save()
    line(window, readers(2, "Europe/Paris", site=paris), offset=-7)  # Thursday 14 May: Ascension

    (found,) = findings_of("BLK004", window.upgrade).values()

    assert "for 2 people that is Ascension Day" in found.sentence
    fixing.apply(window.upgrade, found.fix, by=ana, now=NOW)
    assert findings_of("BLK004", window.upgrade) == {}


def test_a_free_day_of_the_readers(findings_of, window):
    line(window, readers(2, "Europe/Berlin", works_on=[1, 2]))

    (found,) = findings_of("BLK004", window.upgrade).values()

    assert "that is their free day" in found.sentence


def test_a_notice_by_hand_has_to_be_opened(findings_of, window):
    at = at_wall_clock(NOW.date() + DAY, NOW.time().replace(hour=22), zone="Europe/Berlin")
    factories.notice(window, people=readers(1, "Europe/Berlin"), send_at=at)

    (found,) = findings_of("BLK004", window.upgrade).values()

    assert found.fix.act == "open"


@pytest.mark.parametrize("has_deputy", [True, False])
def test_a_notice_for_somebody_who_is_away(findings_of, window, cai, dee, has_deputy):
    sent = line(window, [cai])
    day = sent.send_at.date()
    Absence.objects.create(person=cai, deputy=dee if has_deputy else None, start_on=day, end_on=day)

    found = [one.sentence for one in findings_of("BLK004", window.upgrade).values()]

    assert ["the only reader is away" in one for one in found] == ([] if has_deputy else [True])


# BLK005


@pytest.mark.parametrize(("kind", "is_found"), [("go_live", True), ("window", False)])
def test_a_notice_on_the_day_on_which_its_readers_have_something_else_to_do(
    ana, findings_of, window, mail, kind, is_found
):
    sent = line(window, [mail.users.get().people.get()])
    other = factories.upgrade("ERP", services=[factories.service(users=[mail.users.get()])])
    factories.milestone(other, kind=kind, start=sent.send_at + DAY / 4, end=None, name="New ERP")

    found = findings_of("BLK005", window.upgrade)

    assert ["the day of “New ERP” of “ERP”" in one.sentence for one in found.values()] == ([True] if is_found else [])
    for one in found.values():
        fixing.apply(window.upgrade, one.fix, by=ana, now=NOW)
    assert findings_of("BLK005", window.upgrade) == {}


def test_a_notice_to_others_on_that_day_is_fine(findings_of, window):
    sent = line(window, readers(1, "Europe/Berlin"))
    factories.milestone(factories.upgrade(), kind="go_live", start=sent.send_at, end=None)

    assert findings_of("BLK005", window.upgrade) == {}
    assert sent.step.unit == Unit.BUSINESS_DAYS


# BLK004, where there are quiet hours


@pytest.fixture
def quiet(db):
    DeliveryRules.objects.create(pk=1, quiet_from=time(20), quiet_until=time(7), quiet_weekends=False)


def late_reader(window):
    return factories.person("Fay", time_zone="Asia/Tokyo")  # 17:00 in Berlin is 01:00 there


def test_what_quiet_hours_hold_until_the_morning_comes_at_no_bad_hour(findings_of, window, quiet):
    fay = late_reader(window)
    at = at_wall_clock((window.start - 5 * DAY).date(), time(17), zone="Europe/Berlin")
    factories.notice(window, people=[fay], kind=NoticeKind.REMINDER, send_at=at)

    assert findings_of("BLK004", window.upgrade) == {}


def test_what_the_morning_would_be_too_late_for_comes_at_night_and_is_found(findings_of, window, quiet):
    fay = late_reader(window)
    at = at_wall_clock((window.start - DAY).date(), time(17), zone="Europe/Berlin")
    soon = at + timedelta(hours=3)
    late = factories.notice(window, people=[fay], kind=NoticeKind.REMINDER, send_at=at, expires_at=soon)

    (found,) = findings_of("BLK004", window.upgrade).values()

    assert str(found.place) == f"notice:{late.pk}"
    assert "1 person has quiet hours (it is 01:00 in Asia/Tokyo)" in found.sentence
    assert found.sentence.endswith("Held until 09:00 it would come too late, so it comes all the same.")
