"""What the notices say, and who reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Q, Value, prefetch_related_objects

from notices import glossary
from notices.audiences.crowds import NOBODY, Crowd, Crowds, size
from notices.enums import NoticeKind, NoticeState
from notices.lint.line import Line
from notices.lint.said.judging import JUDGES, Spot
from notices.lint.said.text import MANAGERS, TECHNICAL, USERS, Readers, Setting, Stated, Text, stated_in
from notices.models import Notice
from notices.pipeline.render.prose import Facing
from stakeholders.enums import Category, ReaderLevel
from stakeholders.models import Group, Person, Site
from upgrades.facts import Facts, of_milestone, of_upgrade
from upgrades.models import Milestone, Service, Stakeholder, Upgrade

EXPLAINS = (NoticeKind.SAVE_THE_DATE, NoticeKind.ANNOUNCEMENT, NoticeKind.ACTION)  # to those who hear of it first
GONE = [NoticeState.CANCELLED, NoticeState.MISSED]
AIMS = {Category.MANAGEMENT: MANAGERS, Category.IT: TECHNICAL}


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Loaded by `load`. `lines` are those whose words can still be changed. Rendered when a rule first asks."""

    setting: Setting
    lines: tuple[Line, ...] = ()
    stated: tuple[Stated, ...] = ()
    readers: Mapping[int, Readers] = field(default_factory=dict)  # by notice
    facts: Mapping[int | None, Facts] = field(default_factory=dict)  # by milestone
    known: dict[int, list[Text]] = field(default_factory=dict)
    facings: dict[tuple[int | None, str], Facing] = field(default_factory=dict)
    found: dict[tuple, list[Spot]] = field(default_factory=dict)

    def of(self, notice: Notice) -> list[Text]:
        if notice.pk not in self.known:
            facings = {one["language"]: self._facing(notice.milestone_id, one["language"]) for one in notice.words}
            self.known[notice.pk] = Text.all(notice, self.readers[notice.pk], self.setting, facings)
        return self.known[notice.pk]

    def spots(self, key: str, line: Line) -> list[tuple[Text, Spot]]:
        """What the judge of a rule finds in all versions of a line. Equal texts for equal readers are judged once."""
        return (
            [(text, spot) for text in self.of(line.notice) for spot in self._judged(key, text)] if line.notice else []
        )

    def _judged(self, key: str, text: Text) -> list[Spot]:
        said = (text.source_subject, text.source_body, text.language, text.level, text.kind, text.notice.milestone_id)
        same = (
            key,
            *said,
            text.readers.target,
            text.is_technical,
            text.readers.hear_first,
            bool(text.notice.survey_id),
        )
        if same not in self.found:
            self.found[same] = list(JUDGES[key].judge(text))
        return self.found[same]

    def _facing(self, milestone: int | None, language: str) -> Facing:
        if (milestone, language) not in self.facings:
            self.facings[milestone, language] = Facing.of(
                self.facts[milestone],
                language=language,
                organisation=self.setting.organisation,
                base_url=self.setting.base_url,
            )
        return self.facings[milestone, language]


def load(
    upgrade: Upgrade,
    milestones: Sequence[Milestone],
    lines: Sequence[Line],
    stakeholders: Sequence[Stakeholder],
    crowds: Crowds,
    *,
    now: datetime,
) -> Texts:
    open_lines = tuple(line for line in lines if line.notice and line.is_alive and not line.is_out)
    prefetch_related_objects([upgrade], "services")
    setting = setting_of(upgrade, milestones, now=now)
    told = {line.notice.milestone_id for line in open_lines if line.notice}
    rows: list[Upgrade | Milestone] = [upgrade, *(one for one in milestones if one.pk in told)] if told else []
    return Texts(
        setting=setting,
        lines=open_lines,
        stated=tuple(stated_in(setting, row) for row in rows),
        readers=_readers(open_lines, lines, crowds),
        facts=facts_by_milestone(upgrade, milestones),
    )


def is_first(notice: Notice) -> bool:
    """Whether it is the first that explains the upgrade, as far as one can tell without audiences."""
    others = Notice.objects.filter(upgrade=notice.upgrade_id, kind__in=EXPLAINS).exclude(pk=notice.pk)
    earlier = Q(released_at__isnull=False) | Q(send_at__lt=notice.send_at) if notice.send_at else Q()
    return notice.kind in EXPLAINS and not others.exclude(state__in=GONE).filter(earlier).exists()


