"""Calendar files that look like those of the programs people use."""

NOTHING = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Nobody//EN\r\nEND:VCALENDAR\r\n"


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Nobody//EN", *head.split("\n"), *events, "END:VCALENDAR", ""]
    return "\r\n".join(line for line in "\n".join(lines).split("\n") if line).encode() + b"\r\n"


def event(*lines: str, uid="exam-1", name="Exams", start="DTSTART;VALUE=DATE:20260310", end="") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{name}", start, end, *lines, "END:VEVENT"])


# Windows' own names of zones with their definition, no X-WR-TIMEZONE, alarms, folded lines
OUTLOOK = (
    b"BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\n"
    b"X-WR-CALNAME:Examinations\r\n"
    b"BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\n"
    b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    b"BEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\n"
    b"TZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    b"BEGIN:VEVENT\r\nCLASS:PUBLIC\r\nDTSTAMP:20260201T100000Z\r\n"
    b'DTSTART;TZID="W. Europe Standard Time":20260320T090000\r\n'
    b'DTEND;TZID="W. Europe Standard Time":20260320T170000\r\n'
    b'RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=FR\r\nEXDATE;TZID="W. Europe Standard Time":20260403T090000\r\n'
    b"SEQUENCE:0\r\nSUMMARY;LANGUAGE=de:Pr\xc3\xbcfungen im gro\xc3\x9fen\r\n  Saal\r\nTRANSP:OPAQUE\r\n"
    b"UID:040000008200E00074C5B7101A82E008\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\n"
    b"ACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)

# Moments in UTC, whole days without DURATION, an occurrence that was moved and one that was called off
GOOGLE = calendar(
    event("STATUS:CONFIRMED", uid="open@google.com", name="Open day", end="DTEND;VALUE=DATE:20260312"),
    event(
        "RRULE:FREQ=WEEKLY;UNTIL=20260410T215959Z;BYDAY=TU",
        uid="jury@google.com",
        name="Jury",
        start="DTSTART;TZID=Europe/Berlin:20260317T140000",
        end="DTEND;TZID=Europe/Berlin:20260317T160000",
    ),
    event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260324T140000",
        "SEQUENCE:1",
        uid="jury@google.com",
        name="Jury (moved)",
        start="DTSTART;TZID=Europe/Berlin:20260325T140000",
        end="DTEND;TZID=Europe/Berlin:20260325T160000",
    ),
    event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260407T140000",
        "STATUS:CANCELLED",
        uid="jury@google.com",
        name="Jury",
        start="DTSTART;TZID=Europe/Berlin:20260407T140000",
        end="DTEND;TZID=Europe/Berlin:20260407T160000",
    ),
    event(uid="call@google.com", name="Call", start="DTSTART:20260318T150000Z", end="DTEND:20260318T160000Z"),
    head="X-WR-CALNAME:College\nX-WR-TIMEZONE:Europe/Berlin",
)

# Floating times, DURATION, RDATE, a zone of its own making
APPLE = calendar(
    event(
        "RDATE:20260401T080000,20260402T080000",
        "DURATION:PT2H",
        uid="0E6B-1",
        name="Stocktaking",
        start="DTSTART:20260331T080000",
    ),
    event("DURATION:PT1H", uid="0E6B-2", name="Inspection", start="DTSTART;TZID=Customized Time Zone:20260313T080000"),
    head="CALSCALE:GREGORIAN\nX-APPLE-CALENDAR-COLOR:#FF2968",
)
