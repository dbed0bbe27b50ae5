from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Account
from engagement import attendance, planning, telling
from engagement.enums import EngagementState, Rhythm, Rsvp
from engagement.models import Engagement, FollowUp, Telling
from engagement.rhythm import Repeat
from stakeholders.models import Person
from tests.factories import account, engagement, follow_up, milestone, participant, person, upgrade

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def planner(client, ana):
    client.force_login(ana)
    return client


@pytest.fixture
def reader(client):
    client.force_login(account("Rui Reader", role=Role.READER))
    return client


def titles(response) -> list[str]:
    return [one.title for one in response.context["engagements"]]


def undo(response) -> str:
    return next(tag for message in response.context["messages"] for tag in [message.extra_tags] if tag)[5:]


def typed(of, **changes) -> dict:
    return {
        "title": "Town hall",
        "kind": "town_hall",
        "host": str(of.owner.pk),
        "start": "2030-03-25T14:00",
        "end": "2030-03-25T15:00",
        "time_zone": "Europe/Berlin",
    } | changes


# The lists


def test_upcoming_ones_then_those_to_record_then_the_past(planner, now):
    engagement(title="Tomorrow", start=now + timedelta(days=1))
    engagement(title="Now", start=now - timedelta(minutes=10))
    engagement(title="Yesterday", start=now - timedelta(days=1))
    engagement(title="Held", start=now - timedelta(days=2), state=EngagementState.HELD)

    assert titles(planner.get("/engagements/")) == ["Now", "Tomorrow"]
    assert titles(planner.get("/engagements/?when=to_record")) == ["Yesterday"]
    assert titles(planner.get("/engagements/?when=past")) == ["Held"]
    assert titles(planner.get("/engagements/?when=all")) == ["Tomorrow", "Now", "Yesterday", "Held"]


def test_filters_by_upgrade_kind_host_and_words(planner, now, ana, cai):
    of = upgrade()
    mine = engagement(of, title="Board", kind="board", host=ana, start=now + timedelta(days=1), people=[cai])
    engagement(title="Call", kind="call", start=now + timedelta(days=1), topics="phones")

    for query in (f"upgrade={of.pk}", "kind=board", f"host={ana.pk}", "q=boa", "q=carter"):
        assert titles(planner.get(f"/engagements/?{query}")) == [mine.title], query
    assert titles(planner.get("/engagements/?q=phones")) == ["Call"]
    assert titles(planner.get("/engagements/?q=nobody")) == []
    assert titles(planner.get(f"/upgrades/{of.slug}/engagements/")) == ["Board"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_take_the_same_number_of_queries(planner, now, number, cai, ana, django_assert_num_queries):
    for _ in range(number):
        one = engagement(start=now + timedelta(days=1), people=[cai], milestone=milestone())
        follow_up(one, owner=ana)
        follow_up(one, owner=one.host, due_on=now.date() - timedelta(days=3))
    planner.get("/engagements/")
    with django_assert_num_queries(12):
        planner.get("/engagements/")


def test_my_follow_ups_and_what_others_owe(planner, now, ana):
    one = engagement()
    follow_up(one, text="Mine", owner=ana)
    follow_up(one, text="Late", owner=one.host, due_on=now.date() - timedelta(days=1))
    follow_up(one, text="In time", owner=one.host, due_on=now.date() + timedelta(days=9))

    response = planner.get("/engagements/")

    assert [one.text for one, _ in response.context["mine"]] == ["Mine"]
    assert [one.text for one in response.context["overdue"]] == ["Late"]


def test_the_export_has_what_the_list_has_and_no_formulas(planner, now):
    engagement(title="=1+1", start=now + timedelta(days=1))
    engagement(title="Past", start=now - timedelta(days=1), state=EngagementState.HELD)

    lines = b"".join(planner.get("/engagements/export/")).decode().splitlines()

    assert len(lines) == 2
    assert lines[1].startswith("'=1+1,Meeting,Planned,")


def test_who_reads_may_look_and_nothing_else(reader, now, cai):
    one = engagement(people=[cai], start=now - timedelta(hours=1))
    assert reader.get(one.get_absolute_url()).status_code == 200
    for name in ("edit", "cancel", "invite", "notes", "tell", "list"):
        assert reader.get(reverse(f"engagement_{name}", args=[one.pk])).status_code == 403
    for name in ("mark", "hold", "delete", "rest_absent", "reinstate"):
        assert reader.post(reverse(f"engagement_{name}", args=[one.pk])).status_code == 403
    assert reader.get("/engagements/log/").status_code == 403


# Planning


def test_planning_once_with_people(planner, cai):
    of = upgrade()

    response = planner.post(f"/upgrades/{of.slug}/engagements/new/", typed(of, people=[cai.pk]), follow=True)

    one = Engagement.objects.get()
    assert response.redirect_chain[-1][0] == one.get_absolute_url()
    assert (one.start.isoformat(), one.time_zone, one.host) == ("2030-03-25T13:00:00+00:00", "Europe/Berlin", of.owner)
    assert [each.person for each in one.participants.all()] == [cai]


def test_a_series_leaves_out_public_holidays_and_keeps_the_wall_clock(planner):
    of = upgrade(country="DE", subdivision="BE")
    form = typed(of, start="2030-04-15T09:00", end="2030-04-15T10:00", every="week", count="3", leaves_out="on")

    response = planner.post(f"/upgrades/{of.slug}/engagements/new/", form, follow=True)

    days = [one.start.date().isoformat() for one in Engagement.objects.order_by("start")]
    assert days == ["2030-04-15", "2030-04-29", "2030-05-06"]  # 22 April is Easter Monday
    assert "planned 3 times. 1 left out" in response.content.decode()


def test_a_time_that_does_not_exist_is_explained(planner):
    of = upgrade()
    form = typed(of, start="2030-03-31T02:30", end="2030-03-31T04:30")
    response = planner.post(f"/upgrades/{of.slug}/engagements/new/", form, follow=True)
    assert "02:30 does not exist on that day" in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"end": "2030-03-25T13:00"}, "end"),
        ({"end": "2030-05-25T13:00"}, "end"),
        ({"every": "week"}, "until"),
        ({"every": "week", "until": "2030-03-01"}, "until"),
        ({"every": "week", "count": "61"}, "count"),
        ({"capacity": "0"}, "capacity"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"title": ""}, "title"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(planner, changes, field):
    of = upgrade()
    response = planner.post(f"/upgrades/{of.slug}/engagements/new/", typed(of, **changes))
    assert list(response.context["form"].errors) == [field]
    assert not Engagement.objects.exists()


