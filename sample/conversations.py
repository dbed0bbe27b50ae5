"""The conversations of the college, and what is known of people's working lives: held, planned and promised."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any

import pghistory

from commsplan.lib.time import at_wall_clock
from engagement import attendance, holding, inviting, planning, telling
from engagement.enums import EngagementKind, Promise, Rhythm, Rsvp, Seen
from engagement.models import Engagement, FollowUp, Participant
from engagement.rhythm import Repeat
from notices.pipeline.direct import meetings
from sample import delivery
from sample.organisation import Organisation
from stakeholders.enums import Tie
from stakeholders.models import Absence, Person, Relation
from upgrades.enums import MilestoneKind
from upgrades.models import Milestone, Upgrade

ROOMS = ("Great Hall, Main Campus", "Room 2.14, Main Campus", "Library seminar room", "Riverside, lecture hall 1")
LINK = "https://meet.northfield.example/mail"
REMARKS = ("I join ten minutes late.", "Only the first half.", "Please send the slides.", "By video, from Freiburg.")


class Conversations:
    """Told from `now`, like the story."""

    def __init__(self, college: Organisation, now: datetime, *, zone: str = "Europe/London"):
        self.college, self.now, self.zone = college, now, zone
        self.random = random.Random(college.data["seed"] + 4)
        self.ana, self.ben, self.ada = (college.account[name] for name in ("Ana", "Ben", "Ada"))

    def town_hall(self, upgrade: Upgrade, go_live: Milestone, *, at: datetime) -> Engagement:
        """Before the date moved: who was there believes the old one."""
        heads = [
            *self._some("Heads of department", 24),
            *self._some("Change champions", 30),
            *self._some("All staff", 70),
        ]
        start = self._at(at.date(), 14)
        (hall,) = self._plan(
            upgrade,
            kind=EngagementKind.TOWN_HALL,
            title="Town hall: what the new mail means for you",
            start=start,
            minutes=60,
            people=heads,
            place=ROOMS[0],
            link=LINK,
            milestone=go_live,
            topics="Why mail moves, when it moves, what everybody has to do, and your questions.",
        )
        self._answered(hall, yes=0.62, no=0.14)
        self._held(hall, share=0.55, walked_in=self._some("Library", 4), seen=Seen.LIST)
        keys = [f"milestone:{go_live.pk}.{name}" for name in ("start", "end", "downtime", "action")]
        telling.tell(hall, keys, by=self.ana, now=hall.end)
        self._note(
            hall, "Phones ask for the password again: many had not heard of it. Two labs fear for shared mailboxes."
        )
        head = hall.participants.attended().select_related("person").order_by("pk")[0].person
        self._follow_up(hall, "Write a one-page guide for phones", owner=self.ana, days=-3)
        self._follow_up(hall, "Answer the two laboratories about shared mailboxes", owner=self.ben, days=4, person=head)
        self._follow_up(
            hall, "Name the people who work in shifts", owner=None, days=6, kind=Promise.THEIRS, person=head
        )
        done = self._follow_up(hall, "Put the slides on the status page", owner=self.ana, days=-7)
        done.finish(by=self.ana, now=hall.end + timedelta(days=1))
        return hall

    def others(self):
        mail, rollout, erp = (self._upgrade(key) for key in ("mail-migration", "desktop", "erp"))
        self._board(mail)
        self._training(mail)
        self._calls(mail)
        self._interview(rollout)
        self._review(erp)

    def _board(self, upgrade: Upgrade):
        """Every week, three held and the rest to come."""
        first = self._day_before(self.now.date() - timedelta(weeks=3), weekday=1)
        people = [*self._some("Change champions", 6), *self._some("Heads of department", 4)]
        series = self._plan(
            upgrade,
            kind=EngagementKind.BOARD,
            title="Advisory board for the mail migration",
            start=self._at(first, 10),
            minutes=45,
            people=people,
            place=ROOMS[1],
            topics="What people ask, what is next, what worries you.",
            repeat=Repeat(every=Rhythm.WEEK, count=10),
        )
        for one in series:
            if one.end < self.now - timedelta(days=2):
                self._answered(one, yes=0.8, no=0.1)
                self._held(one, share=0.8)
        ahead = [one for one in series if one.start > self.now + timedelta(days=1)][:2]
        for one in ahead:
            self._invited(one, days_ago=5)
            self._answered(one, yes=0.6, no=0.1)
        inviting.uninvite(ahead[0].participants.filter(pk=ahead[0].participants.order_by("-pk")[0].pk))
        last = [one for one in series if one.is_held][-1]
        self._note(last, "The champions ask for a short film on the calendar. Two faculties want a later reminder.")
        self._follow_up(last, "Ask Communications for a film on the calendar", owner=self.ana, days=3)
        self._follow_up(
            last, "Send the reminder to the two faculties a day later", owner=self.ana, days=8, kind=Promise.OURS
        )

    def _training(self, upgrade: Upgrade):
        """More want to come than there are places; it has moved since, and some were asked later."""
        day = self._day_after(self.now.date() + timedelta(days=4), weekday=3)
        (training,) = self._plan(
            upgrade,
            kind=EngagementKind.TRAINING,
            title="Training: mail and calendar in the new programme",
            start=self._at(day, 15),
            minutes=90,
            people=[*self._some("Registry and Admissions", 20), *self._some("Finance", 18), *self._some("Library", 10)],
            place=ROOMS[2],
            link=LINK,
            capacity=20,
            topics="Shared mailboxes, delegation, and finding things again.",
        )
        self._invited(training, days_ago=4)
        self._answered(training, yes=0.6, no=0.15)
        later = {"start": training.start + timedelta(hours=1), "end": training.end + timedelta(hours=1)}
        with pghistory.context(user=self.ana.pk):
            (moved,) = planning.change(training, later)
        for each in moved.participants.filter(rsvp=Rsvp.YES).select_related("engagement").order_by("pk")[:4]:
            planning.answer(each, rsvp=Rsvp.YES, now=self.now - timedelta(hours=2))
        inviting.invite(moved, Person.objects.filter(pk__in=[one.pk for one in self._some("Finance key users", 4)]))

    def _calls(self, upgrade: Upgrade):
        (head,) = self._some("Heads of department", 1)
        go_live = upgrade.milestones.get(kind=MilestoneKind.GO_LIVE)
        with pghistory.context(user=self.ben.pk):
            holding.log(
                upgrade,
                kind=EngagementKind.CALL,
                title=f"Call with {head.name}",
                start=self.now - timedelta(days=2, hours=3),
                end=self.now - timedelta(days=2, hours=2, minutes=45),
                people=Person.objects.filter(pk=head.pk),
                notes="Knows the new date, and will tell the department. Asks for a contact on the night.",
                facts=[f"milestone:{go_live.pk}.start", f"milestone:{go_live.pk}.end"],
                follow_up="Name a contact for the night of the go-live",
                due_on=self.now.date() + timedelta(days=2),
                by=self.ben,
                now=self.now - timedelta(days=2),
            )

    def _interview(self, upgrade: Upgrade):
        """Over since the last working day, and nobody has recorded it yet."""
        self._plan(
            upgrade,
            kind=EngagementKind.INTERVIEW,
            title="Interview: special programs in the laboratories",
            start=self._at(self._last_working_day(), 11),
            minutes=45,
            people=self._some("Engineering", 3),
            place="By video",
            link="https://meet.northfield.example/desktop",
            topics="Which programs must run on the first day after the rollout?",
        )
        self._plan(
            upgrade,
            kind=EngagementKind.FOCUS_GROUP,
            title="Focus group: a day with the new desktop",
            start=self._at(self._day_after(self.now.date() + timedelta(days=12), weekday=2), 13),
            minutes=120,
            people=self._some("All staff", 9),
            place=ROOMS[3],
            topics="Try the pilot devices for an hour, then tell us what is in your way.",
        )

    def _review(self, upgrade: Upgrade):
        (one,) = self._plan(
            upgrade,
            kind=EngagementKind.MEETING,
            title="Review with the key users",
            start=self._at(self._day_before(self.now.date() - timedelta(days=20), weekday=2), 9),
            minutes=60,
            people=self._some("Finance key users", 8),
            place=ROOMS[1],
            topics="What went well, what we do differently next time.",
        )
        self._held(one, share=0.75)
        self._note(one, "The training came a week too early. The helpline on Monday morning was worth a lot.")

    # Working lives

    def working_lives(self):
        self._absences()
        self._ties()
        self._tags()

    def _absences(self):
        """Some are away, and mostly somebody stands in."""
        people = [*self._some("Heads of department", 5), *self._some("All staff", 25)]
        deputies = self._some("All staff", len(people), but=people)
        today = self.now.date()
        rows = []
        for number, (person, deputy) in enumerate(zip(people, deputies, strict=True)):
            start = today + timedelta(days=self.random.randint(-6, 15))
            end = start + timedelta(days=self.random.randint(2, 14))
            stands_in = deputy if number % 4 else None
            note = self.random.choice(["Annual leave", "Conference", "Parental leave", ""])
            rows.append(Absence(person=person, start_on=start, end_on=end, deputy=stands_in, note=note))
        Absence.objects.bulk_create(rows)

    def _ties(self):
        """Champions report to heads of department, and represent their departments."""
        heads, champions = self.college.members["Heads of department"], self.college.members["Change champions"]
        head_of = {head.department: head for head in heads}
        rows = []
        for champion in champions:
            group = self.college.group.get(champion.department)
            if group:
                rows.append(Relation(person=champion, tie=Tie.REPRESENTS, to_group=group))
            head = head_of.get(champion.department)
            if head and head != champion:
                rows.append(Relation(person=champion, tie=Tie.REPORTS_TO, to_person=head))
        facilities = self.college.group["Facilities"]
        rows += [Relation(person=one, tie=Tie.DEPENDS_ON, to_group=facilities) for one in self._some("Service desk", 3)]
        Relation.objects.bulk_create(rows, ignore_conflicts=True)

    def _tags(self):
        for tag, group, count in (
            ("shift work", "Facilities", 18),
            ("laboratory", "Engineering", 24),
            ("key user", "Finance key users", 10),
            ("works from home", "All staff", 40),
        ):
            for person in Person.objects.filter(pk__in=[one.pk for one in self._some(group, count)]).order_by("pk"):
                person.tags = sorted({*person.tags, tag})
                person.save(update_fields=["tags"])
        shifts = Person.objects.tagged("shift work")
        shifts.update(works_from=time(6), works_until=time(14), works_on=[1, 2, 3, 4, 5, 6])

    # What happens in each

    def _plan(self, upgrade: Upgrade, *, people: list[Person], start: datetime, minutes: int, **fields: Any):
        asked = Person.objects.filter(pk__in=[one.pk for one in people])
        end = start + timedelta(minutes=minutes)
        with pghistory.context(user=self.ana.pk):
            return planning.plan(upgrade, people=asked, start=start, end=end, by=self.ana, **fields)

    def _invited(self, one: Engagement, *, days_ago: int):
        """By mail, and the college's mail server took it."""
        at = self.now - timedelta(days=days_ago)
        with pghistory.context(user=self.ana.pk):
            for notice in meetings.invite(one, by=self.ana, now=at):
                delivery.deliver(notice, at=at, chance=self.random)

    def _answered(self, one: Engagement, *, yes: float, no: float):
        """As many come as there are places."""
        at = min(self.now, one.start) - timedelta(days=1)
        for each in one.participants.select_related("engagement").order_by("pk"):
            chance = self.random.random()
            rsvp = Rsvp.YES if chance < yes else Rsvp.NO if chance < yes + no else Rsvp.MAYBE if chance < 0.9 else None
            if rsvp == Rsvp.YES and planning.places_left(one) == 0:
                planning.found_full(each, now=at)
            elif rsvp:
                remark = self.random.choice(REMARKS) if self.random.random() < 0.1 else ""
                planning.answer(each, rsvp=rsvp, now=at, remark=remark)

    def _held(self, one: Engagement, *, share: float, walked_in: list[Person] | None = None, seen: str = Seen.HAND):
        rows = list(Participant.objects.filter(engagement=one).select_related("person").order_by("pk"))
        came = [each.person for each in rows if each.rsvp != Rsvp.NO and self.random.random() < share + 0.2]
        attendance.mark(one, [*came, *(walked_in or [])], attended=True, seen=seen, now=one.end)
        attendance.mark_rest_absent(one, now=one.end)
        with pghistory.context(user=self.ana.pk):
            holding.hold(one, by=self.ana, now=one.end)

    def _note(self, one: Engagement, notes: str):
        one.notes = notes
        one.save(update_fields=["notes"])

    def _follow_up(
        self, one: Engagement, text: str, *, owner, days: int, kind: str = Promise.FOLLOW_UP, person=None
    ) -> FollowUp:
        due = self.now.date() + timedelta(days=days)
        return FollowUp.objects.create(engagement=one, text=text, owner=owner, due_on=due, kind=kind, person=person)

    def _some(self, group: str, count: int, *, but: list[Person] | None = None) -> list[Person]:
        taken = {one.pk for one in but or ()}
        people = [one for one in self.college.members[group] if one.pk not in taken]
        return self.random.sample(people, min(count, len(people)))

    @staticmethod
    def _upgrade(beginning: str) -> Upgrade:
        return Upgrade.objects.get(slug__startswith=beginning)

    def _last_working_day(self) -> date:
        day = self.now.date() - timedelta(days=1)
        return day - timedelta(days=max(0, day.weekday() - 4))

    @staticmethod
    def _day_before(day: date, *, weekday: int) -> date:
        return day - timedelta(days=(day.weekday() - weekday) % 7)

    @staticmethod
    def _day_after(day: date, *, weekday: int) -> date:
        return day + timedelta(days=(weekday - day.weekday()) % 7)

    def _at(self, day: date, hour: int) -> datetime:
        return at_wall_clock(day, time(hour), zone=self.zone)
