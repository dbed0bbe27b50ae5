"""The pages of the break-glass kit, and of outages that nobody planned."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from commsplan.lib import time, wallclock
from notices.enums import MessageState, NoticeState
from notices.models import Message, Notice
from notices.pipeline import approve, kit
from notices.pipeline.kit.buttons import BUTTONS
from stakeholders.enums import AddressState, Channel
from stakeholders.models import Person
from tests import factories
from upgrades.enums import Status
from upgrades.models import Milestone, Upgrade

HOUR = timedelta(hours=1)
BERLIN = "Europe/Berlin"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def signed_in(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def running(cai, now) -> Milestone:
    """A window under way; Cai was told."""
    mail = factories.service("Mail", users=[factories.group("Staff", people=[cai])])
    upgrade = factories.upgrade("New mail", services=[mail])
    window = factories.milestone(upgrade, status=Status.IN_PROCESS, start=now - 2 * HOUR, end=now + HOUR)
    told = factories.released_notice(window, people=[cai], now=now - HOUR)
    told.messages.update(state=MessageState.SENT, sent_at=now - HOUR, sha256=b"0" * 32)
    return window


def ready(window: Milestone, key: str, *, ana, ben, now) -> Notice:
    notice = kit.lay(window, BUTTONS[key], by=ana, now=now)
    if notice.state == NoticeState.IN_REVIEW:
        approve.approve(notice, revision=notice.revisions.get(), by=ben, now=now)
    notice.refresh_from_db()
    return notice


def page_of(window: Milestone) -> str:
    return reverse("upgrade_kit", args=[window.upgrade.slug])


def use(window: Milestone, key: str) -> str:
    return reverse("kit_use", args=[window.upgrade.slug, window.pk, key])


def typed(line: Notice, window: Milestone, **fields) -> dict:
    return {"kit": line.pk, "seen": window.sequence, "reason": "A disk broke.", **fields}


def test_the_page_says_what_is_ready_what_is_missing_and_who_would_hear(signed_in, running, ana, ben, now):
    ready(running, "extend", ana=ana, ben=ben, now=now)

    page = signed_in.get(page_of(running))

    assert {one.key: one.is_ready for one in page.context["buttons"]} == {key: key == "extend" for key in BUTTONS}
    assert [one.name for one in page.context["told"].first] == ["Cai Carter"]
    assert f"Approved by {ben}. Deutsch, English, Français." in " ".join(page.content.decode().split())


def test_a_missing_line_is_made_with_one_click(signed_in, running):
    address = reverse("kit_lay", args=[running.upgrade.slug, running.pk, "postpone"])

    page = signed_in.post(address, follow=True)

    assert kit.find(running, BUTTONS["postpone"]) is not None
    assert "lies ready." in page.content.decode()


def test_two_hours_more_take_one_choice_and_a_reason(signed_in, running, cai, ana, ben, now):
    line = ready(running, "extend", ana=ana, ben=ben, now=now)

    page = signed_in.post(use(running, "extend"), typed(line, running, more="120"), follow=True)

    before = running.end
    running.refresh_from_db()
    assert (running.end, running.change_reason) == (before + 2 * HOUR, "A disk broke.")
    line.refresh_from_db()
    assert [one.person for one in line.messages.all()] == [cai]
    assert "is on its way to 1 person" in page.content.decode()


def test_a_second_click_says_so_and_sends_nothing(signed_in, running, ana, ben, now):
    line = ready(running, "extend", ana=ana, ben=ben, now=now)
    filled = typed(line, running, more="30")
    signed_in.post(use(running, "extend"), filled)
    before = Message.objects.count()

    page = signed_in.post(use(running, "extend"), filled, follow=True)

    assert Message.objects.count() == before
    assert "pressed this already" in page.content.decode()


def test_postponing_keeps_the_length_where_no_end_is_typed(signed_in, cai, ana, ben, now):
    window = factories.milestone(start=now + timedelta(days=2), end=now + timedelta(days=2, hours=4))
    factories.released_notice(window, people=[cai], now=now)
    line = ready(window, "postpone", ana=ana, ben=ben, now=now)
    start = wallclock.show(window.start + timedelta(days=7), zone="Europe/Berlin")

    signed_in.post(use(window, "postpone"), typed(line, window, start=start.isoformat(), end=""))

    window.refresh_from_db()
    assert window.end - window.start == 4 * HOUR
    assert line.messages.count() == 1


def test_postponing_takes_along_what_was_ticked(signed_in, cai, ana, ben, now):
    start = (now + timedelta(days=6)).replace(second=0, microsecond=0)
    due = start - timedelta(days=1)
    window = factories.milestone(kind="go_live", start=start, action="Save.", action_deadline=due)
    decision = factories.milestone(
        window.upgrade, name="Go/no-go", kind="decision", start=start - timedelta(days=2), end=None
    )
    factories.released_notice(window, people=[cai], now=now)
    line = ready(window, "postpone", ana=ana, ben=ben, now=now)
    typed_in = {"start": f"{wallclock.show(start + timedelta(days=14), zone='Europe/Berlin'):%Y-%m-%dT%H:%M}"}
    page = signed_in.get(use(window, "postpone"), typed_in)
    assert [is_ticked for _, is_ticked in page.context["offer"].rows] == [True, True]

    letter = signed_in.get(page.context["letter"]).content.decode()  # with what is ticked
    moved = page.context["offer"].rows[-1][0]
    assert (time.full(moved.before, zone=BERLIN) in letter, time.full(moved.after, zone=BERLIN) in letter) == (
        False,
        True,
    )
    along = f"{window.pk}-deadline"
    signed_in.post(use(window, "postpone"), typed(line, window, **typed_in, along=[along]))

    window.refresh_from_db()
    decision.refresh_from_db()
    assert window.start > start
    assert due < window.action_deadline < window.start
    assert (decision.start, decision.sequence) == (start - timedelta(days=2), 0)
    assert line.messages.count() == 1


@pytest.mark.parametrize(
    ("key", "fields", "field"),
    [
        ("postpone", {"start": "2020-01-01T10:00"}, "start"),
        ("postpone", {"start": ""}, "start"),
        ("extend", {"more": "", "end": ""}, "end"),
        ("extend", {"more": "", "end": "2020-01-01T10:00"}, "end"),
        ("roll_back", {"outcome": ""}, "outcome"),
        ("complete", {"at": "2199-01-01T10:00"}, "at"),
        ("cancel", {"reason": ""}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(signed_in, running, ana, ben, now, key, fields, field):
    line = ready(running, key, ana=ana, ben=ben, now=now)

    page = signed_in.post(use(running, key), typed(line, running, **fields))

    assert field in page.context["form"].errors
    assert not line.messages.exists()


@pytest.mark.parametrize("key", ["postpone", "extend", "roll_back", "complete", "cancel"])
def test_every_form_shows_its_letter_before_the_click(signed_in, running, ana, ben, now, key):
    ready(running, key, ana=ana, ben=ben, now=now)

    page = signed_in.get(use(running, key), {"reason": "A disk broke.", "outcome": "All is well.", "more": "60"})
    letter = signed_in.get(page.context["letter"])

    assert page.status_code == 200
    assert "Hello Cai" in letter.content.decode()
    running.refresh_from_db()
    assert (running.status, running.sequence) == (Status.IN_PROCESS, 0)


def test_the_letter_can_be_read_as_anybody_who_was_told(signed_in, running, ana, ben, now):
    dee, eva = factories.person("Dee Dunn", language="de"), factories.person("Eva East")
    told = factories.released_notice(running, people=[dee], now=now - HOUR)
    told.messages.update(state=MessageState.SENT, sent_at=now - HOUR, sha256=b"0" * 32)
    ready(running, "extend", ana=ana, ben=ben, now=now)

    def shown(**query) -> tuple:
        page = signed_in.get(use(running, "extend"), {"reason": "A disk broke.", "more": "60", **query})
        told = page.context["told"]
        letter = signed_in.get(page.context["letter"]).content.decode()
        return [one.name for one in told.found], told.reader.name, "Hello Cai" in letter

    assert shown() == (["Cai Carter", "Dee Dunn"], "Cai Carter", True)
    assert shown(person=dee.pk) == (["Cai Carter", "Dee Dunn"], "Dee Dunn", False)
    assert shown(reader="dunn") == (["Dee Dunn"], "Dee Dunn", False)
    assert shown(reader="nobody") == ([], "Cai Carter", True)
    assert shown(person=eva.pk) == (["Cai Carter", "Dee Dunn"], "Cai Carter", True)  # she was told nothing


def test_the_letter_shows_the_new_facts(signed_in, running, ana, ben, now):
    ready(running, "roll_back", ana=ana, ben=ben, now=now)

    page = signed_in.get(use(running, "roll_back"), {"outcome": "Mail works as on Friday.", "reason": "It failed."})
    letter = signed_in.get(page.context["letter"]).content.decode()

    assert "Mail works as on Friday." in letter
    assert "It failed." in letter


def test_another_person_approves_and_sends_with_one_click(client, signed_in, running, ana, ben, now):
    line = kit.lay(running, BUTTONS["cancel"], by=ana, now=now)
    Notice.objects.filter(pk=line.pk).update(needs_approval=True)
    if line.state != NoticeState.IN_REVIEW:
        approve.save_draft(line, by=ana, version=line.version)
        approve.submit(line, by=ana, now=now)
    signed_in.post(use(running, "cancel"), typed(line, running))
    line.refresh_from_db()
    assert line.state == NoticeState.IN_REVIEW

    client.force_login(ben)
    page = client.get(page_of(running))
    [(waiting, why_not)] = page.context["waiting"]
    assert (waiting, why_not) == (line, "")
    client.post(reverse("kit_approve", args=[running.upgrade.slug, line.pk]), {"revision": waiting.latest})

    line.refresh_from_db()
    assert (line.state, line.messages.count()) == (NoticeState.RELEASED, 1)


def test_a_reader_sees_the_kit_and_presses_nothing(client, running, ana, ben, now):
    line = ready(running, "extend", ana=ana, ben=ben, now=now)
    client.force_login(factories.account("Rea Reader", role=Role.READER))

    page = client.get(page_of(running))

    assert page.status_code == 200
    assert 'href="' + use(running, "extend") not in page.content.decode()
    assert client.post(use(running, "extend"), typed(line, running, more="30")).status_code == 403
    assert client.get(reverse("outage_new")).status_code == 403
    assert not line.messages.exists()


def test_a_button_that_does_not_exist_is_not_found(signed_in, running):
    assert signed_in.get(use(running, "explode")).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_readers(signed_in, running, now, django_assert_num_queries):
    def asked() -> int:
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        with CaptureQueriesContext(connection) as found:
            signed_in.get(page_of(running))
        return len(found)

    signed_in.get(page_of(running))
    before = asked()
    told = factories.released_notice(running, people=[factories.person() for _ in range(3)], now=now)
    told.messages.update(state=MessageState.SENT, sent_at=now, sha256=b"0" * 32)
    assert asked() == before


# Outages


@pytest.fixture
def mail(cai):
    return factories.service("Mail", users=[factories.group("Everybody", people=[cai])], carries=[Channel.EMAIL])


def reported(client, service, **fields):
    """What a person does: open the form of the service, type one field, press the button."""
    address = f"{reverse('outage_new')}?service={service.pk}"
    form = client.get(address).context["form"]
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: value for name, value in shown.items() if value not in (None, "")}
    return client.post(address, data | {"effect": "You cannot read mail."} | fields, follow=True)


def test_an_outage_takes_one_field_and_one_click(signed_in, mail, cai):
    page = reported(signed_in, mail)

    upgrade = Upgrade.objects.get(is_unplanned=True)
    assert page.redirect_chain[-1][0].startswith(reverse("upgrade_kit", args=[upgrade.slug]))
    assert list(upgrade.services.all()) == [mail]
    assert upgrade.notices.get(kind="outage").state == NoticeState.IN_REVIEW
    assert "Mail may not arrive while this is down." in page.content.decode()


def test_with_a_reason_it_goes_out_at_once(signed_in, mail, cai):
    reported(signed_in, mail, alone="It is night.")

    assert [one.person for one in Message.objects.all()] == [cai]
    assert Notice.objects.get(kind="outage").reason.startswith("Sent without a second pair of eyes by Ana")


def test_an_outage_of_mail_stays_on_the_status_page(signed_in, mail):
    page = reported(signed_in, mail, is_public="")

    assert "is_public" in page.context["form"].errors
    assert not Upgrade.objects.filter(is_unplanned=True).exists()


def test_an_outage_that_is_known_leads_to_where_it_goes_on(signed_in, mail):
    reported(signed_in, mail, alone="It is night.")
    page = reported(signed_in, mail, alone="It is night.")

    assert Upgrade.objects.filter(is_unplanned=True).count() == 1
    assert "reported already" in page.content.decode()


def test_the_service_offers_to_report_its_outage(signed_in, mail):
    page = signed_in.get(mail.get_absolute_url())

    assert f"{reverse('outage_new')}?service={mail.pk}" in page.content.decode()


def test_the_public_reads_of_the_outage_at_once(client, signed_in, mail):
    reported(signed_in, mail, alone="It is night.")
    client.logout()

    page = client.get(reverse("status", args=[Upgrade.objects.get(is_unplanned=True).slug]))

    assert "You cannot read mail." in page.content.decode()


def test_what_was_used_shows_on_every_page_it_belongs_to(signed_in, running, ana, ben, now):
    line = ready(running, "extend", ana=ana, ben=ben, now=now)
    signed_in.post(use(running, "extend"), typed(line, running, more="60"))
    slug = running.upgrade.slug

    pages = [
        line.get_absolute_url(),
        reverse("notice_history", args=[line.pk]),
        reverse("upgrade_plan", args=[slug]),
        reverse("upgrade_timeline", args=[slug]),
        reverse("upgrade", args=[slug]),
        reverse("upgrade_check", args=[slug]),
    ]

    assert [signed_in.get(page).status_code for page in pages] == [200] * len(pages)


def test_what_waits_for_a_second_pair_of_eyes_is_the_first_thing_at_home(client, signed_in, mail, ben):
    reported(signed_in, mail)
    client.force_login(ben)

    page = client.get(reverse("home")).content.decode()

    assert "read it, then approve and send." in page
    assert reverse("upgrade_kit", args=[Upgrade.objects.get(is_unplanned=True).slug]) in page


def test_the_overview_says_how_much_lies_ready(signed_in, running, ana, ben, now):
    ready(running, "extend", ana=ana, ben=ben, now=now)

    page = signed_in.get(running.upgrade.get_absolute_url())

    assert page.context["kit"] == (1, 5)
    assert "1 of 5 notices lie ready" in " ".join(page.content.decode().split())


def test_the_downtime_may_grow_with_the_end(signed_in, running, ana, ben, now):
    line = ready(running, "extend", ana=ana, ben=ben, now=now)

    signed_in.post(use(running, "extend"), typed(line, running, more="60", downtime="90"))

    running.refresh_from_db()
    assert running.downtime == 90
    assert line.messages.count() == 1


@pytest.mark.parametrize("name", ["kit_use", "kit_letter"])
@pytest.mark.parametrize("typed", ["reason=%00", f"along={'9' * 30}&start=2199-12-31T23:59", "reason=<script>alert(1)"])
def test_whatever_stands_in_the_address_breaks_nothing(signed_in, running, ana, ben, now, name, typed):
    ready(running, "postpone", ana=ana, ben=ben, now=now)

    page = signed_in.get(f"{reverse(name, args=[running.upgrade.slug, running.pk, 'postpone'])}?{typed}")

    assert page.status_code == 200
    assert b"<script>alert" not in page.content
    assert Milestone.objects.get(pk=running.pk).sequence == running.sequence


@pytest.mark.parametrize("typed", ["upgrade=%00", f"service={'9' * 30}", "service=%00"])
def test_an_outage_of_what_does_not_exist_is_an_empty_form(signed_in, running, typed):
    page = signed_in.get(f"{reverse('outage_new')}?{typed}")

    assert (page.status_code, page.context["upgrade"], page.context["service"]) == (200, None, None)


def test_it_counts_only_those_to_whom_it_is_on_its_way(signed_in, running, ana, ben, now):
    dee = factories.person("Dee Dorn")
    told = factories.released_notice(running, people=[dee], now=now - HOUR)
    told.messages.update(state=MessageState.SENT, sent_at=now - HOUR, sha256=b"0" * 32)
    Person.objects.filter(pk=dee.pk).update(email_state=AddressState.BOUNCED)
    line = ready(running, "extend", ana=ana, ben=ben, now=now)

    page = signed_in.post(use(running, "extend"), typed(line, running, more="60"), follow=True)

    assert "is on its way to 1 person." in " ".join(page.content.decode().split())


def test_it_warns_before_the_outage_publishes_the_whole_upgrade(signed_in, running):
    asked = f"{reverse('outage_new')}?upgrade={running.upgrade.slug}"

    warned = signed_in.get(asked).context["form"].fields["is_public"].help_text
    running.upgrade.publish(now=timezone.now())
    not_warned = signed_in.get(asked).context["form"].fields["is_public"].help_text

    assert (warned, not_warned) == ("“New mail” is not public yet: this publishes it with all its dates.", "")