def test_while_planning_one_sees_what_speaks_against_it(planner, cai):
    of = upgrade()
    engagement(title="Other board", people=[cai], start=timezone.datetime.fromisoformat("2030-03-25T14:30+01:00"))

    response = planner.post(
        f"/upgrades/{of.slug}/engagements/check/", typed(of, people=[cai.pk], every="week", count="4")
    )

    page = response.content.decode()
    assert "Another meeting of one person at that time" in page
    assert "1 person would be asked" in page
    assert "4 times" in page


def test_a_half_filled_form_can_be_checked(planner):
    of = upgrade()
    assert "Give a start and an end" in planner.post(f"/upgrades/{of.slug}/engagements/check/").content.decode()


def test_editing_this_and_the_following(planner):
    of = upgrade()
    start = timezone.datetime.fromisoformat("2030-03-25T14:00+01:00")
    made = planning.plan(
        of,
        kind="board",
        title="Board",
        start=start,
        end=start + timedelta(hours=1),
        by=of.owner,
        repeat=Repeat(every=Rhythm.WEEK, count=3),
    )
    page = planner.get(reverse("engagement_edit", args=[made[1].pk]))
    form = typed(of, title="Council", kind="board", start="2030-04-02T16:00", end="2030-04-02T17:00")
    form |= {"seen": page.context["form"].initial["seen"], "scope": "following"}

    planner.post(reverse("engagement_edit", args=[made[1].pk]), form)

    rows = Engagement.objects.order_by("start").values_list("title", "start", "sequence")
    assert [(title, f"{at:%d.%m. %H:%M}", sequence) for title, at, sequence in rows] == [
        ("Board", "25.03. 13:00", 0),
        ("Council", "02.04. 14:00", 1),
        ("Council", "09.04. 14:00", 1),
    ]


def test_two_who_edit_at_once_do_not_overwrite_each_other(planner):
    one = engagement(title="Board")
    address = reverse("engagement_edit", args=[one.pk])
    seen = planner.get(address).context["form"].initial["seen"]
    Engagement.objects.filter(pk=one.pk).update(place="Room 4")

    response = planner.post(address, typed(one.upgrade, host=one.host.pk, seen=seen))

    assert "Somebody else saved this" in response.content.decode()
    one.refresh_from_db()
    assert (one.title, one.place) == ("Board", "Room 4")


def test_calling_off_and_undo(planner):
    one = engagement()
    response = planner.post(reverse("engagement_cancel", args=[one.pk]), {"reason": "Ill."}, follow=True)
    one.refresh_from_db()
    assert (one.state, one.cancel_reason) == (EngagementState.CANCELLED, "Ill.")

    planner.post(undo(response))
    one.refresh_from_db()
    assert (one.state, one.sequence) == (EngagementState.PLANNED, 2)


