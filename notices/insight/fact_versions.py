"""Every fact of a milestone or an upgrade over time: its values, who set each of them when and why, and which notices
told it. Read from what the triggers keep (pghistory)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q

from accounts.models import Account
from notices.models import Notice, Revision
from notices.pipeline import approve, render
from notices.pipeline.render import rows
from stakeholders.models import Site
from upgrades import fact_words, facts
from upgrades.enums import Status
from upgrades.materiality import RULES
from upgrades.models import Milestone, Service, Upgrade
from upgrades.rescheduling import CORRECTED

HIDDEN = {"uid", "sequence", "slug", "change_reason"}
LISTS = ("services", "sites")
Act = tuple[datetime, Any]  # when, and the context that its events share
BACK = (Status.TENTATIVE, Status.CANCELLED)


@dataclass(frozen=True)
class TellingOf:
    """A notice told it. `is_out`: this revision went out, or will."""

    notice: Notice
    number: int
    is_approved: bool


@dataclass
class Version:
    """`who` is empty for what happened without a person."""

    value: Any
    said: str
    at: datetime
    who: str
    act: Act
    why: str = ""
    told: list[TellingOf] = field(default_factory=list)


@dataclass(frozen=True)
class Fact:
    key: str
    label: str
    versions: Sequence[Version]  # the newest first

    @property
    def current(self) -> Version:
        return self.versions[0]

    @property
    def has_changed(self) -> bool:
        return len(self.versions) > 1


@dataclass(frozen=True)
class Moment:
    """Everything, as it was after a change."""

    at: datetime
    who: int | None
    act: Act
    values: Mapping[str, Any]


def of_milestone(milestone: Milestone) -> list[Fact]:
    events = _events(Milestone, milestone.pk)
    names = _names_of_lists(milestone)
    tables = {"services": ("MilestoneServicesEvent", "milestone"), "sites": ("MilestoneSitesEvent", "milestone")}
    lists = {name: _list_events(*table, milestone.pk) for name, table in tables.items()}
    subject = facts.subject(milestone)
    now = facts.of_milestone(milestone)
    moments = _moments(events, lists, names, of=[key.rpartition(".")[2] for key in now])
    inherited = [one.name for one in milestone.upgrade.services.all()]
    return _facts(subject, moments, milestone.upgrade, inherited=sorted(inherited))


def of_upgrade(upgrade: Upgrade) -> list[Fact]:
    lists = {"services": _list_events("UpgradeServicesEvent", "upgrade", upgrade.pk)}
    names = {"services": dict(Service.objects.values_list("pk", "name"))}
    moments = _moments(_events(Upgrade, upgrade.pk), lists, names, of=[*facts.OF_UPGRADE, "services"])
    return _facts("upgrade", moments, upgrade)


def _names_of_lists(milestone: Milestone) -> dict[str, dict[int, str]]:
    return {
        name: dict(model.objects.values_list("pk", "name")) for name, model in (("services", Service), ("sites", Site))
    }


def _events(model: Any, pk: int) -> list[Any]:
    rows = model.pgh_event_model.objects.filter(pgh_obj_id=pk).exclude(pgh_label="delete")
    return list(rows.select_related("pgh_context").order_by("pgh_id"))


def _list_events(name: str, side: str, pk: int) -> list[Any]:
    model = apps.get_model("upgrades", name)
    return list(model.objects.filter(Q(**{f"{side}_id": pk})).select_related("pgh_context").order_by("pgh_id"))


def _moments(
    events: Sequence[Any],
    lists: Mapping[str, Sequence[Any]],
    names: Mapping[str, Mapping[int, str]],
    *,
    of: Sequence[str],
) -> list[Moment]:
    """One for each change, the oldest first, with all values after it. What is chosen from a list changes beside the
    row, in the same act."""
    plain = [name for name in of if name not in LISTS]
    acts: dict[Act, list[tuple[str, Any]]] = defaultdict(list)
    for name, rows_of_list in lists.items():
        for event in rows_of_list:
            acts[_act(event)].append((name, event))
    last_of_act = {_act(event): event.pgh_id for event in events}
    steps = [(event, acts[_act(event)] if last_of_act[_act(event)] == event.pgh_id else []) for event in events]
    alone = [(None, act) for key, act in acts.items() if key not in last_of_act]
    ordered = sorted([*steps, *alone], key=lambda step: (step[0] or step[1][0][1]).pgh_created_at)
    chosen: dict[str, set[int]] = {name: set() for name in lists}
    values: dict[str, Any] = {}
    moments = []
    for event, others in ordered:
        values = values | ({name: _plain(getattr(event, name)) for name in plain} if event else {})
        for name, other in others:
            key = getattr(other, f"{name.removesuffix('s')}_id")
            (chosen[name].discard if other.pgh_label == "delete" else chosen[name].add)(key)
        listed = {name: sorted(names[name].get(key, "?") for key in keys) for name, keys in chosen.items()}
        values = values | listed
        of_act = event or others[0][1]
        moments.append(Moment(of_act.pgh_created_at, _who(of_act), _act(of_act), values))
    return moments


def _act(event: Any) -> Act:
    return event.pgh_created_at, event.pgh_context_id


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _who(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _facts(subject: str, moments: Sequence[Moment], upgrade: Upgrade, *, inherited: Sequence[str] = ()) -> list[Fact]:
    people = Account.objects.in_bulk({moment.who for moment in moments if moment.who})
    versions: dict[str, list[Version]] = defaultdict(list)
    before: Mapping[str, Any] = {}
    latest: list[Version] = []
    for moment in moments:
        after = _with_inherited(moment.values, inherited)
        changed = [name for name in after if name not in HIDDEN and (name not in before or before[name] != after[name])]
        if changed:
            latest = [_version(f"{subject}.{name}", after, before, moment, people, upgrade) for name in changed]
            for name, version in zip(changed, latest, strict=True):
                _add(versions[f"{subject}.{name}"], version)
        elif (why := after.get("change_reason", "")) != before.get("change_reason", ""):
            _explain(latest, why)
        before = after
    _tell(versions, upgrade)
    found = [Fact(key, fact_words.label(key), all_of[::-1]) for key, all_of in versions.items()]
    shown = [fact for fact in found if fact.has_changed or fact.current.said]
    return sorted(shown, key=lambda fact: (fact_words.place(fact.key), fact.key))


def _add(versions: list[Version], version: Version) -> None:
    """A choice from a list is made in several steps: only what comes of the act counts."""
    if versions and isinstance(version.value, list) and versions[-1].act == version.act:
        versions.pop()
    versions.append(version)


def _with_inherited(values: Mapping[str, Any], inherited: Sequence[str]) -> dict[str, Any]:
    """A milestone without services of its own is about those of its upgrade."""
    own = values.get("services")
    return {**values, "services": own or list(inherited)} if inherited else dict(values)


def _version(key: str, after, before, moment: Moment, people: Mapping[int, Account], upgrade: Upgrade) -> Version:
    name = fact_words.name_of(key)
    said = fact_words.in_words(key, after[name], zone=upgrade.time_zone)
    who = str(people.get(moment.who or 0) or "")
    return Version(after[name], said, moment.at, who, moment.act, _why(name, after, before))


def _why(name: str, after: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """A reason that stood there before was that of an older change, unless this one would have cleared it."""
    why = after.get("change_reason", "")
    would_clear = name in CORRECTED or (name == "status" and after.get("status") in BACK)
    return why if before and (would_clear or why != before.get("change_reason", "")) else ""


def _explain(latest: Iterable[Version], why: str) -> None:
    """A reason that was given afterwards."""
    for version in latest:
        version.why = why


def _tell(versions: Mapping[str, Sequence[Version]], upgrade: Upgrade) -> None:
    """Beside each value, which revisions told it."""
    found = Revision.objects.filter(notice__upgrade=upgrade).select_related("notice").prefetch_related("variants")
    for revision in found.order_by("notice_id", "number"):
        for key, value in _told_by(revision):
            if (version := _that_of(versions.get(key, ()), value, revision.created_at)) is not None:
                is_approved = revision.notice.approved_revision_id == revision.pk
                _note(version, TellingOf(revision.notice, revision.number, is_approved))


def _note(version: Version, telling: TellingOf) -> None:
    """Each notice once: as somebody stands behind it, else as it was said last."""
    before = next((one for one in version.told if one.notice == telling.notice), None)
    if before is None:
        version.told.append(telling)
    elif not before.is_approved:
        version.told[version.told.index(before)] = telling


def _told_by(revision: Revision) -> Iterable[tuple[str, Any]]:
    notice = revision.notice
    words = [{"subject": one.subject, "body": one.body} for one in revision.variants.all()]
    notice.words = [*words]  # those of the revision: its notice may say something else by now
    put_right: list[list[rows.Row]] = list(notice.release.get("told", {}).values()) or [[]]
    for told in put_right:
        yield from render.asserted_facts(notice, revision.facts, words, told).items()
    if len(rows.milestones({"fact": key} for key in revision.facts)) < 2:
        others = (key for key in revision.facts if key.rpartition(".")[2] not in RULES.keys() | HIDDEN)
        yield from ((key, revision.facts[key]) for key in others if approve.asserts(notice, key))


def _that_of(versions: Sequence[Version], value: Any, at: datetime) -> Version | None:
    """What is moved and moved back has the same value twice: the last one that was there by then."""
    same = [version for version in versions if version.value == value]
    return next((version for version in reversed(same) if version.at <= at), same[0] if same else None)
