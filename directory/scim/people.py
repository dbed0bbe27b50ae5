"""Users of a directory are people of the register: found, made, changed and archived."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Prefetch, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from commsplan.lib import telephone
from directory.models import DirectoryRecord
from directory.scim import lookups, values
from directory.scim.errors import invalid_value, not_found, taken
from directory.scim.patching import Operation, changed
from directory.scim.schemas import ENTERPRISE
from directory.scim.showing import MAIL_KINDS, NAME_PARTS, PHONE_KINDS, language, name_of, record_of, resource
from stakeholders.enums import AddressState, Channel, Tie
from stakeholders.models import Address, Membership, Person, PersonQuerySet, Relation

LARGEST_KEY = 2**63 - 1
SAID = ("displayName", "name", "emails", "phoneNumbers", "preferredLanguage")


def known() -> PersonQuerySet:
    """Whom a directory may see: everybody who is there, and of the archived those whom a directory keeps."""
    return Person.objects.real().filter(Q(archived_at=None) | Q(directory_record__isnull=False))


def read_key(text: str) -> int | None:
    plain = text.isascii() and text.isdecimal() and len(text) <= 19
    return int(text) if plain and 0 < int(text) <= LARGEST_KEY else None


def follow(pk: int | None) -> int | None:
    """Whoever was merged is now the one they were merged into. None for somebody who never was."""
    seen: set[int] = set()
    while pk and pk not in seen:
        seen.add(pk)
        row = Person.objects.filter(pk=pk).values_list("pk", "merged_into").first()
        if not row:
            return None
        if not row[1]:
            return pk
        pk = row[1]
    return pk


def find(key: str) -> Person:
    person = shown().filter(pk=follow(read_key(key)) or 0).first()
    if not person:
        raise not_found("user", key)
    return person


def shown() -> PersonQuerySet:
    """With all that a resource tells, in a number of queries that does not grow."""
    managers = Relation.objects.filter(tie=Tie.REPORTS_TO, to_person__isnull=False)
    memberships = Membership.objects.select_related("group").order_by("group__name", "pk")
    return (
        known()
        .select_related("directory_record")
        .prefetch_related(
            Prefetch("relations", managers.order_by("pk"), to_attr="managers"),
            Prefetch("memberships", memberships, to_attr="in_groups"),
        )
    )


def called(user_name: str) -> int | None:
    """The key of the person whom the directory calls so, or whose address it is. Two look-ups, each by an index."""
    name = Lower(Value(user_name))
    record = DirectoryRecord.objects.filter(Exact(Lower(F("user_name")), name)).values_list("person", flat=True)
    if pk := record.first():
        return follow(pk)
    people = Person.objects.active().exclude(email="").filter(Exact(Lower(F("email")), name), directory_record=None)
    return people.order_by("pk").values_list("pk", flat=True).first()


# -- filters


def _user_name(operator: str, value: Any) -> Q:
    if operator == "pr":
        return lookups.EVERYBODY
    if operator == "eq":
        return Q(pk=called(lookups.said(value)) or 0)
    word = lookups.piece(operator)
    theirs = Q(**{f"directory_record__user_name__{word}": lookups.said(value)})
    return theirs | Q(directory_record=None, **{f"email__{word}": value})


def _external_id(operator: str, value: Any) -> Q:
    """The number of somebody merged finds the one they are now."""
    if operator != "eq":
        return lookups.text("external_id", exact=True)(operator, value)
    owner = Person.objects.filter(external_id=lookups.said(value)).exclude(external_id="")
    return Q(pk=follow(owner.values_list("pk", flat=True).first()) or 0)


def _active(operator: str, value: Any) -> Q:
    if operator == "pr":
        return lookups.EVERYBODY
    wanted = values.truth(value, "active")
    return Q(archived_at=None) if wanted else Q(archived_at__isnull=False)


def _manager(operator: str, value: Any) -> Q:
    ties = Relation.objects.filter(tie=Tie.REPORTS_TO, to_person__isnull=False)
    if operator == "eq":
        ties = ties.filter(to_person=follow(read_key(str(value))) or 0)
    elif operator != "pr":
        lookups.piece(f"manager {operator}")
    return Q(pk__in=ties.values("person"))


def _group(operator: str, value: Any) -> Q:
    members = Membership.objects.all()
    if operator == "eq":
        members = members.filter(group=read_key(str(value).removeprefix("g")) or 0)
    return Q(pk__in=members.values("person"))


_mail, _phone, _name = lookups.text("email"), lookups.text("phone"), lookups.text("name")
FILTERS: dict[str, lookups.Lookup] = {
    "id": lookups.key(read_key),
    "username": _user_name,
    "externalid": _external_id,
    "displayname": _name,
    "name.formatted": _name,
    "name": _name,
    "title": lookups.text("job_title"),
    "department": lookups.text("department"),
    "preferredlanguage": lookups.text("language"),
    "timezone": lookups.text("time_zone"),
    "active": _active,
    "emails": _mail,
    "emails.value": _mail,
    "emails.type": lookups.constant("work"),
    "emails.primary": lookups.constant("true"),
    "phonenumbers": _phone,
    "phonenumbers.value": _phone,
    "manager": _manager,
    "manager.value": _manager,
    "groups": _group,
    "groups.value": _group,
    "meta.created": lookups.moment("created_at"),
}


# -- changing


@dataclass
class Wanted:
    """A resource as sent, read into fields of a person. Only what was sent is there."""

    user_name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    mobile: str | None = None  # "" for none, None where nothing was said
    active: bool | None = None
    manager: str | None = None  # "" for nobody, None where nothing was said
    said: dict[str, Any] = field(default_factory=dict)


def read(sent: dict[str, Any]) -> Wanted:
    """Refuses what cannot be kept, with the reason."""
    wanted = Wanted(said={key: sent[key] for key in SAID if sent.get(key)})
    if "userName" in sent:
        wanted.user_name = values.text(sent["userName"], "userName", longest=255)
        if not wanted.user_name:
            raise invalid_value("userName is needed.")
    if sent.get("active") is not None:
        wanted.active = values.truth(sent["active"], "active")
    _read_name(sent, wanted)
    _read_ways(sent, wanted)
    _read_work(sent, wanted)
    _read_place(sent, wanted)
    return wanted


def _read_name(sent: dict, wanted: Wanted) -> None:
    for name, part in [("displayName", sent.get("displayName")), *_parts(sent.get("name"))]:
        values.text(part, name, longest=160)
    if name := name_of(sent):
        wanted.fields["name"] = values.text(name, "The name", longest=160)


def _parts(name: Any) -> list[tuple[str, Any]]:
    if name is not None and not isinstance(name, dict):
        raise invalid_value("name is an object with formatted, givenName and familyName.")
    return [(f"name.{part}", values.part(name, part)) for part in NAME_PARTS]


def _read_ways(sent: dict, wanted: Wanted) -> None:
    if "emails" in sent:
        wanted.fields["email"] = _mail_address(values.best(sent["emails"], MAIL_KINDS))
    if "phoneNumbers" in sent:
        number = values.text(values.best(sent["phoneNumbers"], PHONE_KINDS), "phoneNumbers.value", longest=200)
        wanted.fields["phone"] = values.text(number.removeprefix("tel:"), "phoneNumbers.value", longest=40)
        wanted.mobile = _mobile_of(sent["phoneNumbers"])


def _mobile_of(numbers: Any) -> str:
    """One that no text message reaches, for the code of the country is missing, say, is kept as it was said, and not
    used."""
    said = values.text(values.of_kind(numbers, "mobile"), "phoneNumbers.value", longest=200)
    try:
        return telephone.number(said.removeprefix("tel:"))
    except telephone.NoNumber:
        return ""


def _mail_address(value: Any) -> str:
    address = values.text(value, "emails.value", longest=254)
    if address and not is_address(address):
        raise invalid_value(f"emails.value: {address!r} is not an e-mail address.")
    return address


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def _read_work(sent: dict, wanted: Wanted) -> None:
    if "externalId" in sent:
        wanted.fields["external_id"] = values.text(sent["externalId"], "externalId", longest=100)
    if "title" in sent:
        wanted.fields["job_title"] = values.text(sent["title"], "title", longest=120)
    more = sent.get(ENTERPRISE)
    if more is None and ENTERPRISE in sent:
        more = {"department": None, "manager": None}
    if more is not None and not isinstance(more, dict):
        raise invalid_value(f"{ENTERPRISE} is an object.")
    if more and "department" in more:
        wanted.fields["department"] = values.text(more["department"], "department", longest=120)
    if more and "manager" in more:
        wanted.manager = _manager_key(more["manager"])


def _manager_key(value: Any) -> str:
    """Entra ID sends the id alone, or a list of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    return values.text(value.get("value") if isinstance(value, dict) else value, "manager.value", longest=100)


