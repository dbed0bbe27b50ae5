"""After any sequence of changes, sends, bounces, joins, leaves and merges: once corrections are out, nobody who can be
reached believes anything wrong that matters, and nobody got a correction who did not need one.

The oracle below keeps its own books, in plain dictionaries: whom which letter reached, and what that letter said.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notices.enums import MessageState, NoticeKind, NoticeState
from notices.models import Call, Message, Notice
from notices.pipeline.coming_back import receipts
from notices.pipeline.correcting import catching_up
from stakeholders.models import Membership, Person
from tests import factories
from tests.notices.pipeline.correcting.story import MINUTE, by_itself, change, change_upgrade, turn
from tests.notices.simulation.running import rolled_back

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)  # a Monday; on the Sunday after it clocks go forward in Berlin
PEOPLE = 5
STATUSES = ["tentative", "confirmed"]
who = st.integers(0, PEOPLE - 1)
steps = st.one_of(
    st.tuples(st.just("shift"), st.sampled_from([-1440, -60, -1, 5, 10, 15, 60, 1440, 4320, 10080])),
    st.tuples(st.just("longer"), st.sampled_from([-30, 10, 20])),
    st.tuples(st.just("back"), st.just(0)),
    st.tuples(st.just("status"), st.sampled_from([*STATUSES, "cancelled"])),
    st.tuples(st.just("impact"), st.sampled_from([1, 2, 3])),
    st.tuples(st.just("downtime"), st.sampled_from([None, 10, 20, 60])),
    st.tuples(st.just("action"), st.sampled_from(["", "Save your work."])),
    st.tuples(st.just("zone"), st.sampled_from(["Europe/Berlin", "America/New_York"])),
    st.tuples(st.just("contact"), st.sampled_from(["Service Desk", "Help Desk"])),
    st.tuples(st.just("send"), st.lists(who, min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("lose"), who),
    st.tuples(st.just("mend"), who),
    st.tuples(st.just("join"), who),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("merge"), st.lists(who, min_size=2, max_size=2, unique=True)),
    st.tuples(st.just("wait"), st.sampled_from([3, 20, 200])),
)


@dataclass
class Books:
    """`told`: by person what each letter told, the oldest first, and by which message."""

    told: dict[int, list[tuple[int, dict]]] = field(default_factory=dict)

    def note(self, person: int, message: int, facts: dict) -> None:
        self.told.setdefault(person, []).append((message, dict(facts)))

    def void(self, message: int) -> None:
        for letters in self.told.values():
            letters[:] = [one for one in letters if one[0] != message]

    def join(self, gone: int, became: int) -> None:
        letters = self.told.pop(gone, []) + self.told.get(became, [])
        self.told[became] = sorted(letters, key=lambda one: one[0])

    def believes(self, person: int) -> dict:
        found: dict = {}
        for _, facts in self.told.get(person, []):
            found |= facts
        return found


def is_wrong(told: dict, plan: dict, *, zone: str, now: datetime) -> set[str]:
    """DOMAIN's table, once more, in words of one syllable. `now` is before every window here."""
    if not told:
        return set()
    if plan["status"] == "cancelled":
        return {"status"} if told["status"] != "cancelled" else set()
    found = set()
    if told["status"] == "cancelled" or (told["status"], plan["status"]) == ("confirmed", "tentative"):
        found.add("status")
    days = [one.astimezone(ZoneInfo(zone)).date() for one in (told["start"], plan["start"])]
    later = plan["start"] - told["start"]
    if later < timedelta(0) or later >= 15 * MINUTE or days[0] != days[1]:
        found.add("start")
    if plan["end"] - told["end"] >= 15 * MINUTE:
        found.add("end")
    if plan["impact"] > told["impact"]:
        found.add("impact")
    if "downtime" in told and plan.get("downtime", 0) - told["downtime"] >= 15:
        found.add("downtime")
    if plan["action"] != told["action"]:
        found.add("action")
    if plan["contact"] != told["contact"]:
        found.add("contact")
    return found


