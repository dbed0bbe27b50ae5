"""A notice as one of its readers gets it, while somebody writes it: the picture, the gaps, and a test to oneself."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.core.cache import cache
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from accounts.permissions import permission_required
from commsplan.lib import keys
from notices import translations
from notices.channels import story
from notices.channels.base import ChannelError, Envelope
from notices.enums import NoticeState
from notices.forms.notice import LONGEST_SUBJECT, Composer
from notices.insight import comparison, gaps, proofreading, reach
from notices.insight.eyes import through_each
from notices.models import Notice
from notices.pipeline import approve, audience
from notices.pipeline import render as renderer
from notices.pipeline.byhand import trial
from notices.views.frames import LOOKS, framed, look_of, only_styles
from notices.views.message import as_sent, built
from notices.views.notice import fetch
from stakeholders.enums import Channel
from stakeholders.models import Person

KEPT_FOR = 900  # seconds that a rendered preview can be fetched
READERS_SHOWN = 8
WORDS_A_MINUTE = 200


def active_version(request: HttpRequest, composer: Composer) -> str:
    keys = [form.key for form in composer.versions]
    wanted = request.POST.get("showing") or request.GET.get("version")
    return wanted if wanted in keys else next(iter(keys), "")


@dataclass(frozen=True)
class Preview:
    """The notice as it is on the screen, through one reader's eyes. `seen` has marks where `envelope` would print
    nothing, or could not be made at all."""

    notice: Notice
    version: str  # the one that is being written
    person: Person
    why_here: str  # "stands in for …"
    on: date | None  # the day on which it goes out
    problems: list
    envelope: Envelope | None
    seen: Envelope | None
    sentence: str
    proof: proofreading.Proof

    @classmethod
    def of(cls, request: HttpRequest, composer: Composer, *, now: datetime) -> "Preview":
        notice = composer.draft() if composer.data and composer.is_valid() else composer.notice
        version = active_version(request, composer)
        on = audience.day_of(notice, now=now)
        person, words = eyes(request, notice, version, on=on)
        stands_in = audience.standing_in(notice, [person.pk], on=on).get(person.pk)
        problems = renderer.check(notice.words, notice=notice)
        texts = [words, gaps.marked(words, problems)] if problems else [words]
        letters = list(through_each(notice, person, texts, now=now))
        envelope, sentence = letters[0]
        seen = letters[-1][0]
        return cls(
            notice=notice,
            version=version,
            person=person,
            why_here=stands_in.said if stands_in else "",
            on=on,
            problems=[placed(problem) for problem in problems],
            envelope=envelope,
            seen=seen,
            sentence="" if seen else sentence,
            proof=proofreading.read(notice, now=now),
        )

    def context(self, request: HttpRequest, found: reach.Reach) -> dict:
        look = self.look(request)
        return {
            "preview": self,
            "frame_url": self.frame_url(request, look),
            "look": look,
            "looks": self.looks,
            "reach": found,
            "missing": [
                (comparison.LANGUAGES[code], number) for code, number in reach.missing_languages(self.notice, found)
            ],
            "text": mark_safe(gaps.as_text(self.text(look))) if self.seen else "",  # escaped there
            "sent": mark_safe(gaps.as_text(self.sent(look))),  # as well
            "subject": mark_safe(gaps.as_text(self.seen.subject)) if self.seen else "",
            "strip": self.strip(),
        }

    @property
    def looks(self) -> dict[str, str]:
        """How a mail looks, and what other channels of the notice send."""
        others = [one for one in audience.sent_over(self.notice) if one != Channel.EMAIL]
        return LOOKS | {one.value: str(one.label) for one in others}

    def look(self, request: HttpRequest) -> str:
        wanted = request.POST.get("look") or request.GET.get("look") or ""
        return wanted if wanted in self.looks else look_of(request)

    def text(self, look: str) -> str:
        """What people read; where a service gets it for a program, `sent` has that."""
        if self.seen is None or look in LOOKS:
            return self.seen.text if self.seen else ""
        try:
            sent = built(self.seen, look)
        except ChannelError as error:
            return str(error)
        return story.of(self.seen).told if sent.startswith(b"{") else as_sent(sent)

    def sent(self, look: str) -> str:
        """As a program reads it; empty where people read the same."""
        if self.seen is None or look in LOOKS:
            return ""
        with suppress(ChannelError):
            if (sent := built(self.seen, look)).startswith(b"{"):
                return as_sent(sent)
        return ""

    def strip(self) -> dict:
        """How long and how hard the version is that is being looked at."""
        sent = self.envelope or self.seen
        words = len(sent.text.split()) if sent else 0
        length = len(sent.subject) if sent else 0
        return {
            "length": length,
            "longest": LONGEST_SUBJECT,
            "is_long": length > LONGEST_SUBJECT,
            "gauge": self.proof.gauge(self.version),
            "jargon": self.proof.jargon(self.version),
            "words": words,
            "minutes": max(1, round(words / WORDS_A_MINUTE)),
        }

    def frame_url(self, request: HttpRequest, look: str) -> str:
        if self.seen is None or look == "text" or look not in LOOKS:
            return ""
        url = reverse("notice_preview_frame", args=[self.notice.pk, keep(request, gaps.shown(self.seen.html))])
        return f"{url}?look={look}"


def placed(problem: renderer.Problem) -> dict:
    """Where it is, for people and for the link that leads there."""
    name = comparison.name_of(problem.language, problem.level)
    return {
        "version": f"{problem.language}-{problem.level}",
        "place": f"{name}, {problem.field}" + (f", line {problem.line}" if problem.field == "body" else ""),
        "sentence": f"{problem.sentence} {problem.suggestion}".strip(),
        "why": problem.sentence,
        "part": problem.field,
        "line": problem.line,
        "column": problem.column,
    }


def eyes(request: HttpRequest, notice: Notice, version: str, *, on: date | None) -> tuple[Person, list[dict]]:
    """Who looks, and at which words. Without a chosen person, somebody who reads the version that is being written."""
    if chosen := keys.number(request.POST.get("person") or request.GET.get("person")):
        return reach.reader(notice, on=on, person=chosen), notice.words
    words = [each for each in notice.words if translations.key(each) == version] or notice.words
    language = words[0]["language"] if words else "en"
    return reach.readers(notice, on=on).filter(language=language).first() or reach.reader(notice, on=on), words


TOO_OLD = "<p>This preview is too old. Change something to see it again.</p>"


def keep(request: HttpRequest, html: str) -> str:
    """A document needs an address of its own to have a policy of its own; this one lasts for minutes."""
    token = secrets.token_urlsafe(16)
    with suppress(RedisError):  # then the page says that there is no picture now; what was written is safe
        cache.set(cache_key(request, token), html, KEPT_FOR)
    return token


def cache_key(request: HttpRequest, token: str) -> str:
    return f"preview:{request.user.pk}:{token}"


@require_POST
@permission_required("notices.write")
def notice_preview(request: HttpRequest, pk: int):
    """The preview pane, asked for while somebody types. Stores nothing but the picture."""
    composer = Composer(fetch(pk, with_facts=True), request.POST)
    if not composer.is_valid():
        return render(request, "notices/notice_edit.html#unreadable", {"errors": composer.errors})
    preview = Preview.of(request, composer, now=timezone.now())
    found = reach.of(preview.notice, on=preview.on)
    context = preview.context(request, found) | {"notice": composer.notice, "is_live": True}
    return render(request, "notices/notice_edit.html#preview", context)


@require_POST
@permission_required("notices.write")
def notice_edit_test(request: HttpRequest, pk: int):
    """To one's own mailbox: what is on the screen, as the reader of the preview would get it. Stores nothing."""
    composer = Composer(fetch(pk, with_facts=True), request.POST)
    context = {"notice": composer.notice, **tried(request, composer, to=request.user)}
    return render(request, "notices/notice_edit_test.html", context)


