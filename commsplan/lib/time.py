"""Times as people read them: every one names its weekday and its zone.

Month and weekday names are ours (three languages), so that a mail rendered again years later reads the same.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

WEEKEND = (5, 6)
WORKING_HOURS = range(8, 18)
NAMES = {
    "en": (
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        "{weekday} {day} {month} {year}",
    ),
    "de": (
        ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        "{weekday}, {day}. {month} {year}",
    ),
    "fr": (
        ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        "{weekday} {day} {month} {year}",
    ),
}
DURATION_WORDS = {
    "en": ("minute", "minutes", "hour", "hours", "day", "days"),
    "de": ("Minute", "Minuten", "Stunde", "Stunden", "Tag", "Tage"),
    "fr": ("minute", "minutes", "heure", "heures", "jour", "jours"),
}


def day(value: date, *, language: str = "en") -> str:
    weekdays, months, pattern = NAMES.get(language, NAMES["en"])
    shown_day = "1er" if language == "fr" and value.day == 1 else value.day
    return pattern.format(
        weekday=weekdays[value.weekday()], day=shown_day, month=months[value.month - 1], year=value.year
    )


def short_day(value: date, *, language: str = "en") -> str:
    """ "Sun 29 Mar 2026", for subjects."""
    weekdays, months, _ = NAMES.get(language, NAMES["en"])
    weekday = weekdays[value.weekday()]
    if language == "de":
        return f"{weekday[:2]} {value:%d.%m.%Y}"
    if language == "fr":
        return f"{weekday[:3]}. {value:%d/%m/%Y}"
    return f"{weekday[:3]} {value.day} {months[value.month - 1][:3]} {value.year}"


def day_of_month(value: date, *, language: str = "en", this_year: int) -> str:
    """ "2 May"; "2 May 2025" in another year than this."""
    months = NAMES.get(language, NAMES["en"])[1]
    number = f"{value.day}." if language == "de" else "1er" if language == "fr" and value.day == 1 else str(value.day)
    year = "" if value.year == this_year else f" {value.year}"
    return f"{number} {months[value.month - 1]}{year}"


def month(value: datetime, *, zone: str, language: str = "en") -> str:
    """ "March 2026"."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{NAMES.get(language, NAMES['en'])[1][local.month - 1]} {local.year}"


def zone_name(value: datetime, zone: str) -> str:
    """ "Europe/Berlin (CEST)"; zones whose abbreviation is only an offset show it as UTC+03."""
    short = value.astimezone(ZoneInfo(zone)).tzname() or ""
    if short.startswith(("+", "-")):
        short = f"UTC{short}"
    return zone if zone == short else f"{zone} ({short})"


def full(value: datetime, *, zone: str, language: str = "en") -> str:
    """ "Sunday 29 March 2026, 02:00 Europe/Berlin (CET)"."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date(), language=language)}, {local:%H:%M} {zone_name(value, zone)}"


def window(start: datetime, end: datetime | None, *, zone: str, language: str = "en") -> str:
    """ "Sunday 29 March 2026, 02:00–06:00 Europe/Berlin (CET)"; both dates when they differ, both abbreviations when
    the clocks change in between."""
    if end is None or end == start:
        return full(start, zone=zone, language=language)
    tz = ZoneInfo(zone)
    first, last = start.astimezone(tz), end.astimezone(tz)
    if first.tzname() != last.tzname():
        return f"{full(start, zone=zone, language=language)} – {full(end, zone=zone, language=language)}"
    if first.date() != last.date():
        return f"{day(first.date(), language=language)}, {first:%H:%M} – {full(end, zone=zone, language=language)}"
    return f"{day(first.date(), language=language)}, {first:%H:%M}–{last:%H:%M} {zone_name(start, zone)}"


def wall_clock(value: datetime, *, zone: str) -> str:
    """ "2026-03-29T02:00", as date fields of a browser take it."""
    return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def duration(minutes: int, *, language: str = "en") -> str:
    """ "2 hours 30 minutes"."""
    words = DURATION_WORDS.get(language, DURATION_WORDS["en"])
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    parts = [(days, words[4:6]), (hours, words[2:4]), (left, words[0:2])]
    said = [f"{count} {names[0] if count == 1 else names[1]}" for count, names in parts if count]
    return " ".join(said) or f"0 {words[1]}"


def at_wall_clock(on: date, at: time, *, zone: str) -> datetime:
    """That date and time on the wall of the place, in UTC.

    A time that occurs twice (clocks go back) is the first one; a time that does not exist (clocks go forward) is
    moved forward by the length of the gap, as RFC 5545 has it.
    """
    local = datetime.combine(on, at, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def is_outside_working_hours(at: datetime, *, zone: str) -> bool:
    """When one does not expect mail from colleagues; holidays are not known here."""
    local = at.astimezone(ZoneInfo(zone))
    return local.weekday() in WEEKEND or local.hour not in WORKING_HOURS


def zones() -> list[str]:
    """The zones a person may choose: areas and UTC, without the historical aliases."""
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ["UTC", *sorted(name for name in available_timezones() if name.startswith(areas))]


def minutes(value: timedelta) -> int:
    return round(value.total_seconds() / 60)
