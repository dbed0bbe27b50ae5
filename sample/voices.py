"""What people of the college said back: who else should know, and what they ask, object to and propose."""

from datetime import datetime, timedelta

import pghistory

from engagement import nominating
from engagement.enums import Source
from engagement.models import Nomination
from feedback import concerns
from feedback.enums import ConcernKind
from feedback.models import Concern
from sample.organisation import Organisation
from stakeholders.enums import Category
from stakeholders.models import Group, Person
from upgrades.models import Service, Stakeholder, Upgrade

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
