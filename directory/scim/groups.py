"""Groups of a directory are groups of the register. Members are changed as sets: ten thousand are a few statements."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models import F, Prefetch, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from commsplan.lib.triggers import expect_many_rows
from directory.models import GroupRecord
from directory.scim import filters, lookups, people, showing, values
from directory.scim.errors import ScimError, invalid_path, invalid_value, not_found, taken
from directory.scim.patching import Operation, listed, parse
from directory.scim.schemas import GROUP, READ_ONLY
from stakeholders import bulk
from stakeholders.models import Group, Membership, Person

PREFIX = "g"  # ids are unique among all resources (RFC 7643 3.1), and people have the plain numbers


def read_key(text: str) -> int | None:
    return people.read_key(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None


def find(key: str) -> Group:
    group = Group.objects.filter(pk=read_key(key) or 0).first()
    if not group:
        raise not_found("group", key)
    return group


def shown():
    return Group.objects.select_related("directory_record")


def with_members(groups):
    """Those whom the directory may see."""
    members = Membership.objects.filter(person__in=people.known()).order_by("person_id")
    lean = members.only("group_id", "person_id")
    return groups.prefetch_related(Prefetch("memberships", lean, to_attr="shown_members"))


# -- filters


def _member(operator: str, value: Any) -> Q:
    members = Membership.objects.all()
    if operator == "eq":
        members = members.filter(person=people.follow(people.read_key(str(value))) or 0)
    elif operator != "pr":
        lookups.piece(f"members {operator}")
    return Q(pk__in=members.values("group"))


def _external_id(operator: str, value: Any) -> Q:
    if operator == "pr":
        return Q(directory_record__isnull=False)
    wanted = lookups.said(value)
    if operator == "eq":
        return Q(directory_record__external_id=wanted)
    return Q(**{f"directory_record__external_id__{lookups.piece(operator)}": wanted})


FILTERS: dict[str, lookups.Lookup] = {
    "id": lookups.key(read_key),
    "externalid": _external_id,
    "displayname": lookups.text("name"),
    "members": _member,
    "members.value": _member,
    "members.type": lookups.constant("user"),
    "meta.created": lookups.moment("created_at"),
}


# -- showing


def resource(group: Group, *, base: str) -> dict[str, Any]:
    """Members are told where they were asked for (`with_members`)."""
    key = f"{PREFIX}{group.pk}"
    told = {
        "schemas": [GROUP],
        "id": key,
        "externalId": group.directory_record.external_id if hasattr(group, "directory_record") else None,
        "displayName": group.name,
        "members": [_member_of(membership, base) for membership in getattr(group, "shown_members", ())],
        "meta": {
            "resourceType": "Group",
            "created": group.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "location": f"{base}/Groups/{key}",
        },
    }
    return showing.without_empty(told)


def _member_of(membership: Membership, base: str) -> dict:
    return {
        "value": str(membership.person_id),
        "type": "User",
        "$ref": f"{base}/Users/{membership.person_id}",
    }


# -- changing


@transaction.atomic
def create(sent: dict[str, Any]) -> Group:
    group = Group(name=_name(sent.get("displayName")))
    _refuse_taken(group)
    group.save()
    _note(group, sent.get("externalId"))
    _add(group, listed(sent.get("members")))
    return group


@transaction.atomic
def replace(key: str, sent: dict[str, Any]) -> Group:
    """Members that are not sent at all stay; an empty list takes all of them out."""
    group = _locked(key)
    if "displayName" in sent:
        _rename(group, sent["displayName"])
    if "externalId" in sent:
        _note(group, sent["externalId"])
    if "members" in sent:
        _set(group, listed(sent["members"]))
    return group


@transaction.atomic
def patch(key: str, operations: list[Operation]) -> Group:
    group = _locked(key)
    for operation in operations:
        if operation.path:
            _change(group, operation.path, operation.kind, operation.value, strict=True)
        elif isinstance(operation.value, dict):
            for name, value in operation.value.items():
                _change(group, name, operation.kind, value, strict=False)
        else:
            raise invalid_value("Without a path the value is an object.")
    return group


def _change(group: Group, name: str, kind: str, value: Any, *, strict: bool) -> None:
    """Not strict: what stands in an object without a path is passed over where it cannot be changed."""
    if not strict and name.lower() in ("id", "schemas", "meta"):
        return
    path = parse(name)
    if path is None:
        return
    if path.attribute in READ_ONLY:
        raise ScimError(400, f"{path.attribute} cannot be changed.", "mutability")
    if path.attribute == "displayName":
        _rename(group, value)
    elif path.attribute == "externalId":
        _note(group, None if kind == "remove" else value)
    elif path.attribute == "members":
        _change_members(group, kind, path.filter, value)
    else:
        raise invalid_path(f"A group has no {path.attribute}.")


def _change_members(group: Group, kind: str, meant: filters.Node | None, value: Any) -> None:
    if meant is not None and kind == "remove":
        _remove(group, _keys(_asked_for(meant)))
    elif meant is not None:
        raise invalid_path("Members are added and removed, not changed.")
    elif kind == "add":
        _add(group, listed(value))
    elif kind == "replace":
        _set(group, listed(value))
    elif value in (None, "", []):
        _set(group, [])
    else:
        _remove(group, _keys(listed(value)))


def _asked_for(node: filters.Node) -> list[dict]:
    """members[value eq "5" or value eq "7"]"""
    match node:
        case filters.Compare(path, "eq", value) if path.lower() == "value":
            return [{"value": value}]
        case filters.Some(parts):
            return [entry for part in parts for entry in _asked_for(part)]
        case filters.Every(parts):
            named = [part for part in parts if not (isinstance(part, filters.Compare) and part.path.lower() == "type")]
            if len(named) == 1:
                return _asked_for(named[0])
    raise invalid_path('Members are named by their ids: members[value eq "5"].')


def _name(value: Any) -> str:
    name = values.text(value, "displayName", longest=120)
    if not name:
        raise invalid_value("displayName is needed.")
    return name


def _rename(group: Group, value: Any) -> None:
    group.name, before = _name(value), group.name
    if group.name != before:
        _refuse_taken(group)
        group.save(update_fields=["name"])


def _note(group: Group, value: Any) -> None:
    """What the directory calls the group."""
    number = values.text(value, "externalId", longest=255)
    if not number:
        GroupRecord.objects.filter(group=group).delete()
    elif GroupRecord.objects.filter(external_id=number).exclude(group=group).exists():
        raise taken(f"There is already a group with the externalId {number!r}.")
    else:
        GroupRecord.objects.update_or_create(group=group, defaults={"external_id": number})


def _refuse_taken(group: Group) -> None:
    others = Group.objects.exclude(pk=group.pk)
    if others.filter(Exact(Lower(F("name")), Lower(Value(group.name)))).exists():
        raise taken(f"There is already a group with the displayName {group.name!r}.")


def _locked(key: str) -> Group:
    group = Group.objects.select_for_update(of=("self",), no_key=True).filter(pk=read_key(key) or 0).first()
    if not group:
        raise not_found("group", key)
    return group


def _keys(members: Iterable[dict], *, strict: bool = False) -> set[int]:
    """Whoever was erased is passed over: the directory cannot know. An id that never was is refused."""
    texts = [_key(member) for member in members]
    found, unknown = people.keys_of(texts)
    if strict and unknown:
        raise invalid_value(f"There is no user with these ids: {', '.join(unknown[:5])}.")
    return found


def _key(member: dict) -> str:
    key = values.text(member.get("value"), "members.value", longest=100)
    if str(member.get("type", "")).lower() == "group" or read_key(key):
        raise invalid_value("Groups in groups are not kept: send the people.")
    return key


def _add(group: Group, members: list[dict]) -> None:
    if members:
        expect_many_rows()
        bulk.add_to_group(Person.objects.filter(pk__in=_keys(members, strict=True)), group=group)


def _set(group: Group, members: list[dict]) -> None:
    """Who stays keeps the membership, and with it the word that they represent the group. Whom the directory cannot
    see stays as well."""
    wanted = _keys(members, strict=True)
    present = set(group.memberships.filter(person__in=people.known()).values_list("person", flat=True))
    _remove(group, present - wanted)
    if new := wanted - present:
        expect_many_rows()
        bulk.add_to_group(Person.objects.filter(pk__in=new), group=group)


def _remove(group: Group, keys: Iterable[int]) -> None:
    expect_many_rows()
    Membership.objects.filter(group=group, person__in=list(keys)).delete()


@transaction.atomic
def delete(key: str) -> None:
    """A group that something else points to (an upgrade, say) is emptied and stays: its story is told there."""
    group = _locked(key)
    expect_many_rows()
    group.memberships.all().delete()
    GroupRecord.objects.filter(group=group).delete()
    if not _is_used(group):
        group.delete()


def _is_used(group: Group) -> bool:
    """Asks every table that points to groups, also those of the apps above. The history points without a constraint."""
    links = [link for link in Group._meta.get_fields(include_hidden=True) if link.auto_created and not link.concrete]
    return any(
        link.related_model not in (Membership, GroupRecord)
        and getattr(link.field, "db_constraint", True)  # type: ignore[union-attr]
        and link.related_model._base_manager.filter(**{link.field.name: group}).exists()  # type: ignore[union-attr]
        for link in links
    )