class Story:
    def __init__(self):
        self.now = NOW
        self.group = factories.group()
        self.people = [factories.person(groups=[self.group] if number < 3 else []) for number in range(PEOPLE)]
        self.upgrade = factories.upgrade(country="", subdivision="")
        start = NOW + timedelta(days=20)
        self.window = factories.milestone(
            self.upgrade, start=start, end=start + timedelta(hours=4), impact=2, downtime=10
        )
        by_itself(self.upgrade)
        self.books = Books()
        self.known: set[int] = set()
        self.lost: set[int] = set()
        self.send([])

    def plan(self) -> dict:
        self.window.refresh_from_db()
        self.upgrade.refresh_from_db()
        names = ("start", "end", "status", "impact", "downtime", "action")
        found = {name: getattr(self.window, name) for name in names} | {"contact": self.upgrade.contact_name}
        return found if found["downtime"] else {name: value for name, value in found.items() if name != "downtime"}

    # what happens

    def shift(self, minutes):
        by = minutes * MINUTE
        self.window.refresh_from_db()
        if self.window.start + by > NOW + timedelta(days=9):
            change(self.window, at=self.now, start=self.window.start + by, end=self.window.end + by)

    def longer(self, minutes):
        self.window.refresh_from_db()
        change(self.window, at=self.now, end=self.window.end + minutes * MINUTE)

    def back(self, _):
        start = NOW + timedelta(days=20)
        change(self.window, at=self.now, start=start, end=start + timedelta(hours=4))

    def status(self, value):
        change(self.window, at=self.now, status=value)

    def impact(self, value):
        change(self.window, at=self.now, impact=value)

    def downtime(self, value):
        change(self.window, at=self.now, downtime=value)

    def action(self, value):
        change(self.window, at=self.now, action=value)

    def zone(self, value):
        change_upgrade(self.upgrade, at=self.now, time_zone=value)

    def contact(self, value):
        change_upgrade(self.upgrade, at=self.now, contact_name=value)

    def send(self, numbers):
        """An announcement, by hand: to these, or to the group."""
        if self.window.status == "cancelled":
            return
        people = [self.people[number] for number in numbers]
        rule = {} if numbers else {"audience": {"groups": [self.group.pk]}}
        self.window.refresh_from_db()
        factories.released_notice(self.window, people=people, now=self.now, expires_at=None, **rule)
        self.mail()

    def lose(self, number):
        """The last letter bounces after all."""
        person = self.people[number]
        last = Message.objects.filter(person=person, state=MessageState.SENT).order_by("-pk").first()
        if last and person.archived_at is None:
            receipts.bounce(last, permanent=True, detail="No such user", now=self.now)
            self.books.void(last.pk)

    def mend(self, number):
        Person.objects.filter(pk=self.people[number].pk).update(email_state="working")

    def join(self, number):
        Membership.objects.get_or_create(group=self.group, person=self.people[number])

    def leave(self, number):
        Membership.objects.filter(group=self.group, person=self.people[number]).delete()

    def merge(self, numbers):
        gone, became = (self.people[number] for number in numbers)
        active = Person.objects.filter(pk__in=[gone.pk, became.pk], archived_at=None)
        if active.count() == 2:
            Person.objects.filter(pk=gone.pk).update(merged_into=became, archived_at=self.now)
            Person.objects.filter(merged_into=gone.pk).update(merged_into=became)
            self.books.join(gone.pk, became.pk)

    def wait(self, minutes):
        for minute in (min(2, minutes), minutes):
            self.tick(self.now + minute * MINUTE)

    # how time goes on

    def tick(self, at):
        """The clock never sleeps: whatever is due on the way is let out when it is due."""
        while due := self.next_due(at):
            self.look(due)
        self.look(at)

    def next_due(self, at):
        rows = Notice.objects.filter(state=NoticeState.APPROVED, send_at__gt=self.now, send_at__lt=at)
        return rows.order_by("send_at").values_list("send_at", flat=True).first()

    def look(self, at):
        self.now = max(self.now, at)
        turn(self.now)
        self.mail()

    def mail(self):
        """What may leave does; the books note what it said, and that each correction was needed."""
        rows = Message.objects.filter(state=MessageState.QUEUED, not_before__lte=self.now)
        for message in rows.select_related("notice", "person").order_by("pk"):
            plan, told = self.plan(), self.books.believes(message.person_id)
            wrong = is_wrong(told, plan, zone=self.upgrade.time_zone, now=self.now)
            if message.notice.kind == NoticeKind.CORRECTION:
                assert wrong, f"{message.person} did not need a correction: {told} {plan}"
                said = {name: plan[name] for name in wrong}
                self.books.note(message.person_id, message.pk, told | said)
            else:
                if message.notice.kind == NoticeKind.CATCH_UP:
                    assert not told, f"{message.person} was told before"
                self.books.note(message.person_id, message.pk, plan)
            Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=self.now, sha256=b"x" * 32)
            self.now += timedelta(seconds=1)

    def settle(self):
        """Nobody touches the plan for days."""
        for hours in (1, 26, 74, 98):
            self.tick(self.now + hours * 60 * MINUTE)
            catching_up.keep(now=self.now, at_once=True)

    def still_wrong(self) -> set[int]:
        plan = self.plan()
        active = Person.objects.filter(archived_at=None).values_list("pk", flat=True)
        return {
            person
            for person in active
            if is_wrong(self.books.believes(person), plan, zone=self.upgrade.time_zone, now=self.now)
        }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(happenings=st.lists(steps, min_size=1, max_size=9))
def test_nobody_reachable_stays_wrong_and_nobody_is_corrected_without_need(db, happenings):
    with rolled_back():
        story = Story()
        for name, value in happenings:
            getattr(story, name)(value)
            story.now += 4 * MINUTE
        story.settle()

        unreachable = set(Person.objects.exclude(email_state="working").values_list("pk", flat=True))
        wrong = story.still_wrong()
        assert wrong <= unreachable
        assert {call.person_id for call in Call.objects.open()} == wrong
