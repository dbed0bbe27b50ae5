"""What people of the college said back: who else should know, and what they ask, object to and propose."""

import random
from datetime import datetime, timedelta

import pghistory

from engagement import nominating
from engagement.enums import Source
from engagement.models import Nomination
from feedback import concerns, objections
from feedback.enums import ConcernKind, Decision
from feedback.models import Concern
from notices.pipeline import outbox
from notices.pipeline.direct import objections as deciding
from sample import delivery
from sample.organisation import Organisation
from stakeholders.enums import Category
from stakeholders.models import Group, Membership, Person
from upgrades.enums import MilestoneKind
from upgrades.models import Milestone, Service, Stakeholder, Upgrade

NAMES = [
    ("Rosa Lindqvist", "rosa.lindqvist@supplier.example", "She runs the scanners that send mail to every department."),
    ("Rosa Lindqvist", "", "Without her nobody can print invoices."),
    ("Gareth Pugh", "", "He looks after the alarm system, and it sends its alarms by mail."),
]
GUESTS = ["Ingrid Solberg", "Tomasz Wrona", "Amara Diallo"]
PUBLIC = [
    (
        "My mother is ill and I must be reachable on Saturday night. Will mail on my phone work?",
        "Does mail on phones work during the move?",
        "No, not between 22:00 and midnight. Calls and text messages work as always.",
    ),
    (
        "I have 60,000 mails, do I lose any of them???",
        "Are old mails moved as well?",
        "All of them. Nothing is deleted, and folders stay as they are.",
    ),
]


