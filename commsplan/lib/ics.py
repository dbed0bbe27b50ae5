"""iCalendar files as senders in the field write them: any encoding, any line ends, breaks within a text."""

import re

import icalendar

NAMED = re.compile(r"(BEGIN|END):[A-Z-]+\s*$|(?!(?:BEGIN|END):)[A-Z0-9-]+[:;]", re.IGNORECASE)


class NotACalendar(ValueError):
    """With a sentence that says what is wrong with the file."""


def parse(data: bytes) -> list[icalendar.Calendar]:
    content = text(data)
    if "\0" in content:
        raise NotACalendar("This is no calendar file: it is not text.")
    try:
        found = icalendar.Calendar.from_ical(_unbroken(content), multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise NotACalendar("This is no calendar file: it does not read as iCalendar.") from error
    except OSError as error:  # zones are looked up as files
        raise NotACalendar("The calendar names a time zone (TZID) that is none.") from error
    whole = [each for each in found if isinstance(each, icalendar.Calendar)]
    if not whole:
        raise NotACalendar("The calendar is cut off: it does not end (END:VCALENDAR).")
    return whole


def text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for charset in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _unbroken(content: str) -> str:
    """Some senders write line breaks into a text as they are. A line without a name goes on from the one before."""
    lines: list[str] = []
    for line in content.strip().replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if lines and line.strip() and not line.startswith((" ", "\t")) and not NAMED.match(line):
            lines.append(f" \\n{line}")
        elif line.strip():
            lines.append(line)
    return "\r\n".join(lines) + "\r\n"
