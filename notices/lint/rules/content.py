"""What each kind of notice has to say, and whether it says it."""

from collections.abc import Iterator

from django.urls import reverse

from notices import translations, wording
from notices.enums import NoticeKind, Severity
from notices.lint.findings import Fix, Found, Place, rule
from notices.lint.phrases import counted, listed, people
from notices.lint.said import moments
from notices.lint.said.judging import LANGUAGES, Edit, Spot, added, judges
from notices.lint.said.text import Stated, Text
from upgrades.enums import Impact

SHORT = 60  # characters of a subject that a phone shows
LONG_NAME = 30  # of an upgrade: a date and a word or two have to fit beside it
LACKS = {
    "what": "what it is about",
    "when": "when it is",
    "impact": "what people will notice",
    "action": "what people must do",
    "action_deadline": "until when people must have done it",
    "contact": "whom people ask",
    "risk": "what happens if nothing changes",
}
REQUIRED: dict[str, tuple[str, ...]] = {
    NoticeKind.SAVE_THE_DATE: ("what", "when"),
    NoticeKind.ANNOUNCEMENT: ("what", "when", "impact", "action_deadline", "contact"),
    NoticeKind.ACTION: ("what", "when", "action", "action_deadline", "contact"),
    NoticeKind.BRIEFING: ("what", "when", "impact", "contact"),
    NoticeKind.EXECUTIVE: ("what", "when", "risk"),
    NoticeKind.REMINDER: ("when", "impact", "contact"),
    NoticeKind.FINAL: ("when", "impact"),
    NoticeKind.STARTED: ("what", "when"),
    NoticeKind.PROGRESS: ("what", "when"),
    NoticeKind.COMPLETED: ("what", "contact"),
    NoticeKind.POSTPONED: ("what", "when"),
    NoticeKind.CANCELLED: ("what", "contact"),
    NoticeKind.ROLLED_BACK: ("what", "contact"),
    NoticeKind.OUTAGE: ("what",),
}  # what the layout says by itself (status page, way to object) and what CNT002, CNT010 and CNT011 ask for is not here
SAID_BY: dict[str, tuple[str, ...]] = {
    "what": ("services", "upgrade", "milestone"),
    "when": ("window", "start", "day", "short_day", "end"),
    "impact": ("effect", "impact", "downtime"),
    "action": ("action",),
    "action_deadline": ("action_deadline",),
    "contact": ("contact_name", "contact_email", "contact_phone"),
    "risk": ("risk",),
}
ON_THE_CARD = {"what": "what", "when": "when", "impact": "impact", "contact": "contact"}
IN_WORDS = {"risk": "risk", "impact": "downside"}
OF_THE_MILESTONE = ("when", "impact", "action", "action_deadline")
ANNOUNCES = (NoticeKind.SAVE_THE_DATE, NoticeKind.ANNOUNCEMENT, NoticeKind.ACTION)
ASKS_NOTHING = (NoticeKind.ANNOUNCEMENT, NoticeKind.REMINDER, NoticeKind.FINAL, NoticeKind.POSTPONED, NoticeKind.OUTAGE)
DATED = (*ANNOUNCES, NoticeKind.REMINDER, NoticeKind.FINAL, NoticeKind.POSTPONED)
NOTHING = {
    "en": "**You need to do nothing.**",
    "de": "**Sie müssen nichts tun.**",
    "fr": "**Vous n’avez rien à faire.**",
}
REASONS = {
    "why": {"en": "Why we do this.", "de": "Warum wir das tun.", "fr": "Pourquoi."},
    "why_now": {"en": "Why now.", "de": "Warum jetzt.", "fr": "Pourquoi maintenant."},
    "risk": {
        "en": "What happens if nothing changes.",
        "de": "Was geschähe, wenn alles bliebe.",
        "fr": "Ce qui arriverait sans ce changement.",
    },
}
NAMES = {"why": "the reason", "why_now": "the reason for the date", "risk": "the risk of not changing"}
NOTICE = {"en": "What you will notice.", "de": "Was Sie bemerken werden.", "fr": "Ce que vous remarquerez."}


@judges("CNT001", Severity.ERROR, "Something that people need is not said", source="Cornell; Microsoft Entra")
def nothing_is_missing(text: Text) -> Iterator[Spot]:
    lacking = [name for name in REQUIRED.get(text.kind, ()) if _concerns(name, text) and not _says(name, text)]
    if not lacking:
        return
    said = listed([LACKS[name] for name in lacking], most=len(lacking))
    yield Spot(f"it does not say {said}.", label="Open what is missing", url=_where(lacking[0], text), facts=lacking)