class Voices:
    """People speak with the words that end users write; Ana and Ben answer."""

    def __init__(self, college: Organisation, now: datetime):
        self.college, self.now = college, now
        self.ana, self.ben = college.account["Ana"], college.account["Ben"]
        self.staff = college.staff

    def speak(self) -> None:
        mail = Upgrade.objects.get(name="Mail migration")
        self._name(mail)
        self._ask(mail)
        self._tie(mail)
        self._object()
        self._forget()

    def _name(self, mail: Upgrade) -> None:
        for person, (name, email, why) in zip(self.staff[10:], NAMES, strict=False):
            nominating.nominate(mail, name=name, email=email, why=why, source=Source.PAGE, by=person)
        known = self.staff[40]
        nominating.nominate(mail, name=known.name, email=known.email, source=Source.ENGAGEMENT, by=self.staff[14])
        refused = nominating.nominate(mail, name="Everybody at the bank", source=Source.HAND)
        with pghistory.context(user=self.ana.pk):
            nominating.decline(refused, by=self.ana, now=self.now - timedelta(days=2))
        Nomination.objects.filter(upgrade=mail).update(created_at=self.now - timedelta(days=4))

    def _ask(self, mail: Upgrade) -> None:
        for place, (text, wording, words) in enumerate(PUBLIC):
            asked = self._raised(mail, text, person=self.staff[20 + place], days=9 - place)
            with pghistory.context(user=self.ben.pk):
                concerns.answer(
                    asked, words=words, is_public=True, public_wording=wording, by=self.ben,
                    now=self.now - timedelta(days=8 - place),
                )  # fmt: skip
        self._raised(
            mail, "That Saturday we send out the offers of admission. It cannot be that night.",
            kind=ConcernKind.OBJECTION, person=self.staff[30], days=6, due=-2,
        )  # fmt: skip
        self._raised(mail, "Do shared mailboxes keep their addresses?", person=self.staff[31], days=1, due=2)
        self._raised(
            mail,
            "Show a countdown on the screens in the hall.",
            kind=ConcernKind.IDEA,
            source=Source.HAND,
            days=3,
            due=4,
        )
        closed = self._raised(mail, "Test, please ignore.", person=self.staff[32], days=5)
        with pghistory.context(user=self.ana.pk):
            concerns.close(closed, by=self.ana, now=self.now, reason="A test, as its author says.")

    def _raised(self, upgrade: Upgrade, text: str, *, days: int, due: int = 3, source=Source.PAGE, **more) -> Concern:
        made = concerns.raise_(upgrade, text=text, source=source, due_on=(self.now + timedelta(due)).date(), **more)
        Concern.objects.filter(pk=made.pk).update(created_at=self.now - timedelta(days=days))
        return made

    def _object(self) -> None:
        """Open: examinations where the offices are to change. Decided: a date that stays, and why."""
        ring = Milestone.objects.filter(
            upgrade__name="Desktop operating system rollout", name__startswith="Ring 2"
        ).get()
        day = ring.start.date()
        registry = Membership.objects.filter(person=self.staff[33]).order_by("pk")[:1]
        examinations = objections.Details(
            "Final examinations",
            day - timedelta(days=1),
            day + timedelta(days=2),
            ring.start + timedelta(days=14),
            tuple(one.group for one in registry.select_related("group")),
        )
        self._against(ring, self.staff[33], "Everybody here prints examination papers that week.", examinations, days=2)
        self._against(ring, self.staff[34], "The examination office cannot work without its programs.", days=1)
        windows = Milestone.objects.filter(upgrade__name="Network switch replacement", start__gt=self.now)
        windows = windows.filter(kind=MilestoneKind.GO_LIVE)
        wave = windows.order_by("-start", "-pk")[0]
        self._against(wave, self.staff[35], "A visit of the council is planned in our building.", days=12)
        self._decide(wave)

    def _against(self, on: Milestone, person: Person, text: str, details=None, *, days: int) -> None:
        objections.object_(on, person=person, text=text, source=Source.PAGE, details=details)
        Concern.objects.filter(milestone=on, person=person).update(created_at=self.now - timedelta(days=days))

    def _decide(self, wave: Milestone) -> None:
        decided_at = self.now - timedelta(days=4)
        with pghistory.context(user=self.ben.pk):
            conflict = objections.take_up(wave)
            conflict.their_position = "The building has to look its best while the council is there."
            conflict.our_position = "The company that lays the cables has no other night this term."
            conflict.root_cause = "Nobody enters visits as critical days."
            conflict.follow_up = "Ask the rector's office to enter visits as critical days"
            conflict.follow_up_owner, conflict.follow_up_on = self.ben, (self.now + timedelta(days=20)).date()
            conflict.save()
            objections.add_option(conflict, text="Work after ten at night", pros="Nobody sees it", cons="Costs more")
            objections.add_option(conflict, text="Wait for the next term", cons="The old switches may fail before")
            deciding.decide(
                wave,
                decision=Decision.DECLINE,
                answer="We work after ten at night, and the rooms are clean again before the council comes.",
                looked_at=deciding.seen(wave, deciding.waiting(wave)),
                by=self.ben,
                now=decided_at,
            )
        for notice in deciding.notices_of(conflict).order_by("pk"):
            outbox.fill(notice, now=notice.send_at or decided_at)
            delivery.deliver(notice, at=notice.send_at or decided_at, chance=random.Random(5))

    def _tie(self, mail: Upgrade) -> None:
        """Three of those who are tied to others have a place in the upgrade themselves."""
        for person in Person.objects.filter(relations__isnull=False).distinct().order_by("pk")[:3]:
            Stakeholder.objects.get_or_create(upgrade=mail, person=person)

    def _forget(self) -> None:
        """They came to the laboratories after the first wave, and no notice knows their group yet."""
        guests = Group.objects.create(name="Guest researchers", category=Category.CUSTOMER)
        Service.objects.get(name="Campus Wi-Fi").users.add(guests)
        for name in GUESTS:
            person = Person.objects.create(
                name=name,
                email=f"{name.lower().replace(' ', '.')}@guests.example",
                department="Guest researchers",
                site=self.college.site["Harbour Laboratories"],
                time_zone=self.college.site["Harbour Laboratories"].time_zone,
            )
            guests.people.add(person)
