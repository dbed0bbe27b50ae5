"""Maintenance notes as vendors write them."""

from datetime import UTC, datetime

START = datetime(2026, 5, 2, 22, 0, tzinfo=UTC)
END = datetime(2026, 5, 3, 2, 0, tzinfo=UTC)
FIELDS = {
    "DTSTART": "20260502T220000Z",
    "DTEND": "20260503T020000Z",
    "DTSTAMP": "20260401T080000Z",
    "UID": "CHG-1@carrier.example",
    "SEQUENCE": "1",
    "SUMMARY": "Splice work",
    "ORGANIZER": "mailto:noc@carrier.example",
    "X-MAINTNOTE-PROVIDER": "carrier.example",
    "X-MAINTNOTE-ACCOUNT": "77",
    "X-MAINTNOTE-MAINTENANCE-ID": "CHG-1",
    "X-MAINTNOTE-OBJECT-ID": "IC-1",
    "X-MAINTNOTE-IMPACT": "OUTAGE",
    "X-MAINTNOTE-STATUS": "CONFIRMED",
}


def event(*more: str, **values: str | None) -> str:
    """`dtend=None` leaves a field out, `status="TENTATIVE"` sets X-MAINTNOTE-STATUS; `more` are further lines."""
    fields = dict(FIELDS)
    for name, value in values.items():
        key = name.upper().replace("_", "-")
        key = key if key in fields else f"X-MAINTNOTE-{key}"
        fields[key] = value
    lines = [f"{key}:{value}" for key, value in fields.items() if value is not None]
    return "\r\n".join(["BEGIN:VEVENT", *lines, *more, "END:VEVENT"])


def calendar(*events: str, head: str = "") -> bytes:
    return "\r\n".join(
        filter(None, ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", head, *events, "END:VCALENDAR", ""])
    ).encode()


def file(*more: str, **values: str | None) -> bytes:
    return calendar(event(*more, **values))