def of_draft(notice: Notice, *, now: datetime, hear_first: bool = False) -> list[Text]:
    """The texts of one notice as it is on the screen. Its milestones and their services are read here."""
    upgrade = notice.upgrade
    milestones = list(upgrade.milestones.prefetch_related("services", "sites").order_by("start", "pk"))
    for one in milestones:
        one.upgrade = upgrade
    categories = _categories([notice])
    readers = Readers(target=_aim(notice, categories), hear_first=hear_first)
    texts = Texts(
        setting=setting_of(upgrade, milestones, now=now),
        readers={notice.pk: readers},
        facts=facts_by_milestone(upgrade, milestones),
    )
    return texts.of(notice)


def setting_of(upgrade: Upgrade, milestones: Iterable[Milestone], *, now: datetime) -> Setting:
    services, others = _names()
    own = [upgrade.name, upgrade.contact_name, settings.ORGANISATION, *(one.name for one in milestones)]
    return Setting(
        now=now,
        upgrade=upgrade,
        base_url=settings.BASE_URL,
        organisation=settings.ORGANISATION,
        entries=glossary.entries(),
        names=frozenset([*own, *services, *others]),
        services=services,
        milestones=tuple(milestones),
    )


def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Of services, and of groups and sites. One query."""
    services, groups, sites = (
        model._default_manager.order_by().annotate(is_service=Value(model is Service)).values_list("is_service", "name")
        for model in (Service, Group, Site)
    )
    rows = list(services.union(groups, sites, all=True))
    return frozenset(name for is_one, name in rows if is_one), frozenset(name for is_one, name in rows if not is_one)


def facts_by_milestone(upgrade: Upgrade, milestones: Iterable[Milestone]) -> dict[int | None, Facts]:
    whole = of_upgrade(upgrade)
    return {None: whole} | {one.pk: whole | of_milestone(one) for one in milestones}


def _readers(open_lines: Sequence[Line], lines: Sequence[Line], crowds: Crowds) -> dict[int, Readers]:
    notices = [line.notice for line in open_lines if line.notice]
    categories = _categories(notices)
    spoken = [{one["language"] for one in notice.words} for notice in notices]
    foreign, technical = _crowds(frozenset.intersection(*map(frozenset, spoken)) if spoken else frozenset(), crowds)
    first = _hear_first(lines, crowds)
    found = {}
    for line in open_lines:
        if line.notice:
            crowd = crowds.of(line.asked)
            languages = {one["language"] for one in line.notice.words}
            missing = {name: size(crowd & those) for name, those in foreign.items() if name not in languages}
            found[line.notice.pk] = Readers(
                target=_aim(line.notice, categories),
                is_technical=bool(crowd) and not crowd & ~technical,
                missing={name: number for name, number in sorted(missing.items()) if number},
                hear_first=line.notice.pk in first,
            )
    return found


def _crowds(spoken: frozenset[str], crowds: Crowds) -> tuple[dict[str, Crowd], Crowd]:
    """People by language, where some notice does not speak it; and those who are technical. One query."""
    people = Person.objects.filter(archived_at=None)
    rows = people.exclude(language__in=spoken) | people.filter(reader_level=ReaderLevel.TECHNICAL)
    by_language: dict[str, list[int]] = {}
    technical = []
    for pk, language, level in rows.order_by().values_list("pk", "language", "reader_level"):
        by_language.setdefault(language, []).append(pk)
        if level == ReaderLevel.TECHNICAL:
            technical.append(pk)
    return {name: crowds.mark(those) for name, those in by_language.items()}, crowds.mark(technical)


def _hear_first(lines: Iterable[Line], crowds: Crowds) -> set[int]:
    """Notices that are the first word about the upgrade for somebody."""
    heard, found = NOBODY, set()
    for line in lines:
        if line.kind in EXPLAINS and line.notice and line.is_alive and line.is_push:
            crowd = crowds.of(line.asked)
            if crowd & ~heard:
                found.add(line.notice.pk)
            heard |= crowd
    return found


def _categories(notices: Iterable[Notice]) -> dict[int, str]:
    named = {pk for notice in notices for pk in notice.audience.get("groups", ())}
    return dict(Group.objects.filter(pk__in=named).values_list("pk", "category")) if named else {}


def _aim(notice: Notice, categories: Mapping[int, str]) -> int:
    """The lowest of those it is for: what everybody affected reads is written for end users."""
    rule = notice.audience
    if any(rule.get(name) for name in ("affected", "people", "quadrants")):
        return MANAGERS if notice.kind == NoticeKind.EXECUTIVE else USERS
    named = {*rule.get("categories", ()), *(categories.get(pk, "") for pk in rule.get("groups", ()))}
    return min((AIMS.get(Category(name), USERS) if name else USERS for name in named), default=USERS)
