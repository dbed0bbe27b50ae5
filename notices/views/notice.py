"""The page of one notice: what it says, to whom, when, how far it has got, and what came back."""

from datetime import date

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from accounts.permissions import refusal
from commsplan.lib import csv
from commsplan.lib.htmx import page
from notices.enums import Event, MessageState, NoticeState, ReceiptKind
from notices.forms.results import AudienceFilter, ResultsFilter
from notices.insight import (
    acts,
    approval,
    comparison,
    eyes,
    held,
    progress,
    proofreading,
    reach,
    remarks,
    storyline,
    unpublished,
)
from notices.models import Message, Notice, Receipt
from notices.pipeline import audience
from notices.pipeline import render as renderer
from notices.pipeline.audience import Audience
from notices.pipeline.byhand import recall, remarking
from notices.pipeline.schedule import fate
from notices.views.frames import framed, look_of, only_styles

PAGE = 50
STOP_POLLING = 286
FACTS = ("upgrade__services", "milestone__services", "milestone__sites", "milestone__upgrade__services")
HEADLINES = {
    NoticeState.DRAFT: "This is a draft. Nobody has been told yet.",
    NoticeState.IN_REVIEW: "It waits for somebody to approve it.",
    NoticeState.APPROVED: "It is approved and goes out by itself.",
    NoticeState.MISSED: "It did not go out in time, and does not go out by itself any more.",
    NoticeState.CANCELLED: "It was cancelled.",
    "sending": "It is going out now.",
    "paused": "The sending is paused.",
    "sent": "It has gone out.",
}
WAITS_FOR_A_WORD = "It is approved and lies ready. It goes out when somebody presses “Send now”."
WAITS_FOR_AN_EVENT = "It is approved and lies ready. It goes out by itself when that happens."


def fetch(pk: int, *, with_facts: bool = False) -> Notice:
    """`with_facts`: all that its facts are made of, for pages that render its words."""
    notices = Notice.objects.select_related(
        *("upgrade", "milestone__upgrade", "step__after", "occurrence_of", "survey", "author", "approved_by"),
        "approved_revision",
    )
    return get_object_or_404(notices.prefetch_related(*FACTS) if with_facts else notices, pk=pk)


@require_GET
def notice(request: HttpRequest, pk: int):
    notice = fetch(pk, with_facts=True)
    on = audience.day_of(notice, now=timezone.now())
    context = at_a_glance(request, notice) | {
        "reach": (found := reach.of(notice, on=on)),
        "held": held.of_notice(notice, now=timezone.now()) if notice.released_at else [],
        "skipped": skipped(notice) if notice.released_at else found.skipped,
        "who": Audience.from_json(notice.audience).describe(),
        "missing": [(comparison.LANGUAGES[code], number) for code, number in reach.missing_languages(notice, found)],
        "approval": approval.of(notice, on=on),
        "why_not_approved": approval.why_not_by(request.user, notice),
        "unpublished": unpublished.said_of(notice),
        "first_five": reach.first_recipients(notice, on=on) if notice.is_waiting else [],
        "story": storyline.of_notice(notice)[:8],
        "remarks": remarks.of(notice),
        "may_remark": remarking.may(request.user),
        **leaving(request, notice),
        **shown_words(request, notice),
    }
    return page(request, "notices/notice.html", context, partial="words")


def leaving(request: HttpRequest, notice: Notice) -> dict:
    """With the time that is left to recall it."""
    now = timezone.now()
    rows = [(notice, recall.left(notice, now=now))] if recall.is_open(notice, now=now) else []
    return {"leaving": rows, "leaving_refused": refusal(request.user, "notices.send")}


def acknowledged(notice: Notice) -> int:
    if not notice.asks_acknowledgement or not notice.released_at:
        return 0
    receipts = Receipt.objects.filter(message__notice=notice, kind=ReceiptKind.ACKNOWLEDGED)
    return receipts.order_by().values("message").distinct().count()


