"""One message as its reader sees it later: what holds now, what to do, what this person was told."""

from dataclasses import dataclass
from datetime import datetime

from commsplan.lib import time, tokens
from feedback.enums import Progress
from feedback.models import Invitation
from notices.enums import MessageState, ReceiptKind
from notices.models import Message
from notices.pipeline import ledger, render
from notices.pipeline.ledger import Plan
from notices.pipeline.render import single
from portal import dates, windows, words
from portal.windows import Window
from upgrades import facts
from upgrades.facts import Facts
from upgrades.models import Upgrade

MOST_TOLD = 20


@dataclass(frozen=True)
class Told:
    subject: str
    at: str
    token: str
    is_this: bool


@dataclass(frozen=True)
class Change:
    """`about`: the milestone; `told` and `now` in words."""

    about: str
    label: str
    told: str
    now: str
    on: str


@dataclass(frozen=True)
class MyPage:
    subject: str
    text: str
    upgrade: Upgrade
    window: Window | None
    changed_from: str  # what this message said, where something else holds now
    changes: list[Change]  # of all that this person was told, what holds no longer
    told: list[Told]
    asks: bool
    acknowledged_at: str
    survey_token: str
    preferences_token: str
    zone: str


def page_for(message: Message, *, language: str, now: datetime) -> MyPage:
    zone = message.person.time_zone
    facts = render.read_facts(message)
    told = windows.of_told(facts, reader_zone=zone, language=language, now=now)
    current = _current(_milestone_in(facts), zone=zone, language=language, now=now)
    envelope = render.of_message(message)
    return MyPage(
        subject=envelope.subject,
        text=envelope.text,
        upgrade=message.notice.upgrade,
        window=current or told,
        changed_from=_changed(told, current),
        changes=_changes(message, language=language, now=now),
        told=_told(message, zone=zone, language=language),
        asks=message.notice.asks_acknowledgement,
        acknowledged_at=_acknowledged(message, zone=zone, language=language),
        survey_token=_survey(message, now=now),
        preferences_token=tokens.make("preferences", message.pk),
        zone=zone,
    )


def _milestone_in(facts: Facts) -> int | None:
    """A correction is about the milestone that it puts right, whatever its notice is about."""
    keys = (int(key.partition(".")[0].removeprefix("milestone:")) for key in facts if key.startswith("milestone:"))
    return next(keys, None)


def _current(milestone: int | None, *, zone: str, language: str, now: datetime) -> Window | None:
    """What is planned now, if the public may know it; otherwise the page stays with what was told."""
    milestones = dates.public().select_related("upgrade")
    found = milestones.prefetch_related("services", "sites", "upgrade__services").filter(pk=milestone)
    row = found.first()
    return windows.of_milestone(row, reader_zone=zone, language=language, now=now) if row else None


def _changed(told: Window | None, current: Window | None) -> str:
    if told is None or current is None or current.state == words.CANCELLED:
        return ""
    same = (told.when.start, told.when.end) == (current.when.start, current.when.end)
    return "" if same else told.when.said


def _changes(message: Message, *, language: str, now: datetime) -> list[Change]:
    """By the ledger. Only of what the public may know: nothing tentative or internal shows before its time. A list has
    no page of one person."""
    upgrade, person = message.notice.upgrade, message.person.merged_into or message.person
    if person.is_list or not upgrade.is_published:
        return []
    plan = Plan.of(upgrade, now=now)
    group = ledger.of_person(person, [upgrade.pk], at=now)
    wrong = [one for each in ledger.wrong_in([group], plan) for one in each.wrong]
    shown = {facts.subject(one): one.name for one in dates.public().filter(upgrade=upgrade)} if wrong else {}
    return [_change(one, plan, shown[one.subject], language=language) for one in wrong if one.subject in shown]


def _change(one: ledger.Wrong, plan: Plan, about: str, *, language: str) -> Change:
    return Change(
        about=about,
        label=single.label(one.fact, language=language),
        told=single.in_words(one.fact, one.belief.value, plan.facts, language=language),
        now=single.in_words(one.fact, one.now, plan.facts, language=language),
        on=time.day(one.belief.on, language=language),
    )


def _told(message: Message, *, zone: str, language: str) -> list[Told]:
    """Newest first: what got out to this person about this upgrade."""
    sent = (
        Message.objects.to(message.person)
        .filter(notice__upgrade=message.notice.upgrade, state=MessageState.SENT)
        .select_related("notice", "variant__revision", "person")
        .order_by("-sent_at", "-pk")[:MOST_TOLD]
    )
    return [
        Told(
            subject=_subject(one),
            at=time.full(one.sent_at, zone=zone, language=language),
            token=tokens.make("message", one.pk),
            is_this=one.pk == message.pk,
        )
        for one in sent
        if one.sent_at
    ]


def _subject(message: Message) -> str:
    try:
        return render.of_message(message).subject
    except render.CannotRender:
        return message.notice.title


def _acknowledged(message: Message, *, zone: str, language: str) -> str:
    receipt = message.receipts.filter(kind=ReceiptKind.ACKNOWLEDGED).order_by("at").first()
    return time.full(receipt.at, zone=zone, language=language) if receipt else ""


def _survey(message: Message, *, now: datetime) -> str:
    """The link to the survey, while there is something to answer."""
    number = message.values.get("invitation")
    invitations = Invitation.objects.select_related("survey").filter(person=message.person, progress=Progress.INVITED)
    found = invitations.filter(pk=number).first() if number else None
    return tokens.make("survey", found.pk) if found and found.survey.takes_answers(now=now) else ""