def _read_place(sent: dict, wanted: Wanted) -> None:
    if zone := values.text(sent.get("timezone"), "timezone", longest=64):
        if zone not in available_timezones():
            raise invalid_value(f"timezone: {zone!r} is not an IANA name such as Europe/Berlin.")
        wanted.fields["time_zone"] = zone
    if ours := language(values.text(sent.get("preferredLanguage"), "preferredLanguage", longest=100)):
        wanted.fields["language"] = ours


@transaction.atomic
def create(sent: dict[str, Any], *, now: datetime) -> Person:
    """A new person; somebody who was archived and comes back with the same id or address is the old one."""
    wanted = read(sent)
    if not wanted.user_name:
        raise invalid_value("userName is needed.")
    if called(wanted.user_name):
        raise taken(f"There is already a user with the userName {wanted.user_name!r}.")
    wanted.fields.setdefault("name", wanted.user_name[:160])
    if not wanted.fields.get("email") and is_address(wanted.user_name) and "emails" not in wanted.said:
        wanted.fields["email"] = wanted.user_name
    person = _returning(wanted.fields) or Person()
    if wanted.active is None:
        wanted.active = True
    _write(person, wanted, now=now)
    return person


def _returning(fields: dict[str, str]) -> Person | None:
    """By external id, then by address, unless the external ids say that these are two people."""
    number, address = fields.get("external_id", ""), fields.get("email", "")
    if number and (person := _numbered(number)):
        if not person.is_archived or hasattr(person, "directory_record"):
            raise taken(f"There is already a user with the externalId {number!r}.")
        return person
    gone = Person.objects.archived().exclude(email="").filter(directory_record=None)
    gone = gone.filter(Exact(Lower(F("email")), Lower(Value(address)))) if address else gone.none()
    if number:
        gone = gone.filter(external_id="")
    return gone.order_by("-archived_at", "-pk").first()


