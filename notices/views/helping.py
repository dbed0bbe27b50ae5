"""The help: Markdown files of help/, rendered as everything else that people write."""

import re
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from notices.lint import catalogue
from notices.lint.findings import Rule
from notices.pipeline.render import markdown

FOLDER = settings.BASE_DIR / "help"
HEAD = re.compile(r"<h2>(.*?)</h2>")
PLAIN = re.compile(r"[*`]+|\[([^\]]*)\]\([^)]*\)")  # the line that says what it is about shows without marks


class Topic(NamedTuple):
    slug: str
    title: str
    summary: str
    icon: str
    words: SafeString


class File(NamedTuple):
    slug: str
    icon: str


class Shelf(NamedTuple):
    """Topics that belong together."""

    title: str
    topics: list[Topic]


SHELVES = {
    "Begin": [File("getting-started", icon="rocket"), File("keyboard", icon="keyboard")],
    "Know": [
        File("stakeholders", icon="users"),
        File("who-else", icon="user-search"),
        File("importing-people", icon="file-import"),
        File("directory", icon="plug-connected"),
        File("rooms", icon="message-circle"),
        File("people", icon="user-minus"),
    ],
    "Plan and send": [
        File("the-plan", icon="list-check"),
        File("facts", icon="history"),
        File("when-steps-are-due", icon="clock-play"),
        File("templates", icon="template"),
        File("the-check", icon="checkup-list"),
        File("looking-ahead", icon="player-play"),
        File("ledger", icon="book-2"),
        File("writing", icon="pencil"),
        File("plain-words", icon="vocabulary"),
        File("approval", icon="user-check"),
        File("sending", icon="send"),
        File("delivery", icon="truck-delivery"),
        File("quiet-hours", icon="moon"),
        File("what-came-back", icon="mail-off"),
        File("corrections", icon="mail-check"),
        File("break-glass", icon="hammer"),
        File("calendar", icon="calendar-month"),
        File("status-page", icon="world"),
        File("vendor-maintenance", icon="plug-connected-x"),
    ],
    "Set up a channel": [
        File("channel-mail-providers", icon="mail"),
        File("channel-teams", icon="brand-teams"),
        File("channel-slack", icon="brand-slack"),
        File("channel-mattermost", icon="message-circle"),
        File("channel-matrix", icon="brand-matrix"),
        File("channel-googlechat", icon="brand-google"),
        File("channel-sms", icon="device-mobile-message"),
        File("channel-webhook", icon="webhook"),
        File("channel-apprise", icon="bell"),
    ],
    "Look and connect": [
        File("critical-days", icon="calendar-off"),
        File("calendars-and-programs", icon="calendar-share"),
        File("proof-of-notice", icon="certificate"),
        File("operations", icon="activity-heartbeat"),
    ],
    "Talk and listen": [
        File("engagements", icon="messages"),
        File("invitations", icon="calendar-plus"),
        File("concerns", icon="message-question"),
        File("objections", icon="hand-stop"),
        File("surveys", icon="clipboard-check"),
    ],
}


@cache
def shelves() -> tuple[Shelf, ...]:
    return tuple(Shelf(title, [_read(file) for file in files]) for title, files in SHELVES.items())


def _read(file: File) -> Topic:
    """A file begins with "# Title" and a line that says what it is about."""
    title, summary, words = (FOLDER / f"{file.slug}.md").read_text(encoding="utf-8").split("\n\n", 2)
    html = HEAD.sub(_with_address, markdown.TRUSTING_READER.render(words))
    return Topic(file.slug, title.removeprefix("# "), PLAIN.sub(r"\1", summary.strip()), file.icon, mark_safe(html))


def _with_address(head: re.Match) -> str:
    """So that a button can lead to it."""
    return f'<h2 id="{slugify(head[1])}">{head[1]}</h2>'


@cache
def rule_pages() -> dict[str, tuple[Rule, Topic]]:
    """A page for each rule of the linter, by the name of its file."""
    found = ((rule, _read(File(f"rules/{rule.topic}", icon="ruler-2"))) for rule in catalogue.rules())
    return {rule.topic: (rule, topic) for rule, topic in found}


@require_GET
def help_index(request):
    return render(request, "notices/help.html", {"shelves": shelves()})


@require_GET
def help_topic(request, topic: str):
    found = {one.slug: one for shelf in shelves() for one in shelf.topics}
    if topic not in found:
        raise Http404("There is no help about that.")
    return render(request, "notices/help_topic.html", {"topic": found[topic], "shelves": shelves()})


@require_GET
def help_rules(request):
    return render(request, "notices/help_rules.html", {"rules": rule_pages().values()})


@require_GET
def help_rule(request, rule: str):
    if rule not in rule_pages():
        raise Http404("There is no such rule.")
    found, topic = rule_pages()[rule]
    return render(request, "notices/help_rule.html", {"rule": found, "topic": topic, "rules": rule_pages().values()})
