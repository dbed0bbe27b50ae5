"""Names that people give to time zones and that are none: what they may have meant."""

import re
from functools import cache
from zoneinfo import available_timezones

WINDOWS = {
    "utc": "UTC",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "romance standard time": "Europe/Paris",
    "gtb standard time": "Europe/Bucharest",
    "fle standard time": "Europe/Kiev",
    "e. europe standard time": "Europe/Chisinau",
    "turkey standard time": "Europe/Istanbul",
    "russian standard time": "Europe/Moscow",
    "israel standard time": "Asia/Jerusalem",
    "egypt standard time": "Africa/Cairo",
    "south africa standard time": "Africa/Johannesburg",
    "w. central africa standard time": "Africa/Lagos",
    "e. africa standard time": "Africa/Nairobi",
    "morocco standard time": "Africa/Casablanca",
    "arabian standard time": "Asia/Dubai",
    "arab standard time": "Asia/Riyadh",
    "iran standard time": "Asia/Tehran",
    "pakistan standard time": "Asia/Karachi",
    "india standard time": "Asia/Kolkata",
    "se asia standard time": "Asia/Bangkok",
    "singapore standard time": "Asia/Singapore",
    "china standard time": "Asia/Shanghai",
    "taipei standard time": "Asia/Taipei",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "w. australia standard time": "Australia/Perth",
    "cen. australia standard time": "Australia/Adelaide",
    "e. australia standard time": "Australia/Brisbane",
    "aus eastern standard time": "Australia/Sydney",
    "new zealand standard time": "Pacific/Auckland",
    "eastern standard time": "America/New_York",
    "us eastern standard time": "America/Indiana/Indianapolis",
    "central standard time": "America/Chicago",
    "canada central standard time": "America/Regina",
    "mountain standard time": "America/Denver",
    "us mountain standard time": "America/Phoenix",
    "pacific standard time": "America/Los_Angeles",
    "alaskan standard time": "America/Anchorage",
    "hawaiian standard time": "Pacific/Honolulu",
    "atlantic standard time": "America/Halifax",
    "newfoundland standard time": "America/St_Johns",
    "central standard time (mexico)": "America/Mexico_City",
    "sa pacific standard time": "America/Bogota",
    "argentina standard time": "America/Argentina/Buenos_Aires",
    "e. south america standard time": "America/Sao_Paulo",
}
ABBREVIATIONS = {
    **dict.fromkeys(("cet", "cest", "mez", "mesz", "met", "mest", "hec"), "Europe/Berlin"),
    **dict.fromkeys(("wet", "west"), "Europe/Lisbon"),
    **dict.fromkeys(("eet", "eest", "oez", "oesz"), "Europe/Athens"),
    **dict.fromkeys(("gmt", "bst", "gb"), "Europe/London"),
    **dict.fromkeys(("est", "edt", "et", "est5edt"), "America/New_York"),
    **dict.fromkeys(("cst", "cdt", "ct", "cst6cdt"), "America/Chicago"),
    **dict.fromkeys(("mst", "mdt", "mt", "mst7mdt"), "America/Denver"),
    **dict.fromkeys(("pst", "pdt", "pt", "pst8pdt"), "America/Los_Angeles"),
    **dict.fromkeys(("hst",), "Pacific/Honolulu"),
    **dict.fromkeys(("msk",), "Europe/Moscow"),
    **dict.fromkeys(("ist",), "Asia/Kolkata"),
    **dict.fromkeys(("jst",), "Asia/Tokyo"),
    **dict.fromkeys(("aest", "aedt"), "Australia/Sydney"),
    **dict.fromkeys(("z", "zulu", "uct"), "UTC"),
}


@cache
def by_name() -> dict[str, str]:
    """Zones of places, and UTC. “CET” and “Etc/GMT+1” are in the list of the world too, but they are no place."""
    return {name.lower(): name for name in available_timezones() if ("/" in name and not name.startswith("Etc/"))} | {
        "utc": "UTC",
        "etc/utc": "UTC",
    }


@cache
def by_place() -> dict[str, str]:
    """“Berlin” and “New York”."""
    return {
        name.rsplit("/", 1)[1].replace("_", " ").lower(): name for name in sorted(by_name().values()) if "/" in name
    }


def meant(text: str) -> str:
    """Outlook lists cities: (UTC+01:00) Amsterdam, Berlin, Bern."""
    word = re.sub(r"^\(.*?\)", "", text.lower()).split(",")[0].strip()
    return WINDOWS.get(word) or ABBREVIATIONS.get(word) or by_place().get(word.replace("_", " ")) or ""
