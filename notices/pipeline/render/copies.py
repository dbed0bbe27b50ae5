"""One copy of a letter: for a message, for a preview, for the public."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from html import escape
from typing import Any, Protocol
from urllib.parse import quote

from commsplan.lib import tokens
from notices import translations, variants
from notices.channels import verp
from notices.channels.base import Envelope
from notices.channels.mime import Own, wire_address
from notices.enums import PUT_RIGHT, NoticeKind
from notices.models import Message, Notice, Variant
from notices.pipeline.render import layouts, markdown
from notices.pipeline.render.desk import Desk, lay_out
from notices.pipeline.render.known import Known
from notices.pipeline.render.letter import LIST, PERSON, PUBLIC, LaidOut, Letter
from notices.pipeline.render.release import facts_of, release_of
from notices.pipeline.render.rows import Row, for_card
from notices.pipeline.render.words import CannotRender
from stakeholders.enums import ReaderLevel
from stakeholders.insiders import is_outside
from stakeholders.models import Person
from upgrades.facts import Facts, for_outsiders

TOLD = "told"  # in Notice.release the rows by key, in Message.values the key
LINKS = {  # slot → purpose of its token, path of its page
    "personal_link": ("message", "m"),
    "preferences_link": ("preferences", "preferences"),
    "unsubscribe_link": ("unsubscribe", "unsubscribe"),
    "survey_link": ("survey", "answer"),
    "rsvp_link": ("rsvp", "rsvp"),
}


class Claimed(Protocol):
    """As much of a message as rendering needs: a Message, or a row of the outbox."""

    @property
    def pk(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def notice(self) -> Notice: ...
    @property
    def variant(self) -> Variant | None: ...


@dataclass(frozen=True)
class Draft:
    """Words that are no variant yet."""

    language: str
    subject: str
    body: str
    level: str = ReaderLevel.PLAIN
    layout: str = layouts.NEWEST


def of_message(message: Claimed) -> Envelope:
    """Needs `variant__revision` and `notice`; many messages may share them. Raises CannotRender."""
    letter = letter_of(message)
    return envelope(message.notice, letter, lay_out(letter), **own_of(message))


def letter_of(message: Claimed) -> Letter:
    """What this message has in common with others. Raises CannotRender."""
    variant, notice, values = message.variant, message.notice, message.values
    if variant is None:
        raise CannotRender("This message has no words.")
    told = notice.release.get(TOLD, {}).get(values.get(TOLD), ())
    return _letter(notice, variant, facts=variant.revision.facts, release=notice.release, values=values, told=told)


def own_of(message: Claimed) -> dict[str, Any]:
    """What `Sheet.own` wants to know of a message."""
    values = message.values

    def token(purpose: str) -> str:
        return tokens.make(purpose, values["invitation"] if purpose == "survey" else message.pk)

    person = values.get("thread") or message.person_id  # who was merged since keeps the thread of their mail
    return {"key": message.pk, "person": person, "to": message.address, "values": values, "token": token}


def read_facts(message: Message) -> Facts:
    """The facts of a message as its reader may know them: of one milestone at most, and without internal names for
    outsiders. Needs `variant__revision` and `notice`."""
    if message.variant is None:
        return {}
    facts, notice, values = message.variant.revision.facts, message.notice, message.values
    if notice.kind in PUT_RIGHT:
        facts = for_card(facts, notice.release.get(TOLD, {}).get(values.get(TOLD), ()))
    return for_outsiders(facts) if _is_outside(values) else facts


def sample_reader(notice: Notice) -> Person:
    """For a notice that reaches nobody yet."""
    return Person(
        pk=0,
        name="Sample Reader",
        email="reader@example.org",
        time_zone=notice.upgrade.time_zone,
        language=notice.words[0]["language"] if notice.words else "en",
        reader_level=ReaderLevel.PLAIN,
    )


def preview(
    notice: Notice,
    *,
    person: Person,
    words: Sequence[Mapping] | None = None,
    told: Sequence[Row] = (),
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> Envelope:
    """What this person would get if it went out now; its personal links lead nowhere. `told`: what it puts right for
    them; `facts`: those of another day. Raises CannotRender."""
    texts = [Draft(**translations.plain(one)) for one in (notice.words if words is None else words)]
    chosen = _best(texts, language=person.language, level=person.reader_level)
    values = {
        "name": person.name,
        "zone": person.time_zone,
        "invite": person.wants_invitations,
        "is_list": person.is_list,
        "invitation": 0 if notice.survey_id else None,
        "language": person.language,
        "level": person.reader_level,
        "outside": is_outside(person),
    }
    release = release_of(notice, now=now)
    known = facts_of(notice) if facts is None else facts
    letter = _letter(notice, chosen, facts=known, release=release, values=values, told=told)
    own: dict[str, Any] = {"key": 0, "person": person.pk, "to": person.email, "values": values}
    return envelope(notice, letter, lay_out(letter), **own, token=lambda purpose: "preview")


def public(notice: Notice, language: str) -> tuple[str, str, str]:
    """Subject, HTML and text of an approved notice for the status page. Where the words greet a reader by name, they
    greet everyone; where they print a personal link, they print the address of the status page."""
    if notice.approved_revision is None:
        raise CannotRender("This notice was never approved.")
    variants_of_it = sorted(notice.approved_revision.variants.all(), key=lambda one: one.pk)  # may be prefetched
    variant = _best(variants_of_it, language=language, level=ReaderLevel.PLAIN)
    release = notice.release or release_of(notice, now=notice.approved_revision.created_at)
    desk = Desk(
        _letter(notice, variant, facts=notice.approved_revision.facts, release=release, values={}, reader=PUBLIC)
    )
    return desk.subject, markdown.html(desk.tokens), markdown.text(desk.tokens)


def sample_values(notice: Notice, *, language: str = "en") -> dict[str, str]:
    """What each placeholder would print today, for the list beside the editor."""
    known = Known(facts_of(notice), language, layouts.load(layouts.NEWEST).labels(language))
    release = release_of(notice, now=notice.created_at)
    sample = layouts.load(layouts.NEWEST).labels(language)["changes"]["sample"]
    return known.values() | {
        "changes": sample,
        "name": "Cai Berg",
        "first_name": "Cai",
        "status_link": f"{release['base_url']}/status/{known.upgrade('slug')}/",
        "survey_link": f"{release['base_url']}/answer/…/",
        "rsvp_link": f"{release['base_url']}/rsvp/…/",
        "organisation": release["organisation"],
    }


def _best(texts, *, language: str, level: str):
    try:
        return variants.best(texts, language=language, level=level)
    except ValueError as error:
        raise CannotRender("This notice has no words.") from error


def _letter(
    notice: Notice,
    said: Draft | Variant,
    *,
    facts,
    release,
    values: Mapping[str, Any],
    reader: str = PERSON,
    told: Sequence[Row] = (),
) -> Letter:
    """Without a word about the reader, it is for outsiders."""
    is_list = bool(values.get("is_list"))
    language = "" if is_list else values.get("language", "")
    return Letter(
        layout=said.layout,
        language=said.language,
        kind=notice.kind,
        subject=said.subject,
        body=said.body,
        facts=json.dumps(for_outsiders(facts) if _is_outside(values) else facts),
        release=tuple((name, value) for name, value in release.items() if name != TOLD),
        zone=values.get("zone") or "",
        reader=LIST if is_list else reader,
        invite=bool(values.get("invite")) and not is_list,
        asks=notice.asks_acknowledgement,
        survey=notice.survey_id is not None and values.get("invitation") is not None,
        told=json.dumps(list(told)) if told else "",
        wanted=language if language != said.language else "",
        is_technical=values.get("level") == ReaderLevel.TECHNICAL,
    )


def reader_of(variant: Variant, values: Mapping[str, Any]) -> tuple:
    """What `_letter` takes from the values of a message, in short: equal readers of equal words get equal letters."""
    is_list, language = bool(values.get("is_list")), values.get("language", "")
    return (
        is_list,
        "" if is_list or language == variant.language else language,
        values.get("zone") or "",
        values.get("level") == ReaderLevel.TECHNICAL,
        _is_outside(values),
        bool(values.get("invite")),
        values.get("invitation") is not None,
        values.get(TOLD),
    )


def _is_outside(values: Mapping[str, Any]) -> bool:
    return bool(values.get("is_list")) or bool(values.get("outside", True))


@dataclass(frozen=True)
class Sheet:
    """What the copies of a letter share beside its words."""

    links: tuple[tuple[str, str, str], ...]  # slot, purpose of its token, address up to there
    header_link: str
    mailto: str  # up to the reader's address; empty where nobody may leave
    id_end: str
    thread_start: str
    thread_end: str
    bounce_domain: str
    is_for_list: bool
    asks_to_come: bool

    @classmethod
    def of(cls, notice: Notice, letter: Letter, laid_out: LaidOut) -> "Sheet":
        release = dict(letter.release)
        is_personal = letter.reader == PERSON
        may_leave = is_personal and NoticeKind(notice.kind).topic is not None
        header_link = "unsubscribe_link" if may_leave else "preferences_link" if is_personal else ""
        needed = {*laid_out.slots, header_link, *(["rsvp_link"] if laid_out.asks_to_come else [])}
        base = release["base_url"]
        return cls(
            links=tuple(
                (slot, purpose, f"{base}/{path}/") for slot, (purpose, path) in LINKS.items() if slot in needed
            ),
            header_link=header_link,
            mailto=_mailto(release["reply_to"], laid_out.unsubscribe_subject) if may_leave else "",
            id_end=f".{laid_out.date:%Y%m%d%H%M%S}@{release['host']}>",
            thread_start=f"<upgrade{notice.upgrade_id}.person",
            thread_end=f"@{release['host']}>",
            bounce_domain=release["bounce_domain"],
            is_for_list=letter.reader == LIST,
            asks_to_come=laid_out.asks_to_come,
        )

    def own(self, *, key: int, person: int, to: str, values: Mapping[str, Any], token: Callable[[str], str]) -> Own:
        """What one copy has of its own."""
        name = " ".join(values["name"].split())
        named = {"name": name, "first_name": name if self.is_for_list else name.partition(" ")[0]}
        filled = {slot: f"{start}{token(purpose)}/" for slot, purpose, start in self.links}
        return Own(
            address=to if to.isascii() else wire_address(to),
            name=values["name"],
            message_id=f"<m{key}.{verp.sign(key)}{self.id_end}",
            thread_id=f"{self.thread_start}{person}{self.thread_end}",
            values=filled | named,
            in_html={slot: escape(text) for slot, text in named.items()},
            unsubscribe_url=filled.get(self.header_link, ""),
            unsubscribe_mailto=self.mailto and self.mailto + quote(to),
            attendee=to,
            answer_url=filled["rsvp_link"] if self.asks_to_come else "",
        )

    def bounce_to(self, key: int) -> str:
        return verp.make(key, self.bounce_domain)


def envelope(notice: Notice, letter: Letter, laid_out: LaidOut, **own_values: Any) -> Envelope:
    sheet, release, key = Sheet.of(notice, letter, laid_out), dict(letter.release), own_values["key"]
    own = sheet.own(**own_values)
    return Envelope(
        key=key,
        address=own.address,
        name=own.name,
        language=letter.language,
        subject=laid_out.subject.fill(own.values),
        text=laid_out.text.fill(own.values),
        html=laid_out.html.fill({**own.values, **own.in_html}),
        sender=release["from"],
        reply_to=release["reply_to"],
        bounce_to=sheet.bounce_to(key),
        message_id=own.message_id,
        thread_id=own.thread_id,
        list_id=f"<{laid_out.slug}.{release['host']}>",
        date=laid_out.date,
        feedback_id=f"{notice.pk}:{notice.kind}:{notice.upgrade_id}:commsplan",
        unsubscribe_url=own.unsubscribe_url,
        unsubscribe_mailto=own.unsubscribe_mailto,
        one_click=bool(sheet.mailto),
        calendars=tuple(
            one.to(name=own.name, address=own.attendee, url=own.answer_url) for one in laid_out.invitations
        ),
    )


def _mailto(reply_to: str, subject: str) -> str:
    """To a human, saying who no longer wants what: their address comes behind it."""
    return f"mailto:{parseaddr(reply_to)[1]}?subject={quote(f'{subject}: ')}"