def skipped(notice: Notice) -> list[tuple[str, int]]:
    """Why some got nothing, the most frequent reason first."""
    messages = notice.messages.filter(state=MessageState.SKIPPED).order_by()
    return list(messages.values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason"))


def at_a_glance(request, notice: Notice) -> dict:
    """What every page of the notice shows at the top."""
    so_far = progress.of_one(notice, now=timezone.now())
    state = progress.shown_state(notice, so_far)
    possible = acts.of(notice, request.user, so_far)
    return {
        "notice": notice,
        "progress": so_far,
        "state": state,
        "headline": _headline(notice, state, so_far.stopped),
        "decision": fate.undecided(notice) if notice.is_waiting else "",
        "acknowledged": acknowledged(notice),
        "main_acts": [act for act in possible if act.is_main],
        "more_acts": [act for act in possible if not act.is_main],
    }


def _headline(notice: Notice, state: str, stopped: str) -> str:
    if state == "sending" and stopped:
        return f"{stopped}. What has not left yet waits until somebody starts it again."
    if state == NoticeState.APPROVED and notice.waits_for and notice.send_at is None:
        return WAITS_FOR_A_WORD if notice.waits_for == Event.ON_WORD else WAITS_FOR_AN_EVENT
    return HEADLINES[state]


def shown_words(request: HttpRequest, notice: Notice) -> dict:
    """The version of the words that is chosen by `?version=de-plain`, and the tabs of all."""
    versions = [
        {"key": key_of(words), "label": comparison.name_of(words["language"], words["level"]), "words": words}
        for words in notice.words
    ]
    chosen = next((version for version in versions if version["key"] == request.GET.get("version")), None)
    chosen = chosen or (versions[0] if versions else None)
    tabs = [{"label": each["label"], "url": f"?version={each['key']}", "active": each is chosen} for each in versions]
    gauges = proofreading.gauges(notice, now=timezone.now()) if chosen else {}
    gauge = gauges.get(chosen["key"]) if chosen else None
    return {"version": chosen, "version_tabs": tabs, "gauge": gauge, **head(notice, chosen)}


def head(notice: Notice, version: dict | None) -> dict:
    """The subject as the reader of the frame below sees it, or the sentence that says why there is nothing to see."""
    if version is None:
        return {"subject": "", "sentence": "", "seen_by": None}
    if went_out := one_that_went_out(notice, [version["words"]]):
        return {"subject": renderer.of_message(went_out).subject, "sentence": "", "seen_by": went_out.person}
    now = timezone.now()
    person = reach.reader(notice, on=audience.day_of(notice, now=now))
    words = version["words"]
    letter, sentence = eyes.through(notice, eyes.reading(person, words), words=[words], now=now)
    return {"subject": letter.subject if letter else "", "sentence": sentence, "seen_by": person if letter else None}


def key_of(words: dict) -> str:
    return f"{words['language']}-{words['level']}"


@require_GET
def notice_progress(request: HttpRequest, pk: int):
    """Asked every two seconds while messages go out; the last answer stops the asking."""
    context = at_a_glance(request, fetch(pk))
    so_far = context["progress"]
    said = request.GET.get("said", "")
    context["announce"] = so_far.words if said and said != str(so_far.step) else ""
    context["is_fragment"] = True
    status = 200 if so_far.is_sending else STOP_POLLING
    return render(request, "notices/notice.html#glance", context, status=status)


@require_GET
@only_styles
def notice_frame(request: HttpRequest, pk: int):
    """What it looks like: a message that really went out, if there is one; else a preview as it stands."""
    notice = fetch(pk, with_facts=True)
    words = [each for each in notice.words if key_of(each) == request.GET.get("version")] or notice.words
    if went_out := one_that_went_out(notice, words):
        return framed(renderer.of_message(went_out).html, look=look_of(request))
    now = timezone.now()
    person = reach.reader(notice, on=audience.day_of(notice, now=now))
    seen_by = eyes.reading(person, words[0]) if len(words) == 1 else person
    letter, sentence = eyes.through(notice, seen_by, words=words, now=now)
    return framed(letter.html if letter else format_html("<p>{}</p>", sentence), look=look_of(request))


def one_that_went_out(notice: Notice, words: list[dict]) -> Message | None:
    messages = notice.messages.filter(state=MessageState.SENT).select_related("variant__revision", "notice", "person")
    for each in words[:1]:
        messages = messages.filter(variant__language=each["language"], variant__level=each["level"])
    return messages.order_by("pk").first()


@require_GET
def notice_people(request: HttpRequest, pk: int):
    """Before it goes out: who would get it. Afterwards: who got it, and what came back."""
    notice = fetch(pk)
    if notice.released_at:
        return results(request, notice)
    on = audience.day_of(notice, now=timezone.now())
    form = AudienceFilter(request.GET, reasons=[reason for reason, _ in reach.of(notice, on=on).skipped])
    people = form.filter(reach.everybody(notice, on=on))
    if request.GET.get("format") == "csv":
        return csv.download(f"notice-{notice.pk}-audience", AUDIENCE_HEAD, audience_rows(people))
    found = Paginator(people, PAGE).get_page(request.GET.get("page"))
    context = at_a_glance(request, notice) | {"form": form, "people": found, "is_filtered": form.is_on}
    say_why_here(notice, {person.pk: person for person in found}, on=on)
    return page(request, "notices/notice_people.html", context, partial="rows")


def say_why_here(notice: Notice, rows: dict, *, on: date | None):
    """Beside those who get it only because they stand in for somebody. `rows` by the key of the person."""
    found = audience.standing_in(notice, rows, on=on)
    for key, row in rows.items():
        row.why_here = found[key].said if key in found else ""


AUDIENCE_HEAD = ["Name", "E-mail address", "Language", "Gets it", "Why not"]
RESULTS_HEAD = ["Name", "Channel", "E-mail address", "State", "Reason", "Attempts", "Sent (UTC)", "Acknowledged"]


def audience_rows(people):
    for person in people.iterator(chunk_size=2000):
        yield person.name, person.email, person.language, "no" if person.skip_reason else "yes", person.skip_reason


def results(request: HttpRequest, notice: Notice):
    form = ResultsFilter(request.GET, asks_acknowledgement=notice.asks_acknowledgement)
    messages = form.filter(with_acknowledgement(notice.messages.all()))
    messages = messages.select_related("person").order_by("person__name", "pk")
    if request.GET.get("format") == "csv":
        return csv.download(f"notice-{notice.pk}-results", RESULTS_HEAD, results_rows(messages))
    found = Paginator(messages, PAGE).get_page(request.GET.get("page"))
    context = at_a_glance(request, notice) | {"form": form, "messages_page": found, "is_filtered": form.is_on}
    say_why_here(notice, {message.person_id: message for message in found}, on=audience.day_of(notice))
    return page(request, "notices/notice_people.html", context, partial="rows")


def with_acknowledgement(messages):
    receipts = Receipt.objects.filter(message=OuterRef("pk"), kind=ReceiptKind.ACKNOWLEDGED)
    return messages.annotate(is_acknowledged=Exists(receipts))


def results_rows(messages):
    for message in messages.iterator(chunk_size=2000):
        yield (
            message.person.name,
            message.get_channel_display(),
            message.address,
            message.get_state_display(),
            message.reason,
            message.attempts,
            message.sent_at.strftime("%Y-%m-%d %H:%M:%S") if message.sent_at else "",
            "yes" if message.is_acknowledged else "no",
        )


@require_GET
def notice_history(request: HttpRequest, pk: int):
    """Every revision with what it changed, and who did what when."""
    notice = fetch(pk)
    context = at_a_glance(request, notice) | {
        "revisions": storyline.revisions(notice),
        "story": storyline.of_notice(notice),
    }
    return page(request, "notices/notice_history.html", context, partial="history")
