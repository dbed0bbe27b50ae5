"""Northfield College's people, groups, sites and services, from data/*.toml; the same ones every time."""

import random
import tomllib
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Account
from sample.logins import LOGINS, PASSWORD
from stakeholders.enums import Category, Topic
from stakeholders.models import Group, Membership, OptOut, Person, Site
from upgrades.models import Service

DATA = Path(__file__).parent / "data"
STAFF = 778  # with the groups made of their own, guests and those who sign in, 2,400 people


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


class Organisation:
    """Makes everybody once; afterwards `group[name]`, `site[name]`, `service[name]`, `account[first name]`."""

    def __init__(self, *, now):
        self.now = now
        self.data = read("organisation")
        self.names = read("names")
        self.random = random.Random(self.data["seed"])
        self.taken: set[str] = set()
        self.password = make_password(PASSWORD)
        self.group: dict[str, Group] = {}
        self.members: dict[str, list[Person]] = {}

    def build(self) -> "Organisation":
        self.site = {row["name"]: self._make_site(row) for row in self.data["sites"]}
        self._make_people()
        self._make_groups()
        self.service = {row["name"]: self._make_service(row) for row in self.data["services"]}
        self.account = {login.name.split()[0]: self._make_account(login) for login in LOGINS}
        self._decline_some()
        self._enter_some_twice()
        return self

    def _make_site(self, row: dict[str, Any]) -> Site:
        return Site.objects.create(**{name: row[name] for name in ("name", "time_zone", "country", "subdivision")})

    def _make_people(self):
        departments = [row["name"] for row in self.data["departments"]]
        shares = [row["share"] for row in self.data["departments"]]
        for department in self.random.choices(departments, shares, k=STAFF):
            self._enlist(department, self._person(department=department, title="Staff"))
        for row in self.data["groups"]:
            for _ in range(0 if "from" in row else row["size"]):
                self._enlist(row["name"], self._person(department=row["name"], title=row["title"], row=row))
        Person.objects.bulk_create([person for people in self.members.values() for person in people])
        self.staff = [person for name in [*departments, "Information Technology"] for person in self.members[name]]
        self.members["departments"] = [person for name in departments for person in self.members[name]]
        self.members["All staff"] = self.staff

    def _enlist(self, group: str, person: Person):
        self.members.setdefault(group, []).append(person)

    def _person(self, *, department: str, title: str, row: dict[str, Any] | None = None) -> Person:
        site_row = self.random.choices(self.data["sites"], [site["share"] for site in self.data["sites"]])[0]
        language = self.random.choices(list(site_row["languages"]), list(site_row["languages"].values()))[0]
        names = self.names[language]
        name = f"{self.random.choice(names['first'])} {self.random.choice(names['last'])}"
        number = len(self.taken) + 1
        return Person(
            name=name,
            email=self._address(name, domain=(row or {}).get("external", self.data["domain"])),
            external_id=f"NC{number:05}",
            department=department,
            job_title=title,
            site=self.site[site_row["name"]],
            time_zone=site_row["time_zone"],
            language=language,
            reader_level=(row or {}).get("reader_level", "plain"),
            wants_invitations=self.random.random() < 0.1,
        )

    def _address(self, name: str, *, domain: str) -> str:
        plain = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
        stem = plain.replace(" ", ".")
        candidates = (f"{stem}{number or ''}@{domain}" for number in (0, *range(2, 999)))
        address = next(candidate for candidate in candidates if candidate not in self.taken)
        self.taken.add(address)
        return address

    def _make_groups(self):
        for row in self.data["departments"]:
            self._make_group(row["name"], self.members[row["name"]])
        self._make_group("All staff", self.staff)
        for row in self.data["groups"]:
            people = self.members.get(row["name"]) or self._pick(row)
            self.members[row["name"]] = people
            self._make_group(row["name"], people, category=row["category"])

    def _pick(self, row: dict[str, Any]) -> list[Person]:
        people = self.random.sample(self.members[row["from"]], row["size"])
        if "title" in row:
            for person in people:
                person.job_title = row["title"]
            Person.objects.bulk_update(people, ["job_title"])
        return people

    def _make_group(self, name: str, people: Iterable[Person], *, category: str = Category.STAFF):
        group = self.group[name] = Group.objects.create(name=name, category=category)
        Membership.objects.bulk_create(
            Membership(group=group, person=person, is_representative=place < 2) for place, person in enumerate(people)
        )

    def _make_service(self, row: dict[str, Any]) -> Service:
        days = row.get("end_of_life_in_days")
        service = Service.objects.create(
            name=row["name"],
            description=row["description"],
            carries=row.get("carries", []),
            end_of_life_on=(self.now + timedelta(days=days)).date() if days else None,
        )
        service.users.set(self.group[name] for name in row["users"])
        return service

    def _make_account(self, login) -> Account:
        account = Account.objects.create(
            email=login.email,
            name=login.name,
            roles=[login.role],
            time_zone="Europe/London",
            password=self.password,
        )
        Person.objects.create(
            name=login.name,
            email=login.email,
            department="Information Technology",
            job_title=login.role.label,
            site=self.site["Main Campus"],
            time_zone="Europe/London",
            account=account,
        )
        return account

    def _decline_some(self):
        """A few have opted out, a few have no address: nobody's register is perfect."""
        for topic, share in ((Topic.SURVEY, 40), (Topic.PROGRESS, 25), (Topic.NEWS, 60)):
            people = self.random.sample(self.staff, share)
            OptOut.objects.bulk_create(OptOut(person=person, topic=topic) for person in people)
        without = self.random.sample(self.members["Facilities"], 6)
        Person.objects.filter(pk__in=[person.pk for person in without]).update(email="")

    def _enter_some_twice(self):
        """By hand, though the directory has them: with another spelling, another number or no number at all."""
        department = self.members["Library"]
        for (one, double), changes in zip(zip(department[::2], department[1::2], strict=False), TWICE, strict=False):
            first, last = one.name.split(maxsplit=1)
            address = changes["email"].format(name=one.email.split("@")[0].replace(".", ""), domain=self.data["domain"])
            Person.objects.filter(pk=one.pk).update(phone=changes["phone"])
            Person.objects.filter(pk=double.pk).update(
                name=changes["name"].format(first=first, last=last),
                email=address,
                phone=changes["phone"].removeprefix("+44 ").replace(" ", "-"),
                external_id=changes["number"],
                site=one.site,
                language=one.language,
                time_zone=one.time_zone,
            )


TWICE: list[dict[str, str]] = [
    {"name": "{first} {last}", "email": "{name}@{domain}", "number": "", "phone": ""},
    {"name": "{last}, {first}", "email": "{name}@mail.example", "number": "T00417", "phone": "+44 20 7946 0141"},
    {"name": "{first} {last}", "email": "{name}@mail.example", "number": "", "phone": ""},
]
