"""Calendar files in the browser."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from tests import factories
from tests.upgrades.calendars import GOOGLE, calendar, event
from upgrades.models import CriticalDays, ImportedCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(factories.NOW):
        yield


@pytest.fixture
def dora(client):
    account = factories.account("Dora", role=Role.DEPARTMENT_CONTACT, time_zone="Europe/Berlin")
    client.force_login(account)
    return account


def upload(client, content=GOOGLE, address="", **values):
    file = SimpleUploadedFile("college.ics", content, content_type="text/calendar")
    data = {"file": file, "freeze": "soft", "time_zone": "Europe/Berlin", **values}
    return client.post(address or reverse("imported_calendar_new"), data)


def confirm(client, shown, **more):
    return client.post(reverse("imported_calendar_apply"), {"sealed": shown.context["sealed"]}, **more)


def undo_of(page):
    """Of the last toast."""
    return [message.extra_tags.split("undo:")[1] for message in page.context["messages"]][-1]


def test_a_department_uploads_looks_and_confirms(client, dora):
    staff = factories.group("Staff")

    shown = upload(client, freeze="hard", groups=[staff.pk])
    assert not CriticalDays.objects.exists()
    done = confirm(client, shown)

    made = ImportedCalendar.objects.get()
    assert done.headers["Location"] == made.get_absolute_url()
    assert (made.name, made.freeze, made.entered_by) == ("College", "hard", dora)
    assert "Jury (moved)" in shown.content.decode()
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Jury (moved)" in page
    assert "Staff" in page


def test_a_newer_file_shows_what_it_changes_and_can_be_undone(client, dora):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()
    newer = calendar(event(uid="open@google.com", name="Open day", start="DTSTART;VALUE=DATE:20260311"))

    shown = upload(client, newer, reverse("imported_calendar_update", args=[made.pk]), name="College")
    compared = shown.context["compared"]
    assert (len(compared.new), len(compared.changed), len(compared.gone)) == (0, 1, 4)
    page = confirm(client, shown, follow=True)
    assert CriticalDays.objects.count() == 1
    client.post(undo_of(page))

    assert CriticalDays.objects.count() == 5


def test_the_same_file_again_says_that_nothing_changes(client, dora):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()

    shown = upload(client, GOOGLE, reverse("imported_calendar_update", args=[made.pk]), name="College")

    assert "Nothing changes" in shown.content.decode()


def test_a_calendar_is_deleted_and_brought_back(client, dora):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()

    page = client.post(reverse("imported_calendar_delete", args=[made.pk]), follow=True)
    assert not CriticalDays.objects.exists()
    client.post(undo_of(page))

    assert CriticalDays.objects.filter(calendar=made.pk).count() == 5


@pytest.mark.parametrize(
    ("content", "said"), [(b"Dear all", "no calendar file"), (b"", "empty"), (b"x" * 2_000_001, "larger than 2 MB")]
)
def test_a_file_that_cannot_be_read_is_said_at_the_field(client, dora, content, said):
    response = upload(client, content)

    assert said in response.context["form"].errors["file"][0]
    assert not ImportedCalendar.objects.exists()


def test_a_name_that_is_taken_is_said_before_the_preview(client, dora):
    confirm(client, upload(client))

    assert "already a calendar of this name" in upload(client).context["form"].errors["name"][0]


def test_a_file_without_a_name_is_called_as_the_file(client, dora):
    assert upload(client, calendar(event())).context["plan"].name == "college"


def test_a_forged_or_old_preview_changes_nothing(client, dora):
    answer = client.post(reverse("imported_calendar_apply"), {"sealed": "forged"}, follow=True)

    assert "Upload the file again" in answer.content.decode()
    assert not ImportedCalendar.objects.exists()


def test_entries_of_a_calendar_cannot_be_edited_by_hand(client, dora):
    confirm(client, upload(client))
    entry = CriticalDays.objects.first()

    refused = client.get(reverse("critical_days_edit", args=[entry.pk]))
    assert refused.status_code == 403
    assert "come from a calendar" in refused.content.decode()
    assert client.post(reverse("critical_days_delete", args=[entry.pk])).status_code == 403
    listed = client.get(reverse("critical_days")).content.decode()
    assert reverse("imported_calendar", args=[entry.calendar_id]) in listed
    assert reverse("critical_days_edit", args=[entry.pk]) not in listed


# Who may


def test_a_department_changes_only_calendars_that_it_brought(client, dora):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()
    sealed = upload(client, calendar(event()), reverse("imported_calendar_update", args=[made.pk])).context["sealed"]
    deleted = client.post(reverse("imported_calendar_delete", args=[made.pk]), follow=True)
    undo = undo_of(deleted)
    client.post(undo)

    client.force_login(factories.account("Emil", role=Role.DEPARTMENT_CONTACT))
    answers = [
        client.get(reverse("imported_calendar_update", args=[made.pk])),
        client.post(reverse("imported_calendar_delete", args=[made.pk])),
        client.post(reverse("imported_calendar_apply"), {"sealed": sealed}),
        client.post(undo),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert CriticalDays.objects.count() == 5
    assert "Only those who brought this calendar" in client.get(made.get_absolute_url()).content.decode()


def test_who_plans_upgrades_may_change_every_calendar(client, dora):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()
    client.force_login(factories.account("Ana"))

    shown = upload(client, calendar(event()), reverse("imported_calendar_update", args=[made.pk]), name="College")
    confirm(client, shown)

    made.refresh_from_db()
    assert made.entered_by == dora
    assert CriticalDays.objects.count() == 1


@pytest.mark.parametrize("role", [None, Role.READER])
def test_others_read_and_change_nothing(client, dora, role):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()
    client.force_login(factories.account("Rea", role=role))

    assert client.get(made.get_absolute_url()).status_code == 200
    assert client.get(reverse("imported_calendars")).status_code == 200
    assert upload(client).status_code == 403
    assert client.post(reverse("imported_calendar_delete", args=[made.pk])).status_code == 403


def test_a_get_changes_nothing(client, dora):
    confirm(client, upload(client))
    made = ImportedCalendar.objects.get()

    for name, args in (("imported_calendar_delete", [made.pk]), ("imported_calendar_apply", [])):
        assert client.get(reverse(name, args=args)).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_as_much_for_one_entry_as_for_three(client, dora, rows, django_assert_num_queries):
    for number in range(rows):
        one = calendar(*(event(uid=f"{other}") for other in range(rows)))
        confirm(client, upload(client, one, name=f"Calendar {number}"))
    made = ImportedCalendar.objects.first()
    client.get(made.get_absolute_url())  # toasts are shown

    with django_assert_num_queries(3):
        client.get(reverse("imported_calendars"))
    with django_assert_num_queries(9):
        client.get(made.get_absolute_url())
