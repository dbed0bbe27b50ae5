"""Writing a notice: versions by language, a preview through a reader's eyes, autosave that overwrites nobody."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permission_required
from commsplan.lib import keys
from notices.channels.base import ChannelError, Envelope
from notices.enums import NoticeState
from notices.forms.notice import LANGUAGES, LONGEST_SUBJECT, Composer, NewNoticeForm
from notices.insight import comparison, outlook, proofreading, reach
from notices.models import Notice
from notices.pipeline import approve, audience, byhand
from notices.pipeline import render as renderer
from notices.views.frames import LOOKS, framed, look_of, only_styles
from notices.views.notice import fetch
from stakeholders.enums import ReaderLevel
from stakeholders.models import Person
from upgrades.models import Upgrade

KEPT_FOR = 900  # seconds that a rendered preview can be fetched
READERS_SHOWN = 8
WORDS_A_MINUTE = 200
CONFLICT = 409


@require_GET
@permission_required("notices.write")
def notice_begin(request: HttpRequest):
    """A notice belongs to an upgrade: which one, of those that run?"""
    upgrades = outlook.with_outlook(Upgrade.objects.running(), now=timezone.now()).order_by(*outlook.SOONEST)
    return render(request, "notices/notice_begin.html", {"upgrades": upgrades})


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def notice_new(request: HttpRequest, slug: str):
    upgrade = get_object_or_404(Upgrade, slug=slug)
    form = NewNoticeForm(request.POST if request.method == "POST" else None, upgrade=upgrade)
    if request.method == "POST" and form.is_valid():
        return redirect("notice_edit", byhand.draft(upgrade, by=request.user, **form.cleaned_data).pk)
    return render(request, "notices/notice_new.html", {"form": form, "upgrade": upgrade})


@require_http_methods(["GET", "POST"])
@permission_required("notices.write")
def notice_edit(request: HttpRequest, pk: int):
    notice = fetch(pk, with_facts=True)
    if notice.state not in approve.EDITABLE:
        messages.error(request, f"It {NoticeState(notice.state).said}: its words do not change any more.")
        return redirect(notice)
    if request.method == "GET":
        return show(request, Composer(notice))
    composer = Composer(notice, request.POST)
    if not composer.is_valid():
        return show(request, composer, status=422)
    if request.POST.get("act") == "preview":
        return show(request, composer)
    return save(request, composer)


def save(request: HttpRequest, composer: Composer):
    act = request.POST.get("act", "save")
    words = mended(composer, act) if act.startswith("mend:") else changed_versions(composer.words(), act)
    try:
        saved = store(composer, by=request.user, words=words)
    except approve.Conflict:
        return clash(request, composer)
    except approve.NotAllowed as error:
        messages.error(request, str(error))
        return redirect(composer.notice)
    if "X-Autosave" in request.headers:
        return JsonResponse({"version": saved.version})
    if act == "close":
        messages.success(request, "Saved.")
        return redirect(saved)
    chosen = act.removeprefix("add:") if act.startswith("add:") else request.POST.get("showing", "")
    return redirect(f"{reverse('notice_edit', args=[saved.pk])}?version={chosen}")


def store(composer: Composer, *, by, words) -> Notice:
    values = composer.settings.values()
    return approve.save_draft(composer.notice, by=by, version=composer.version, words=words, **values)


def mended(composer: Composer, act: str) -> list[dict]:
    """A remark of the check was accepted with one click."""
    proof = proofreading.read(composer.draft(), now=timezone.now())
    return proofreading.mend(composer.words(), proof.remarks, act.removeprefix("mend:"))


def changed_versions(words: list[dict], act: str) -> list[dict]:
    """Adding copies the first version, so that a translation has something to begin with."""
    name, _, key = act.partition(":")
    language, _, level = key.partition("-")
    if name == "remove":
        return [each for each in words if f"{each['language']}-{each['level']}" != key]
    if name == "add" and language in LANGUAGES and level in ReaderLevel.values:
        first = words[0] if words else {"subject": "", "body": ""}
        return [*words, {**first, "language": language, "level": level}]
    return words


def clash(request: HttpRequest, composer: Composer):
    """Somebody else saved in between: both texts are shown, and saving again is a choice."""
    stored = fetch(composer.notice.pk)
    changes = comparison.of_words(stored.words, composer.words())
    if "X-Autosave" in request.headers:
        context = {"notice": stored, "clash": changes}
        return render(request, "notices/notice_edit.html#clash", context, status=CONFLICT)
    return show(request, composer, clash=changes, version=stored.version, status=CONFLICT)


def show(request: HttpRequest, composer: Composer, *, clash=None, version: int | None = None, status: int = 200):
    notice = composer.notice
    preview = Preview.of(request, composer, now=timezone.now())
    found = reach.of(preview.notice, on=preview.on)
    context = {
        "notice": notice,
        "composer": composer,
        "errors": composer.errors if composer.data else [],
        "version": version or notice.version,
        "active": active_version(request, composer),
        "addable": addable(composer, found),
        "placeholders": placeholders(preview.notice),
        "loses_approval": notice.state in (NoticeState.IN_REVIEW, NoticeState.APPROVED),
        "clash": clash,
        **preview.context(request, found),
    }
    return render(request, "notices/notice_edit.html", context, status=status)


def active_version(request: HttpRequest, composer: Composer) -> str:
    keys = [form.key for form in composer.versions]
    wanted = request.POST.get("showing") or request.GET.get("version")
    return wanted if wanted in keys else next(iter(keys), "")


def addable(composer: Composer, found: reach.Reach) -> list[dict]:
    """Versions that do not exist yet, those that people in the audience would read first."""
    have = {form.key for form in composer.versions}
    missing = [
        {
            "key": f"{language}-{level}",
            "name": comparison.name_of(language, level),
            "readers": found.versions.get((language, level), 0),
        }
        for language in LANGUAGES
        for level in ReaderLevel.values
        if f"{language}-{level}" not in have
    ]
    return sorted(missing, key=lambda each: -each["readers"])


def placeholders(notice: Notice) -> list[dict]:
    """What one may write, and what it says today."""
    values = renderer.sample_values(notice)
    return [
        {"name": name, "written": f"{{{{ {name} }}}}", "help": help_text, "today": values.get(name, "")}
        for name, help_text in renderer.PLACEHOLDERS.items()
        if renderer.makes_sense(name, notice)
    ]


@dataclass(frozen=True)
class Preview:
    """The notice as it is on the screen, through one reader's eyes."""

    notice: Notice
    person: Person
    why_here: str  # "stands in for …"
    on: date | None  # the day on which it goes out
    problems: list
    envelope: Envelope | None
    sentence: str
    proof: proofreading.Proof

    @classmethod
    def of(cls, request: HttpRequest, composer: Composer, *, now: datetime) -> "Preview":
        notice = composer.draft() if composer.data and composer.is_valid() else composer.notice
        on = audience.day_of(notice, now=now)
        person, words = eyes(request, notice, active_version(request, composer), on=on)
        stands_in = audience.standing_in(notice, [person.pk], on=on).get(person.pk)
        problems = [placed(problem) for problem in renderer.check(notice.words, notice=notice)]
        proof = proofreading.read(notice, now=now)
        try:
            envelope, sentence = renderer.preview(notice, person=person, words=words, now=now), ""
        except ChannelError as error:
            envelope, sentence = None, str(error)
        return cls(notice, person, stands_in.said if stands_in else "", on, problems, envelope, sentence, proof)

    def context(self, request: HttpRequest, found: reach.Reach) -> dict:
        look = look_of(request)
        text = self.envelope.text if self.envelope else ""
        return {
            "preview": self,
            "frame_url": self.frame_url(request, look),
            "look": look,
            "looks": LOOKS,
            "reach": found,
            "missing": [
                (comparison.LANGUAGES[code], number) for code, number in reach.missing_languages(self.notice, found)
            ],
            "subject_length": len(self.envelope.subject) if self.envelope else 0,
            "longest_subject": LONGEST_SUBJECT,
            "word_count": len(text.split()),
            "minutes": max(1, round(len(text.split()) / WORDS_A_MINUTE)),
        }

    def frame_url(self, request: HttpRequest, look: str) -> str:
        if self.envelope is None or look == "text":
            return ""
        url = reverse("notice_preview_frame", args=[self.notice.pk, keep(request, self.envelope.html)])
        return f"{url}?look={look}"


