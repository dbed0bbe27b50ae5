"""Any two states of a notice side by side: revisions, what somebody saved in between, and how it stands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.happenings import LONGEST, names_of
from commsplan.lib import keys, time
from feedback.models import Survey
from notices.enums import NoticeKind
from notices.insight import comparison
from notices.insight.comparison import Change, Piece
from notices.models import Notice, Revision
from notices.pipeline import render
from notices.pipeline.audience import Audience
from stakeholders.enums import Channel
from stakeholders.models import Person
from upgrades.models import Milestone

NOW = "now"
PAUSE = timedelta(minutes=10)  # whoever saves again after that has made another version
SAVED_SHOWN = 30  # versions that were saved and never submitted
NAMED = 20  # people chosen one by one
COLUMNS = ["words", "audience", "channels", "title", "kind", "milestone", "survey", "asks_acknowledgement"]
COLUMNS += ["send_at", "expires_at", "author", "version"]


@dataclass(frozen=True)
class State:
    """What a notice said at some time. `settings`: what else was decided, in words; empty where nobody noted it."""

    words: Sequence[Mapping[str, Any]]
    audience: Mapping[str, Any]
    channels: Sequence[str]
    facts: Mapping[str, Any] | None = None  # None: nobody noted them
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    key: str  # "now", "r3" for a revision, "s812" for what was saved
    label: str


def choices(notice: Notice) -> list[Choice]:
    """Newest first: as it is, the revisions, then what was saved in between."""
    zone = notice.upgrade.time_zone
    revisions = notice.revisions.select_related("author").order_by("-number")
    return [
        Choice(NOW, "As it is now"),
        *(Choice(f"r{one.number}", _revision_label(notice, one, zone=zone)) for one in revisions),
        *_saved_choices(notice, zone=zone),
    ]


def state(notice: Notice, key: str) -> State | None:
    """None: there is no such state of this notice."""
    if key == NOW:
        return _now(notice)
    number = keys.number(key[1:])
    if key.startswith("r"):
        revision = notice.revisions.prefetch_related("variants").filter(number=number).first()
        return _revised(revision) if revision else None
    event = _events(notice).filter(pgh_id=number).values(*COLUMNS).first() if key.startswith("s") else None
    return _saved(event, zone=notice.upgrade.time_zone) if event else None


def compare(old: State, new: State, *, zone: str) -> list[tuple[str, list[Change]]]:
    """In sections; those without a change are left out."""
    facts = comparison.of_facts(dict(old.facts), dict(new.facts), zone=zone) if old.facts and new.facts else []
    sections = [
        ("Words", comparison.of_words(old.words, new.words)),
        ("Facts", facts),
        ("Who is told", _of_audience(old.audience, new.audience)),
        ("How", of_texts({"Channels": _channels(old.channels)}, {"Channels": _channels(new.channels)})),
        ("Settings", of_texts(old.settings, new.settings) if old.settings and new.settings else []),
    ]
    return [(title, changes) for title, changes in sections if changes]


def default(found: Sequence[Choice], notice: Notice) -> tuple[str, str]:
    """From what was approved, or said before, to how it is now."""
    approved = f"r{notice.approved_revision.number}" if notice.approved_revision else ""
    older = [choice.key for choice in found[1:]]
    return (approved if approved in older else next(iter(older), NOW)), NOW


def of_drafts(stored: Notice, typed: Notice) -> list[Change]:
    """What the one on the screen changes against the one that somebody else has saved."""
    sections = compare(_now(stored, with_facts=False), _now(typed, with_facts=False), zone=stored.upgrade.time_zone)
    return [change for _, changes in sections for change in changes]


def of_texts(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Short entries, by their labels."""
    labels = list(dict.fromkeys([*new, *old]))
    return [
        Change(label, _pieces(old.get(label, ""), new.get(label, "")))
        for label in labels
        if old.get(label, "") != new.get(label, "")
    ]


def _pieces(old: str, new: str) -> list[Piece]:
    return [Piece(how, text) for how, text in (("removed", old), ("added", new)) if text]


def _of_audience(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    rules = [Audience.from_json(rule) for rule in (old, new)]
    told = [{"Audience": rule.describe(), "Chosen one by one": _named(rule.people)} for rule in rules]
    return of_texts(*told)


def _named(people: Iterable[int]) -> str:
    found = list(Person.objects.filter(pk__in=list(people)).order_by("name", "pk").values_list("name", flat=True))
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more


def _channels(channels: Iterable[str]) -> str:
    return ", ".join(Channel(channel).label for channel in sorted(channels))


def _now(notice: Notice, *, with_facts: bool = True) -> State:
    settings = _settings({name: getattr(notice, name) for name in COLUMNS}, notice.upgrade.time_zone)
    facts = render.facts_of(notice) if with_facts else None
    return State(notice.words, notice.audience, notice.channels, facts, settings)


def _revised(revision: Revision) -> State:
    words = [
        {"language": one.language, "level": one.level, "subject": one.subject, "body": one.body}
        for one in sorted(revision.variants.all(), key=lambda variant: variant.pk)
    ]
    return State(words, revision.audience, revision.channels, revision.facts)


def _saved(event: Mapping[str, Any], *, zone: str) -> State:
    values = dict(event)
    values["milestone"] = Milestone.objects.filter(pk=event["milestone"]).first()
    values["survey"] = Survey.objects.filter(pk=event["survey"]).first()
    return State(event["words"], event["audience"], event["channels"], None, _settings(values, zone))


def _settings(values: Mapping[str, Any], zone: str) -> dict[str, str]:
    moments = {label: values[name] for label, name in (("Goes out", "send_at"), ("Too late after", "expires_at"))}
    return {
        "Title": values["title"],
        "Kind": NoticeKind(values["kind"]).label,
        "About": str(values["milestone"] or "The whole upgrade"),
        "Survey": str(values["survey"] or "None"),
        "Asks for an acknowledgement": "yes" if values["asks_acknowledgement"] else "no",
        **{label: time.full(moment, zone=zone) if moment else "No time" for label, moment in moments.items()},
    }


def _events(notice: Notice) -> Any:
    return Notice.pgh_event_model.objects.filter(pgh_obj=notice.pk)  # type: ignore[attr-defined]


def _saved_choices(notice: Notice, *, zone: str) -> list[Choice]:
    """The last one of each stretch in which the same person saved; the newest, which is how it is now, is left out."""
    names = ["pgh_id", "pgh_created_at", "author", "version"]
    events = list(_events(notice).order_by("-pgh_id").values(*names)[:LONGEST])
    kept: list[dict[str, Any]] = []
    last: dict[str, Any] | None = None
    for event in events:
        if event["version"] == notice.version or (last and event["version"] == last["version"]):
            continue
        if (
            last is None
            or last["author"] != event["author"]
            or last["pgh_created_at"] - event["pgh_created_at"] > PAUSE
        ):
            kept.append(event)
        last = event
    who = names_of(event["author"] for event in kept)
    return [
        Choice(
            f"s{event['pgh_id']}",
            f"Saved by {who.get(event['author'], 'somebody')}, {_moment(event['pgh_created_at'], zone)}",
        )
        for event in kept[:SAVED_SHOWN]
    ]


def _moment(value: datetime, zone: str) -> str:
    """Short enough for a list; the page names the zone."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{time.short_day(local.date())}, {local:%H:%M}"


def _revision_label(notice: Notice, revision: Revision, *, zone: str) -> str:
    approved = ", approved" if revision.pk == notice.approved_revision_id else ""
    return f"Revision {revision.number}{approved}, {revision.author}, {_moment(revision.created_at, zone)}"
