"""Countries whose public holidays we know. A code that nobody knows would silently mean "weekends only"."""

from datetime import date
from functools import cache

from babel import Locale
from django import forms

SATURDAY = 5


@cache
def countries() -> list[tuple[str, str]]:
    """ISO 3166 code and name, by name."""
    names = Locale("en").territories
    return sorted(((code, names.get(code, code)) for code in _supported()), key=lambda pair: pair[1])


def name_of(country: str, part: str = "") -> str:
    """ "Germany (BW)", for people; empty without a country."""
    name = Locale("en").territories.get(country, country)
    return f"{name} ({part})" if name and part else name


def parts_of(country: str) -> tuple[str, ...]:
    """States or regions that have holidays of their own, as in ISO 3166-2 without the country."""
    return tuple(_supported().get(country, ()))


def check(form: forms.Form | forms.ModelForm) -> None:
    """For the `clean` of a form with `country` and `subdivision`: puts them in upper case, refuses unknown ones."""
    country, part = ((form.cleaned_data.get(name) or "").upper() for name in ("country", "subdivision"))
    known = parts_of(country)
    if country and country not in _supported():
        form.add_error("country", "Its public holidays are not known. Use two letters such as GB, or leave it empty.")
    elif part and part not in known:
        hint = f"Known: {', '.join(known)}." if known else "Leave it empty."
        form.add_error("subdivision", f"The holidays of that part are not known. {hint}")
    form.cleaned_data |= {"country": country, "subdivision": part}


def public_holiday(day: date, *, country: str, subdivision: str = "") -> str:
    """Its name; empty on any other day, and where nobody knows the country."""
    return _holidays(country, subdivision).get(day) or "" if country and country in _supported() else ""


def is_business_day(day: date, *, country: str, subdivision: str = "") -> bool:
    """By the weekends and public holidays of the place; Monday to Friday where nobody knows the country."""
    if not country or country not in _supported():
        return day.weekday() < SATURDAY
    return _holidays(country, subdivision).is_working_day(day)


@cache
def _holidays(country: str, subdivision: str):
    import holidays  # noqa: PLC0415 - heavy: it loads the calendars of all countries

    part = subdivision if subdivision in parts_of(country) else None
    return holidays.country_holidays(country, subdiv=part, language="en_US")


@cache
def _supported() -> dict[str, list[str]]:
    import holidays  # noqa: PLC0415 - heavy: it loads the calendars of all countries

    return holidays.list_supported_countries(include_aliases=False)  # these have three letters
