"""Tags of the design system. `/components/` shows them all."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from commsplan import looks, navigation
from commsplan.lib import time, toasts

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite. Decoration unless it has a label."""
    classes = f"icon icon-{size}" if size else "icon"
    address = f"{static('dist/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, address
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address)


@register.simple_tag
def look(kind: str, value) -> looks.Look:
    return looks.look_of(kind, value)


@register.simple_tag(takes_context=True)
def theme(context) -> str:
    return getattr(reader(context), "theme", "auto")


@register.simple_tag(takes_context=True)
def shortcuts(context) -> str:
    return "on" if getattr(reader(context), "shortcuts", True) else "off"


def reader(context):
    return getattr(context.get("request"), "user", None)


# Times


def language() -> str:
    return (get_language() or "en").split("-")[0]


@register.simple_tag(takes_context=True)
def when(context, value: datetime | None, zone: str = "", until: datetime | None = None) -> SafeString:
    """A moment or window in the reader's zone, with weekday; the place's zone stands beside it where it differs."""
    if value is None:
        return mark_safe('<span class="text-secondary">no date yet</span>')
    own = getattr(reader(context), "time_zone", "") or timezone.get_current_timezone_name()
    said = time.window(value, until, zone=own, language=language())
    stamp = format_html('<time datetime="{}">{}</time>', value.isoformat(), said)
    if not zone or same_clock(value, own, zone):
        return stamp
    there = time.window(value, until, zone=zone, language=language())
    return format_html('{} <span class="when-there">{}</span>', stamp, there)


@register.simple_tag(takes_context=True)
def ago(context, value: datetime | None, empty: str = "never") -> SafeString:
    """For lists: "in 3 days", with the full moment as its title and as its text without JavaScript."""
    if value is None:
        return format_html('<span class="text-secondary">{}</span>', empty)
    own = getattr(reader(context), "time_zone", "") or timezone.get_current_timezone_name()
    said = time.full(value, zone=own, language=language())
    return format_html(
        '<relative-time datetime="{}" title="{}" lang="{}" threshold="P60D" tense="auto">{}</relative-time>',
        value.astimezone(UTC).isoformat(),
        said,
        {"en": "en-GB"}.get(language(), language()),
        said,
    )


@register.simple_tag
def duration(minutes: int) -> str:
    return time.duration(minutes, language=language())


def same_clock(value: datetime, one: str, other: str) -> bool:
    return value.astimezone(ZoneInfo(one)).utcoffset() == value.astimezone(ZoneInfo(other)).utcoffset()


# The side menu, the palette, the list of shortcuts


@register.simple_tag(takes_context=True)
def places(context) -> list[dict]:
    match = getattr(context.get("request"), "resolver_match", None)
    here = (match and match.url_name) or ""
    return [
        {"place": place, "url": navigation.address(place.name), "active": place.holds(here)}
        for place in navigation.PLACES
        if navigation.address(place.name) and place.is_for(reader(context))
    ]


@register.simple_tag
def address(name: str) -> str:
    return navigation.address(name)


@register.simple_tag(takes_context=True)
def keys(context) -> list[tuple[str, str]]:
    allowed = [place for place in navigation.PLACES if place.is_for(reader(context))]
    going = [(" or ".join(place.keys), f"Go to {place.label.lower()}") for place in allowed]
    return [*navigation.KEYS, *going]


@register.filter
def undo_url(message) -> str:
    return toasts.undo_url(message.extra_tags)


@register.filter
def tone_of(message) -> str:
    return {"success": "good", "warning": "warn", "error": "bad"}.get(message.level_tag, "info")


@register.filter
def elided(page) -> list:
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def initials(name: str) -> str:
    words = str(name).split()
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


# Components with children


@register.simple_block_tag
def card(content, title: str = "", subtitle: str = "", flush: bool = False, level: int = 2):
    """flush: a table or list without padding."""
    values = {"content": content, "title": title, "subtitle": subtitle, "flush": flush, "level": level}
    return render_to_string("components/card.html", values)


@register.simple_block_tag
def dialog(content, id: str, title: str, size: str = ""):
    """A native <dialog>, opened by any element with data-dialog="id". size: "wide"."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title, "size": size})


@register.simple_block_tag
def bulkbar(content, noun: str = "selected"):
    """Sticky bar that appears when rows are selected; the buttons inside belong to the form around the table."""
    return render_to_string("components/bulkbar.html", {"content": content, "noun": noun})


@register.simple_block_tag
def filterbar(content, clear: str = ""):
    """The fields of a GET form. `clear` is the address without filters; given only when a filter is on."""
    return render_to_string("components/filterbar.html", {"content": content, "clear": clear})