def _numbered(number: str) -> Person | None:
    pk = follow(Person.objects.filter(external_id=number).values_list("pk", flat=True).first())
    return Person.objects.real().filter(pk=pk).first()


@transaction.atomic
def replace(key: str, sent: dict[str, Any], *, now: datetime) -> Person:
    """What is not sent stays."""
    wanted = read(sent)
    person = _locked(key)
    if _speaks_for(key, person):
        _write(person, wanted, now=now)
    return person


@transaction.atomic
def patch(key: str, operations: list[Operation], *, base: str, now: datetime) -> Person:
    person = _locked(key)
    before = _as_said(find(str(person.pk)), base)
    wanted = _read_changes(before, changed(before, operations))
    if _speaks_for(key, person):
        _write(person, wanted, now=now)
    return person


def _read_changes(before: dict[str, Any], after: dict[str, Any]) -> Wanted:
    """What a PATCH did not touch is not judged again: it may be older than our rules."""
    touched = {key for key, value in after.items() if value != before.get(key)}
    if touched & {"name", "displayName"}:
        touched |= {"name", "displayName"} & after.keys()
    wanted = read({key: after[key] for key in touched})
    wanted.said = {key: after[key] for key in SAID if after.get(key)}
    return wanted


def _as_said(person: Person, base: str) -> dict[str, Any]:
    """The resource without what we worked out ourselves, so that a changed part changes the whole."""
    record, told = record_of(person), resource(person, base=base)
    said = record.said if record else {}
    if record and name_of(said) == person.name:
        if not said.get("displayName"):
            del told["displayName"]
        if not values.part(said.get("name"), "formatted"):
            told.get("name", {}).pop("formatted", None)
    if record and not said.get("emails") and person.email.lower() == record.user_name.lower():
        told.pop("emails", None)
    return told


@transaction.atomic
def delete(key: str, *, now: datetime) -> None:
    """Archives; the directory sees the person no more until it makes them again."""
    person = _locked(key)
    if not _speaks_for(key, person):
        DirectoryRecord.objects.filter(person=read_key(key)).delete()
        return
    DirectoryRecord.objects.filter(person=person).delete()
    if not person.is_archived:
        person.archive(now=now)


def _locked(key: str) -> Person:
    pk = follow(read_key(key)) or 0
    person = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if not person or not known().filter(pk=pk).exists():
        raise not_found("user", key)
    return person


def _speaks_for(key: str, person: Person) -> bool:
    """Whoever was merged and still has an entry of their own in the directory does not speak for the other one."""
    asked = read_key(key)
    return asked == person.pk or not DirectoryRecord.objects.filter(person=asked).exists()


