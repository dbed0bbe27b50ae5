"""Times in tables: short, and still with weekday and zone. The full form is their title."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commsplan.lib import time
from commsplan.templatetags import ui
from notices.insight.moments import waits_in_words

register = template.Library()
RANGE, JOINER = re.compile(r"(?<=\d)–(?=\d)"), "\N{WORD JOINER}"
WEEKDAYS, MONTHS, _ = time.NAMES["en"]


@register.simple_tag(takes_context=True)
def clock(context, value: datetime, zone: str = "") -> SafeString:
    """ "Wed 25 Nov 2026, 09:00 EST" on the wall of the place; the reader's own clock below it where that differs."""
    own = reader_zone(context)
    place = zone or own
    there, here = value.astimezone(ZoneInfo(place)), value.astimezone(ZoneInfo(own))
    said = stamp(value, f"{day(there)}, {there:%H:%M} {abbreviation(there)}", place)
    if there.utcoffset() == here.utcoffset():
        return said
    date = (
        ""
        if here.date() == there.date()
        else f"{WEEKDAYS[here.weekday()][:3]} {here.day} {MONTHS[here.month - 1][:3]}, "
    )
    return format_html(
        '{} <small class="clock-own">{}{} {} for you</small>', said, date, f"{here:%H:%M}", abbreviation(here)
    )


@register.simple_tag(takes_context=True)
def day_tile(context, value: datetime) -> SafeString:
    """The day in the reader's zone as a leaf of a calendar. Decoration: the time beside it says it in words."""
    here = value.astimezone(ZoneInfo(reader_zone(context)))
    return format_html(
        '<span class="day-tile" aria-hidden="true"><small>{}</small><strong>{}</strong><small>{}</small></span>',
        WEEKDAYS[here.weekday()][:3],
        here.day,
        MONTHS[here.month - 1][:3],
    )


def day(at: datetime) -> str:
    return f"{WEEKDAYS[at.weekday()][:3]} {at.day} {MONTHS[at.month - 1][:3]} {at.year}"


def abbreviation(at: datetime) -> str:
    short = at.tzname() or ""
    return f"UTC{short}" if short.startswith(("+", "-")) else short


def stamp(value: datetime, said: str, zone: str) -> SafeString:
    full = time.full(value, zone=zone)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, said)


def reader_zone(context) -> str:
    return getattr(context["request"].user, "time_zone", "") or "UTC"


@register.filter
def wall_clock(value: datetime, zone: str) -> str:
    """ "2026-03-29T02:00" on the wall of the place, as addresses and date fields take it."""
    return time.wall_clock(value, zone=zone)


@register.filter
def unbroken(text: str) -> str:
    """ "10:00–14:00" stays on one line."""
    return RANGE.sub(f"{JOINER}–{JOINER}", text)


@register.simple_tag(takes_context=True)
def goes_out(context, notice) -> SafeString:
    """When a notice goes or went out, in full: a moment, what it waits for, or the hour on each reader's wall."""
    if said := waits_in_words(notice):
        return format_html("<span>{}</span>", said)
    return ui.when(context, notice.released_at or notice.send_at, notice.upgrade.time_zone)


@register.simple_tag(takes_context=True)
def goes_out_soon(context, notice) -> SafeString:
    """The same for lists: "in 3 days"."""
    if notice.waits_for and not notice.released_at and notice.send_at is None:
        return format_html("<span>{}</span>", waits_in_words(notice))
    return ui.ago(context, notice.released_at or notice.send_at, "no time yet")


@register.filter
def wall(notice) -> str:
    """ "Wed 3 Dec 2025, 09:00, where each reader is"; empty where that does not count."""
    return waits_in_words(notice) if notice.local_on else ""
