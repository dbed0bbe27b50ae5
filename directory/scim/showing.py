"""A person as a directory is shown them: a user resource (RFC 7643, 4.1)."""

from datetime import UTC
from typing import Any

from django.conf import settings

from directory.models import DirectoryRecord
from directory.scim import values
from directory.scim.schemas import ENTERPRISE, USER
from stakeholders.models import Membership, Person, Relation

NAME_PARTS = ("formatted", "givenName", "familyName")
MAIL_KINDS, PHONE_KINDS = ("work",), ("work", "mobile")


def resource(person: Person, *, base: str) -> dict[str, Any]:
    record = record_of(person)
    said = record.said if record else {}
    manager = next(iter(person.managers), None)  # type: ignore[attr-defined]
    told = {
        "schemas": [USER, ENTERPRISE],
        "id": str(person.pk),
        "externalId": person.external_id or None,
        "userName": record.user_name if record else person.email or person.external_id or f"person-{person.pk}",
        "displayName": person.name,
        "name": _names(person, said),
        "title": person.job_title or None,
        "preferredLanguage": _language(person, said),
        "timezone": person.time_zone,
        "active": not person.is_archived,
        "emails": _addresses(person.email, said.get("emails"), MAIL_KINDS),
        "phoneNumbers": _addresses(person.phone, said.get("phoneNumbers"), PHONE_KINDS),
        "groups": [_group_of(membership, base) for membership in person.in_groups],  # type: ignore[attr-defined]
        ENTERPRISE: {
            "department": person.department or None,
            "manager": _manager_of(manager, base) if manager else None,
        },
        "meta": {
            "resourceType": "User",
            "created": person.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "location": f"{base}/Users/{person.pk}",
        },
    }
    return without_empty(told)


def without_empty(told: dict[str, Any]) -> dict[str, Any]:
    """RFC 7643 2.5: what has no value is left out."""
    inner = {key: without_empty(value) if isinstance(value, dict) else value for key, value in told.items()}
    return {key: value for key, value in inner.items() if value not in (None, "", [], {})}


def record_of(person: Person) -> DirectoryRecord | None:
    return getattr(person, "directory_record", None)


def _names(person: Person, said: dict) -> dict:
    """The parts as the directory said them, as long as they still make up the name."""
    if name_of(said) != person.name:
        return {"formatted": person.name}
    return {
        "formatted": person.name,
        **{part: text for part in NAME_PARTS if (text := values.part(said.get("name"), part))},
    }


def name_of(said: dict) -> str:
    name = said.get("name")
    whole = said.get("displayName") or values.part(name, "formatted")
    parts = (values.part(name, "givenName"), values.part(name, "familyName"))
    return str(whole).strip() if whole else " ".join(str(part).strip() for part in parts if part)


def _language(person: Person, said: dict) -> str:
    """de-CH stays de-CH for the directory while we write German."""
    tag = said.get("preferredLanguage")
    return tag if isinstance(tag, str) and language(tag) == person.language else person.language


def language(tag: str) -> str:
    """Ours for a tag such as fr-CH or "de;q=0.8"; empty when we do not speak it."""
    first = tag.split(",")[0].split(";")[0].strip().lower().replace("_", "-").split("-")[0]
    return first if first in dict(settings.LANGUAGES) else ""


def _addresses(stored: str, said: Any, kinds: tuple[str, ...]) -> list[dict]:
    if said and str(values.best(said, kinds) or "").strip().removeprefix("tel:").lower() == stored.lower():
        return said
    return [{"value": stored, "type": "work", "primary": True}] if stored else []


def _group_of(membership: Membership, base: str) -> dict:
    key = f"g{membership.group_id}"
    return {"value": key, "display": membership.group.name, "$ref": f"{base}/Groups/{key}"}


def _manager_of(tie: Relation, base: str) -> dict:
    return {"value": str(tie.to_person_id), "$ref": f"{base}/Users/{tie.to_person_id}"}
