"""Times typed on the wall clock of a place: a form field without a zone, and what such a time means in one."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django import forms

from commsplan.lib import time

SHAPE = "%Y-%m-%dT%H:%M"
YEARS = range(1970, 2201)  # every clock on earth can show them, and what comes again fifteen years later


class WallClockField(forms.DateTimeField):
    """A date and a time without a zone; the form that has it knows the place."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=SHAPE)
    input_formats = [SHAPE, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
    default_error_messages = {
        "invalid": "Enter a date and a time, for example 2026-03-29 02:30.",
        "year": f"Enter a year between {YEARS[0]} and {YEARS[-1]}.",
    }

    def to_python(self, value):
        if value in self.empty_values:
            return None
        typed = next(filter(None, (_typed(value, shape) for shape in self.input_formats)), None)
        wrong = "invalid" if typed is None else "year"
        if typed is None or typed.year not in YEARS:
            raise forms.ValidationError(self.error_messages[wrong], code=wrong)
        return typed

    def prepare_value(self, value):
        return value


def _typed(value: object, shape: str) -> datetime | None:
    try:
        return datetime.strptime(str(value).strip(), shape)
    except ValueError:
        return None


def read(typed: datetime, *, zone: str, stored: datetime | None = None) -> datetime:
    """That wall-clock time as a moment. A time typed as it was shown stays the moment it was, also in the hour that
    occurs twice."""
    if stored and show(stored, zone=zone) == typed:
        return stored
    return time.at_wall_clock(typed.date(), typed.time(), zone=zone)


def show(moment: datetime, *, zone: str) -> datetime:
    """The wall clock at that moment, to the minute, without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0, second=0, microsecond=0)


def understood(typed: datetime, *, zone: str, language: str = "en") -> str:
    """What was made of a time that the change of clocks skips or repeats; empty for all others."""
    place = ZoneInfo(zone)
    first, second = typed.replace(tzinfo=place), typed.replace(tzinfo=place, fold=1)
    if first.utcoffset() == second.utcoffset():
        return ""
    meant = first.astimezone(UTC)
    said = time.full(meant, zone=zone, language=language)
    if show(meant, zone=zone) != typed:
        return f"The clocks go forward: {typed:%H:%M} does not exist on that day, so it was taken as {said}."
    return f"The clocks go back: {typed:%H:%M} occurs twice on that day; the first one was taken, {said}."


@cache
def zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in time.zones()]


class ZoneField(forms.ChoiceField):
    """A choice of time zones; an old name that is stored stays a choice."""

    def __init__(self, **kwargs):
        super().__init__(choices=zone_choices, **kwargs)

    def valid_value(self, value):
        return value in available_timezones()

    def prepare_value(self, value):
        choices = [*self.choices]  # type: ignore[misc]
        if value and value not in dict(choices):
            self.choices = [(value, value), *choices]
        return value