def test_deleting_brings_everybody_back_with_undo(planner, cai):
    one = engagement(people=[cai])
    follow_up(one)

    response = planner.post(reverse("engagement_delete", args=[one.pk]), follow=True)
    assert not Engagement.objects.exists()

    planner.post(undo(response))
    back = Engagement.objects.get()
    assert (back.pk, back.participants.count(), back.follow_ups.count()) == (one.pk, 1, 1)


def test_where_facts_were_told_nothing_is_deleted(planner, now):
    go_live = milestone()
    one = engagement(go_live.upgrade, start=now - timedelta(hours=1))
    telling.tell(one, [f"milestone:{go_live.pk}.start"], by=one.host, now=now)
    response = planner.post(reverse("engagement_delete", args=[one.pk]), follow=True)
    assert "Facts were told there" in response.content.decode()
    assert Engagement.objects.exists()


def test_asking_more_people_also_to_the_following(planner, cai):
    of = upgrade()
    start = timezone.now() + timedelta(days=1)
    made = planning.plan(
        of,
        kind="board",
        title="Board",
        start=start,
        end=start + timedelta(hours=1),
        by=of.owner,
        repeat=Repeat(every=Rhythm.WEEK, count=3),
    )
    address = reverse("engagement_invite", args=[made[1].pk])
    planner.post(address, {"people": [cai.pk], "scope": "following"})
    assert [one.participants.count() for one in made] == [0, 1, 1]


def test_not_asking_somebody_any_more_and_undo(planner, cai):
    one = engagement(people=[cai])
    one.participants.update(rsvp=Rsvp.YES, rsvp_at=timezone.now())
    response = planner.post(reverse("engagement_uninvite", args=[one.pk, cai.pk]), follow=True)
    assert not one.participants.exists()
    planner.post(undo(response))
    assert one.participants.get().rsvp == Rsvp.YES


# Recording


def test_logging_a_call_takes_one_form(planner, cai, ana):
    go_live = milestone()
    response = planner.get(f"/engagements/log/?upgrade={go_live.upgrade.slug}")
    start = response.context["form"].initial["start"]
    form = {
        "upgrade": go_live.upgrade.pk,
        "kind": "call",
        "people": [cai.pk],
        "start": f"{start:%Y-%m-%dT%H:%M}",
        "minutes": "15",
        "notes": "Wants a later date.",
        "follow_up": "Ask for a date",
        "facts": [f"milestone:{go_live.pk}.start"],
    }

    planner.post("/engagements/log/", form)

    one = Engagement.objects.get()
    assert (one.title, one.state, one.host) == ("Call with Cai Carter", EngagementState.HELD, ana)
    assert one.end - one.start == timedelta(minutes=15)
    assert list(Telling.objects.heard_by(cai)) == list(one.tellings.all()) != []
    assert one.follow_ups.get().owner == ana


def test_a_call_that_is_still_to_come_is_not_logged(planner, cai):
    form = {"upgrade": upgrade().pk, "kind": "call", "people": [cai.pk], "minutes": "15", "start": "2035-01-01T10:00"}
    response = planner.post("/engagements/log/", form)
    assert list(response.context["form"].errors) == ["start"]


def test_facts_of_another_upgrade_cannot_be_logged(planner, cai, now):
    form = {
        "upgrade": upgrade().pk,
        "kind": "call",
        "people": [cai.pk],
        "start": f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M}",
        "minutes": "15",
        "facts": [f"milestone:{milestone().pk}.start"],
    }
    assert list(planner.post("/engagements/log/", form).context["form"].errors) == ["facts"]
    assert not Engagement.objects.exists()


def test_people_are_known_by_address_too_and_who_is_chosen_stays(planner, cai, dee):
    of = upgrade()
    person("Gil Gone", email="gil@example.org", archived_at=timezone.now())
    address = f"/upgrades/{of.slug}/engagements/new/"
    form = typed(of, people=[cai.pk], **{"people-add": f"{dee.email}; gil@example.org"})

    response = planner.post(address, form)
    assert list(response.context["form"].errors) == ["people"]
    assert f'value="{cai.pk}" checked' in response.content.decode()
    planner.post(address, form | {"people-add": dee.email})

    assert {each.person for each in Engagement.objects.get().participants.all()} == {cai, dee}