def _write(person: Person, wanted: Wanted, *, now: datetime) -> None:
    _follow_user_name(person, wanted)
    fields = {name: value for name, value in wanted.fields.items() if name not in person.own_choices}
    changes: dict[str, Any] = {name: value for name, value in fields.items() if getattr(person, name) != value}
    if "email" in changes and changes["email"].lower() != person.email.lower():
        changes["email_state"] = AddressState.WORKING
    if wanted.active is not None and wanted.active == person.is_archived:
        changes["archived_at"] = None if wanted.active else now
    for name, value in changes.items():
        setattr(person, name, value)
    _refuse_taken(person, changes)
    if changes or not person.pk:
        person.save(update_fields=[*changes] if person.pk else None)
    if wanted.mobile is not None:
        _set_mobile(person, wanted.mobile)
    _note(person, wanted)
    if wanted.manager is not None:
        _set_manager(person, wanted.manager)


def _follow_user_name(person: Person, wanted: Wanted) -> None:
    """A new user name is the new address too where it was the address before and nothing else is said."""
    if not person.pk or "email" in wanted.fields or not is_address(wanted.user_name):
        return
    record = DirectoryRecord.objects.filter(person=person).first()
    if person.email.lower() == (record.user_name if record else person.email).lower():
        wanted.fields["email"] = wanted.user_name


def _refuse_taken(person: Person, changes: dict[str, Any]) -> None:
    others = Person.objects.exclude(pk=person.pk)
    same = others.active().exclude(email="").filter(Exact(Lower(F("email")), Lower(Value(person.email))))
    if changes.keys() & {"email", "archived_at"} and not person.is_archived and same.exists():
        raise taken(f"Somebody else has the e-mail address {person.email!r}.")
    if changes.get("external_id") and others.filter(external_id=person.external_id).exists():
        raise taken(f"Somebody else has the externalId {person.external_id!r}.")


def _note(person: Person, wanted: Wanted) -> None:
    """Keeps what the directory said, for it to find and to change by parts."""
    record = DirectoryRecord.objects.filter(person=person).first() or DirectoryRecord(person=person)
    name = wanted.user_name or record.user_name or person.email or person.external_id or f"person-{person.pk}"
    namesake = DirectoryRecord.objects.filter(Exact(Lower(F("user_name")), Lower(Value(name)))).exclude(person=person)
    namesake.filter(person__merged_into=person).delete()
    if namesake.exists():
        raise taken(f"There is already a user with the userName {name!r}.")
    record.user_name, record.said = name, wanted.said
    record.save()


def _set_mobile(person: Person, number: str) -> None:
    """Another number is tried again. Where the directory has none any more, only the one that it gave goes."""
    known = Address.objects.filter(person=person, channel=Channel.SMS).first()
    if not known and number:
        Address.objects.create(person=person, channel=Channel.SMS, address=number)
    elif known and number and known.address != number:
        known.address, known.state = number, AddressState.WORKING
        known.save()
    elif known and not number:
        record = DirectoryRecord.objects.filter(person=person).first()
        if record and known.address == _mobile_of(record.said.get("phoneNumbers")):
            known.delete()


def _set_manager(person: Person, key: str) -> None:
    """One person reports to one manager in a directory: the tie that it showed last gives way to the new one."""
    ties = Relation.objects.filter(person=person, tie=Tie.REPORTS_TO, to_person__isnull=False).order_by("pk")
    shown = ties.first()
    manager = known().filter(pk=follow(read_key(key)) or 0).exclude(pk=person.pk).first() if key else None
    if (key and not manager) or (shown and manager and shown.to_person_id == manager.pk):
        return
    if shown:
        shown.delete()
    if manager:
        Relation.objects.get_or_create(person=person, tie=Tie.REPORTS_TO, to_person=manager, to_group=None)


def keys_of(texts: Iterable[str]) -> tuple[set[int], list[str]]:
    """Keys of people for these ids, merged ones followed; and the ids that nobody ever had."""
    asked = {text: read_key(text) for text in texts}
    rows = dict(Person.objects.filter(pk__in=[pk for pk in asked.values() if pk]).values_list("pk", "merged_into"))
    unknown = [text for text, pk in asked.items() if pk not in rows]
    found = {(follow(pk) if rows[pk] else pk) for pk in asked.values() if pk in rows}
    real = Person.objects.real().filter(pk__in=[pk for pk in found if pk])
    return set(real.values_list("pk", flat=True)), unknown