def placed(problem: renderer.Problem) -> dict:
    """Where it is, for people and for the link that leads there."""
    name = comparison.name_of(problem.language, problem.level)
    return {
        "version": f"{problem.language}-{problem.level}",
        "place": f"{name}, {problem.field}" + (f", line {problem.line}" if problem.field == "body" else ""),
        "sentence": f"{problem.sentence} {problem.suggestion}".strip(),
        "part": problem.field,
        "line": problem.line,
        "column": problem.column,
    }


def eyes(request: HttpRequest, notice: Notice, version: str, *, on: date | None) -> tuple[Person, list[dict]]:
    """Who looks, and at which words. Without a chosen person, somebody who reads the version that is being written."""
    if chosen := keys.number(request.POST.get("person") or request.GET.get("person")):
        return reach.reader(notice, on=on, person=chosen), notice.words
    words = [each for each in notice.words if f"{each['language']}-{each['level']}" == version] or notice.words
    language = words[0]["language"] if words else "en"
    return reach.readers(notice, on=on).filter(language=language).first() or reach.reader(notice, on=on), words


def keep(request: HttpRequest, html: str) -> str:
    """A document needs an address of its own to have a policy of its own; this one lasts for minutes."""
    token = secrets.token_urlsafe(16)
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


@require_GET
@only_styles
def notice_preview_frame(request: HttpRequest, pk: int, token: str):
    html = cache.get(cache_key(request, token), "<p>This preview is too old. Change something to see it again.</p>")
    return framed(html, look=look_of(request))


@require_GET
def notice_readers(request: HttpRequest, pk: int):
    """People of the audience to look through the eyes of, by the beginning of their name."""
    notice = fetch(pk)
    on = audience.day_of(notice, now=timezone.now())
    people = reach.everybody(notice, on=on).found_by(request.GET.get("reader", ""))
    context = {"readers": people[:READERS_SHOWN], "notice": notice}
    return render(request, "notices/notice_edit.html#readers", context)