def test_who_left_cannot_be_asked(planner):
    of, gone = upgrade(), person("Gil Gone", archived_at=timezone.now())
    response = planner.post(f"/upgrades/{of.slug}/engagements/new/", typed(of, people=[gone.pk]))
    assert list(response.context["form"].errors) == ["people"]


def test_one_tap_at_the_door_and_walk_ins(planner, cai, dee, now):
    one = engagement(people=[cai], start=now - timedelta(minutes=5))
    address = reverse("engagement_mark", args=[one.pk])

    response = planner.post(address, {"person": cai.pk, "attended": "yes"}, headers={"HX-Request": "true"})
    assert "Cai Carter is there. 1 there." in response.content.decode()
    assert "<html" not in response.content.decode()

    strangers = planner.get(f"{reverse('engagement_checkin', args=[one.pk])}?q=dorn").context["strangers"]
    assert strangers == [dee]
    planner.post(address, {"person": dee.pk, "attended": "yes", "q": "dorn"})
    planner.post(address, {"person": cai.pk, "attended": ""})
    rows = one.participants.order_by("person__name").values_list("person__name", "is_invited", "attended")
    assert list(rows) == [("Cai Carter", True, None), ("Dee Dorn", False, True)]


def test_a_list_is_shown_before_it_counts(planner, cai, now):
    sams = [person("Sam Smith", email=f"sam{number}@example.org") for number in (1, 2)]
    one = engagement(start=now - timedelta(hours=2))
    address = reverse("engagement_list", args=[one.pk])
    text = "cai@example.org\nSam Smith\nNobody Known"

    page = planner.post(address, {"text": text}).content.decode()
    assert "1 may be several people" in page
    assert "1 line is nobody in the register" in page
    assert not one.participants.exists()

    planner.post(address, {"text": text, "apply": "1", "person": [cai.pk], "line-1": sams[1].pk})
    assert sorted(each.person.email for each in one.participants.attended()) == ["cai@example.org", "sam2@example.org"]


def test_the_rest_was_not_there_with_undo(planner, cai, dee, now):
    one = engagement(people=[cai, dee], start=now - timedelta(hours=2))
    attendance.mark(one, [cai], attended=True, now=now)

    response = planner.post(reverse("engagement_rest_absent", args=[one.pk]), follow=True)
    assert one.participants.filter(attended=False).count() == 1
    planner.post(undo(response))
    assert one.participants.filter(attended=False).count() == 0


def test_it_took_place_with_undo(planner, now):
    one = engagement(start=now - timedelta(hours=2))
    response = planner.post(reverse("engagement_hold", args=[one.pk]), follow=True)
    assert Engagement.objects.get().state == EngagementState.HELD
    planner.post(undo(response))
    assert Engagement.objects.get().state == EngagementState.PLANNED


def test_telling_and_taking_it_back(planner, cai, now):
    go_live = milestone()
    one = engagement(go_live.upgrade, milestone=go_live, start=now - timedelta(hours=2))
    participant(one, cai, attended=True)
    address = reverse("engagement_tell", args=[one.pk])
    initial = planner.get(address).context["form"].initial["facts"]
    assert f"milestone:{go_live.pk}.start" in initial

    planner.post(address, {"facts": initial})
    told = Telling.objects.heard_by(cai).get()
    planner.post(reverse("telling_void", args=[told.pk]), {"reason": "Not said."})

    assert not Telling.objects.heard_by(cai).exists()
    assert "Not said." in planner.get(one.get_absolute_url()).content.decode()


def test_notes_are_not_overwritten(planner):
    one = engagement()
    address = reverse("engagement_notes", args=[one.pk])
    seen = planner.get(address).context["form"].initial["seen"]
    Engagement.objects.filter(pk=one.pk).update(notes="By Ben")
    response = planner.post(address, {"notes": "By Ana", "seen": seen})
    assert "Somebody else saved this" in response.content.decode()
    assert Engagement.objects.get().notes == "By Ben"


def test_a_follow_up_from_note_to_done_and_back(planner, ana, cai):
    one = engagement(people=[cai])
    planner.post(
        reverse("follow_up_new", args=[one.pk]),
        {"text": "Send slides", "kind": "ours", "owner": ana.pk, "person": cai.pk, "due_on": "2030-01-01"},
    )
    made = FollowUp.objects.get()
    assert (made.text, made.owner, made.person) == ("Send slides", ana, cai)

    response = planner.post(reverse("follow_up_done", args=[made.pk]), {"next": "/engagements/"}, follow=True)
    assert response.redirect_chain[-1][0] == "/engagements/"
    assert FollowUp.objects.get().done_by == ana
    planner.post(undo(response))
    assert not FollowUp.objects.get().is_done

    response = planner.post(reverse("follow_up_delete", args=[made.pk]), follow=True)
    assert not FollowUp.objects.exists()
    planner.post(undo(response))
    assert FollowUp.objects.get().pk == made.pk