def _concerns(name: str, text: Text) -> bool:
    """Nobody can miss a deadline of something that is not asked, nor the time of a notice about no window."""
    if name == "action_deadline":
        return bool(text.milestone and text.milestone.action)
    return text.milestone is not None or name not in OF_THE_MILESTONE or (name == "when" and text.kind in ANNOUNCES)


def _says(name: str, text: Text) -> bool:
    milestone = text.milestone
    if name == "action":
        return bool(milestone and milestone.action) or (text.has("asks") and not text.card & {"action"})
    if name == "action_deadline" and milestone:
        return milestone.action_deadline is not None or bool(moments.days(text.prose, text.language))
    if text.printed & {*SAID_BY[name]} or ON_THE_CARD.get(name) in text.card:
        return True
    if name == "what":
        return any(one in text.prose for one in text.setting.services)
    if name == "when":
        return bool(moments.days(text.prose, text.language))
    if name == "contact":
        return "@" in text.body.typed
    return name in IN_WORDS and text.has(IN_WORDS[name])


def _where(name: str, text: Text) -> str:
    """The page on which the fact is entered; where it is known, the words."""
    upgrade, milestone = text.setting.upgrade, text.milestone
    if name in OF_THE_MILESTONE and milestone:
        return reverse("milestone_edit", args=[upgrade.slug, milestone.pk])
    if name == "risk" and not upgrade.risk:
        return reverse("upgrade_edit", args=[upgrade.slug])
    return ""


@judges("CNT002", Severity.WARNING, "Nobody says that there is nothing to do", source="Microsoft Entra")
def nothing_to_do_is_said(text: Text) -> Iterator[Spot]:
    """Where the notice is about a milestone its facts card says it."""
    if text.kind not in ASKS_NOTHING or "action" in text.card or (text.milestone and text.milestone.action):
        return
    if text.notice.survey_id or text.has("nothing_to_do") or text.has("asks"):
        return
    yield added(
        text,
        NOTHING.get(text.language, NOTHING["en"]),
        label="Say that there is nothing to do",
        sentence="it asks for nothing, and does not say that there is nothing to do.",
        facts=text.version,
    )


def long_name(stated: Stated) -> Iterator[Spot]:
    name = stated.setting.upgrade.name
    if stated.milestone is None and len(name) > LONG_NAME:
        sentence = (
            f"its name has {len(name)} characters: a subject with it and a date is easily longer than the {SHORT} "
        )
        url = reverse("upgrade_edit", args=[stated.setting.upgrade.slug])
        yield Spot(f"{sentence}that a phone shows.", name, "Give it a shorter name", url=url)


@judges(
    "CNT007",
    Severity.INFO,
    "A subject without the service or the date, or a long one",
    source="Cornell; Microsoft Entra",
    facts=long_name,
)
def subject_says_what_and_when(text: Text) -> Iterator[Spot]:
    subject = " ".join(text.subject.said.split())
    if not subject or text.subject.problem or text.kind not in REQUIRED:
        return
    problems = list(_weaknesses(text, subject))
    if not problems:
        return
    sentence = f"the subject “{subject}” {' and '.join(problems)}."
    better = _better_subject(text)
    if better is None:
        yield Spot(sentence, subject, facts=text.source_subject)
        return
    edit = Edit(text.language, text.level, "subject", text.source_subject, better)
    yield Spot(sentence, subject, f"Write “{text.facing.read(better).said}”", edit, facts=text.source_subject)


def _weaknesses(text: Text, subject: str) -> Iterator[str]:
    said = subject.lower()
    if not any(name.lower() in said for name in _names(text)):
        yield "names neither the service nor the upgrade"
    dated = bool(text.subject.printed & {*SAID_BY["when"]}) or moments.names_day(subject, text.language)
    if text.kind in DATED and text.milestone and not dated:
        yield "has no date"
    if len(subject) > SHORT and not _is_due_to_name(subject, text.setting.upgrade.name):
        yield f"has {len(subject)} characters, and a phone shows {SHORT}"


def _is_due_to_name(subject: str, name: str) -> bool:
    """With a name of decent length it would be short enough: that is said once, of the upgrade."""
    return name in subject and len(name) > LONG_NAME and len(subject) - len(name) + LONG_NAME <= SHORT


def _names(text: Text) -> list[str]:
    known = text.facing.known
    return [name for name in (known.upgrade("name"), known.milestone("name"), *known.services) if name]


def _better_subject(text: Text) -> str | None:
    """The writer's own words, with what is missing around them: whatever else it said it says still. One that would be
    too long is for people to shorten."""
    own = " ".join(text.source_subject.split()).rstrip(" .:,–-")
    colon = " : " if text.language == "fr" else ": "
    named = [own, *(f"{{{{ {name} }}}}{colon}{own}" for name in ("services", "upgrade"))]
    for subject in [*named, *(f"{one}, {{{{ short_day }}}}" for one in named)]:
        prose = text.facing.read(subject)
        if prose.problem or subject == text.source_subject:
            continue
        if not list(_weaknesses(_with_subject(text, subject), " ".join(prose.said.split()))):
            return subject
    return None