def tried(request: HttpRequest, composer: Composer, *, to) -> dict:
    if composer.notice.state not in approve.EDITABLE:
        return {"failed": f"It {NoticeState(composer.notice.state).said}: its words do not change any more."}
    if not composer.is_valid():
        return {"failed": "Please complete the form first. Nothing was sent."}
    notice, now = composer.draft(), timezone.now()
    reader, words = eyes(request, notice, active_version(request, composer), on=audience.day_of(notice, now=now))
    try:
        trial.send(notice, to=to, reader=reader, words=words, now=now)
    except ChannelError as error:
        return {"failed": f"No test was sent. {error}"}
    return {"sent_to": to.email, "reader": reader}


@require_GET
@only_styles
def notice_preview_frame(request: HttpRequest, pk: int, token: str):
    html = TOO_OLD
    with suppress(RedisError):
        html = cache.get(cache_key(request, token), TOO_OLD)
    return framed(html, look=look_of(request))


@require_GET
def notice_readers(request: HttpRequest, pk: int):
    """People of the audience to look through the eyes of, by the beginning of their name."""
    notice = fetch(pk)
    on = audience.day_of(notice, now=timezone.now())
    people = reach.everybody(notice, on=on).found_by(request.GET.get("reader", ""))
    context = {"readers": people[:READERS_SHOWN], "notice": notice}
    return render(request, "notices/notice_edit.html#readers", context)