def test_one_comes_back_only_to_this_site(planner):
    made = follow_up()
    response = planner.post(reverse("follow_up_done", args=[made.pk]), {"next": "https://elsewhere.test/"})
    assert response["Location"] == f"{made.engagement.get_absolute_url()}#follow-ups"


def test_merged_people_are_not_offered_twice(planner, cai, now):
    person("Cai C.", archived_at=now, merged_into=cai)
    one = engagement(start=now)
    found = planner.get(f"{reverse('engagement_checkin', args=[one.pk])}?q=cai").context["strangers"]
    assert found == [cai]
    assert Person.objects.count() == 2


# Strange input


@pytest.mark.parametrize("text", ["\x00", "²", "-1", "' OR 1=1", "9" * 30, "٣"])
def test_whatever_stands_where_an_id_belongs_is_no_accident(planner, text):
    one, promise = engagement(), follow_up()
    pages = [
        planner.get(reverse("engagement_log"), {"upgrade": text, "people": text}),
        planner.get(reverse("engagement_new", args=[one.upgrade.slug]), {"people": text}),
        planner.post(reverse("engagement_invite", args=[one.pk]), {"people": text, "people-add": text}),
        planner.post(reverse("engagement_mark", args=[one.pk]), {"person": text, "attended": "yes"}),
        planner.post(reverse("engagement_list", args=[one.pk]), {"text": "Cai", "apply": "", "person": text}),
        planner.post(f"{reverse('engagement_reinstate', args=[one.pk])}?one={quote(text)}"),
        planner.post(reverse("follow_up_done", args=[promise.pk]), {"next": text}),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200, 404, 302, 302, 302]


@pytest.mark.parametrize("every", ["", "week", "quarter"])
def test_the_end_of_the_calendar_is_refused_beside_its_field(planner, every):
    of = upgrade()
    far = {"start": "9999-12-31T22:00", "end": "9999-12-31T23:00", "every": every, "count": "9" if every else ""}

    for name in ("engagement_new", "engagement_check"):
        page = planner.post(reverse(name, args=[of.slug]), typed(of, leaves_out="on", **far))
        assert page.status_code == 200

    assert not Engagement.objects.exists()


def test_a_list_counts_for_nothing_that_was_called_off(planner, cai):
    one = engagement(state=EngagementState.CANCELLED)

    planner.post(reverse("engagement_list", args=[one.pk]), {"text": "Cai", "apply": "", "person": str(cai.pk)})

    assert not one.participants.exists()


def test_not_asking_somebody_who_was_there_can_be_taken_back(planner, cai):
    one = engagement()
    place = participant(one, cai, attended=True)

    response = planner.post(reverse("engagement_uninvite", args=[one.pk, cai.pk]), follow=True)
    planner.post(undo(response))

    place.refresh_from_db()
    assert (place.is_invited, place.attended) == (True, True)


@pytest.mark.parametrize(("zone", "late"), [("America/Los_Angeles", False), ("Pacific/Auckland", True)])
def test_what_is_due_today_is_overdue_when_the_readers_day_is_over(planner, ana, monkeypatch, zone, late):
    Account.objects.filter(pk=ana.pk).update(time_zone=zone)
    now = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)  # in Los Angeles still the 2nd, in Auckland long the 3rd
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    follow_up(owner=ana, due_on=date(2026, 3, 2))

    assert [is_late for _, is_late in planner.get(reverse("engagements")).context["mine"]] == [late]
    assert ("overdue:" in planner.get("/").content.decode()) == late


# What the pages say


def test_how_a_list_may_look_is_written_out(planner):
    page = planner.get(reverse("engagement_list", args=[engagement().pk])).content.decode()

    assert "“Name &lt;address&gt;”" in page


def test_after_a_logged_call_nobody_is_asked_to_send_invitations(planner, now):
    one = engagement(start=now - timedelta(days=1), state=EngagementState.HELD)

    page = planner.get(reverse("engagement", args=[one.pk])).content.decode()

    assert "Invitations by mail" not in page
    assert reverse("engagement_invite", args=[one.pk]) not in page


def test_where_no_fact_is_proposed_the_first_milestone_is_open(planner, now):
    one = engagement(start=now - timedelta(days=1))
    milestone(one.upgrade)

    page = planner.get(reverse("engagement_tell", args=[one.pk]))

    assert [group["is_open"] for group in page.context["form"].fact_groups()] == [True, False]