def _with_subject(text: Text, subject: str) -> Text:
    return Text(
        setting=text.setting,
        notice=text.notice,
        readers=text.readers,
        language=text.language,
        level=text.level,
        source_subject=subject,
        source_body="",
        facing=text.facing,
    )


@judges(
    "CNT010",
    Severity.WARNING,
    "The first message does not say why, why now, or what happens otherwise",
    source="Prosci",
)
def the_first_message_explains(text: Text) -> Iterator[Spot]:
    if not text.readers.hear_first or text.kind not in ANNOUNCES:
        return
    lacking = [name for name in REASONS if name not in text.printed and not text.has(name)]
    if not lacking:
        return
    sentence = f"it is the first that some people hear, and lacks {listed([NAMES[name] for name in lacking])}."
    known = [name for name in lacking if getattr(text.setting.upgrade, name).strip()]
    if len(known) < len(lacking):
        url = reverse("upgrade_edit", args=[text.setting.upgrade.slug])
        yield Spot(sentence, label="Write it into the upgrade", url=url, facts=lacking)
        return
    paragraph = "\n\n".join(_paragraph(REASONS[name], name, text.language) for name in known)
    yield added(text, paragraph, label="Add the reasons of the upgrade", sentence=sentence, facts=lacking)


def _paragraph(heads: dict[str, str], name: str, language: str) -> str:
    return f"**{heads.get(language, heads['en'])}** {{{{ {name} }}}}"


@judges("CNT011", Severity.INFO, "Only what is good about it", source="honest communication")
def the_downside_is_said(text: Text) -> Iterator[Spot]:
    if text.kind not in ANNOUNCES or (text.milestone and text.milestone.impact == Impact.NO_IMPACT):
        return
    praises = "benefit" in text.printed or text.has("benefit")
    honest = text.printed & {"effect", "impact", "downtime"} or "impact" in text.card or text.has("downside")
    if not praises or honest:
        return
    sentence = "it says what people gain, and nothing of what it costs them."
    if text.facing.values.get("effect"):
        paragraph = _paragraph(NOTICE, "effect", text.language)
        yield added(text, paragraph, label="Add what people will notice", sentence=sentence, facts=text.version)
    else:
        yield Spot(sentence, facts=text.version)


@rule("CNT009", Severity.WARNING, "A language of its readers is missing", source="uptime-kuma 2784")
def everybody_reads_their_language(plan) -> Iterator[Found]:
    for line in plan.texts.lines:
        missing = plan.texts.readers[line.notice.pk].missing
        if not missing or not line.notice.words:
            continue
        readers = listed(
            [f"{people(number)} {_reads(number)} {LANGUAGES.get(name, name)}" for name, number in missing.items()]
        )
        spoken = listed(sorted({LANGUAGES.get(one["language"], one["language"]) for one in line.notice.words}))
        yield Found(
            place=line.place,
            sentence=f"“{line.name}” is written in {spoken}, and {readers}.",
            facts={"languages": sorted(missing)},
            fix=_translated(line.notice, missing),
        )


def _reads(number: int) -> str:
    return "reads" if number == 1 else "read"


def _translated(notice, missing) -> Fix:
    """Words that are still the shipped ones have a shipped translation."""
    shipped = {one["language"]: one for one in wording.of(notice.kind)}
    is_shipped = all(shipped.get(one["language"]) == translations.plain(one) for one in notice.words)
    if is_shipped and {*missing} <= shipped.keys():
        label = f"Add the words in {listed([LANGUAGES.get(name, name) for name in missing])}"
        return Fix("add_languages", label, {"notice": notice.pk, "version": notice.version, "languages": [*missing]})
    return Fix("open", "Open the words and add a version", {"url": reverse("notice_edit", args=[notice.pk])})


@rule("CNT014", Severity.WARNING, "How long one goes without is not said", source="circuit-maintenance-parser 308")
def downtime_is_known(plan) -> Iterator[Found]:
    told = {line.notice.milestone_id for line in plan.texts.lines if line.kind in REQUIRED}
    for window in plan.windows:
        if window.pk not in told or window.impact != Impact.OUTAGE or window.downtime is not None or window.end is None:
            continue
        hours = counted(round((window.end - window.start).total_seconds() / 3600), "hour")
        yield Found(
            place=Place.of(window),
            sentence=f"“{window}” has a window of {hours}, but nobody says how long one person goes without.",
            facts={"window": [window.start.isoformat(), window.end.isoformat()]},
            fix=Fix("open", "Say how long", {"url": reverse("milestone_edit", args=[plan.upgrade.slug, window.pk])}),
        )
