"""Everything we know about one person, as they may ask for it: plain data, in our own words, nothing about others."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from notices.models import Message
from notices.register import portrait
from stakeholders.models import Absence, Address, Membership, OptOut, Person, Relation

HIDDEN = {"search_vector", "id", "merged_into", "erased_at", "account", "site"}


def of(person: Person, *, now: datetime) -> dict[str, Any]:
    """With what came from those who were merged into this one. Never an anonymous answer: nothing leads there."""
    everybody = Person.objects.filter(pk__in=[person.pk, *person.merged_from.values_list("pk", flat=True)])
    keys = list(everybody.values_list("pk", flat=True))
    return {
        "made_at": now,
        "person": _record(person),
        "merged_with": [_record(one) for one in everybody.exclude(pk=person.pk).order_by("pk")],
        "account": {"name": person.account.name, "email": person.account.email} if person.account else None,
        "site": person.site.name if person.site else None,
        "groups": _rows(Membership.objects.filter(person__in=keys), "group__name", "is_representative"),
        "topics_declined": _rows(OptOut.objects.filter(person__in=keys), "topic", "at"),
        "addresses": _rows(Address.objects.filter(person__in=keys), "channel", "address", "state"),
        "absences": _rows(Absence.objects.filter(person__in=keys), "start_on", "end_on", "note"),
        "relations": _rows(Relation.objects.filter(person__in=keys), "tie", "to_person__name", "to_group__name"),
        "upgrades": _stakes(person),
        "messages": _messages(keys),
        "engagements": _rows(
            person.participations.all(),
            *("engagement__title", "engagement__start", "is_invited", "rsvp", "rsvp_at", "remark", "attended"),
        ),
        "told_in_conversations": [
            {"engagement": one.telling.engagement.title, "at": one.telling.at, "facts": dict(one.facts)}
            for one in portrait.told_in_person(person)
        ],
        "survey_invitations": _rows(
            person.invitations.all(), *("survey__title", "progress", "response__answers", "response__language")
        ),
        "concerns": _rows(
            person.concerns.all(), *("upgrade__name", "kind", "text", "state", "answer", "created_at", "answered_at")
        ),
        "nominations_made": _rows(
            person.nominations.all(), *("upgrade__name", "name", "email", "why", "verdict", "created_at")
        ),
        "nominations_of_them": _rows(
            person.nominated.all(), *("upgrade__name", "name", "email", "why", "verdict", "created_at")
        ),
        "follow_ups": _rows(person.follow_ups.all(), "engagement__title", "kind", "text", "due_on", "done_at"),
        "history": _history(keys),
    }


def _record(person: Person) -> dict[str, Any]:
    return {field.name: getattr(person, field.name) for field in Person._meta.local_fields if field.name not in HIDDEN}


def _rows(rows: QuerySet, *names: str) -> list[dict[str, Any]]:
    found: Iterable[dict] = rows.order_by("pk").values(*names)
    return [{name.replace("__", " ").strip(): value for name, value in row.items()} for row in found]


def _stakes(person: Person) -> list[dict[str, Any]]:
    found = person.stakes.select_related("upgrade").prefetch_related("assessments").order_by("pk")
    return [
        {
            "upgrade": stake.upgrade.name,
            "impact": stake.get_impact_on_them_display(),
            "wanted_attitude": stake.get_wanted_attitude_display(),
            "note": stake.note,
            "assessments": [
                {"at": one.at, "influence": one.influence, "interest": one.interest, "attitude": one.attitude}
                for one in stake.assessments.all()
            ],
        }
        for stake in found
    ]


def _messages(keys: list[int]) -> list[dict[str, Any]]:
    found = Message.objects.filter(person__in=keys).prefetch_related("receipts").order_by("pk")
    return [
        {
            "upgrade": one.notice.upgrade.name,
            "notice": one.notice.title,
            "channel": one.channel,
            "address": one.address,
            "state": one.state,
            "reason": one.reason,
            "written_at": one.created_at,
            "sent_at": one.sent_at,
            "answer": one.answer,
            "fingerprint": bytes(one.sha256).hex() if one.sha256 else "",
            "values": one.values,
            "receipts": [{"kind": each.kind, "at": each.at, "detail": each.detail} for each in one.receipts.all()],
        }
        for one in found.select_related("notice__upgrade")
    ]


def _history(keys: list[int]) -> list[dict[str, Any]]:
    events = Person.pgh_event_model.objects.filter(pgh_obj__in=keys).order_by("pgh_id")  # type: ignore[attr-defined]
    names = [field.name for field in Person._meta.local_fields if field.name not in HIDDEN]
    return [{"at": row.pop("pgh_created_at"), **row} for row in events.values("pgh_created_at", *names)]
