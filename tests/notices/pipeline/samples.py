"""A message with everything in it, without a database."""

from notices.models import Message, Notice, Revision, Variant

UPGRADE = {
    "upgrade.name": "Mail migration",
    "upgrade.slug": "mail-migration",
    "upgrade.objective": "Mail runs on the new system.",
    "upgrade.why": "The old servers are no longer supported.",
    "upgrade.why_now": "",
    "upgrade.risk": "",
    "upgrade.benefit": "A bigger mailbox & faster search.",
    "upgrade.contact_name": "Maria Lang",
    "upgrade.contact_email": "maria.lang@example.org",
    "upgrade.contact_phone": "+49 30 1234-56",
    "upgrade.time_zone": "Europe/Berlin",
    "upgrade.services": ["Mail"],
}
MILESTONE = {
    "milestone:7.name": "Wave 1: City campus",
    "milestone:7.uid": "5e0b6b0e-7f0e-4b8b-8c37-3a9c8f1f4a11",
    "milestone:7.sequence": 2,
    "milestone:7.start": "2026-03-28T21:00:00+00:00",
    "milestone:7.end": "2026-03-29T04:00:00+00:00",
    "milestone:7.status": "confirmed",
    "milestone:7.impact": 3,
    "milestone:7.downtime": 45,
    "milestone:7.services": ["Calendar", "Mail"],
    "milestone:7.sites": ["City campus", "Harbour"],
    "milestone:7.effect": "You cannot send or receive mail.\nWebmail is closed.",
    "milestone:7.action": "Log out of webmail.",
    "milestone:7.action_deadline": "2026-03-28T16:00:00+00:00",
}
FACTS = UPGRADE | MILESTONE
ENGAGEMENT = {
    "engagement:3.title": "Open hour for department heads",
    "engagement:3.kind": "meeting",
    "engagement:3.state": "planned",
    "engagement:3.cancel_reason": "",
    "engagement:3.uid": "0d1a7c62-94a4-4a8c-9ed9-1d6fb1f1b0c7",
    "engagement:3.sequence": 1,
    "engagement:3.start": "2026-03-10T09:00:00+00:00",
    "engagement:3.end": "2026-03-10T10:00:00+00:00",
    "engagement:3.time_zone": "Europe/Berlin",
    "engagement:3.place": "Room 2.14, Harbour",
    "engagement:3.link": "https://meet.example.org/open-hour",
    "engagement:3.topics": "What changes for you.\nYour questions.",
    "engagement:3.host": "Ana Abel",
    "engagement:3.host_email": "ana@example.org",
}
CONCERN = {"concern:8.text": "Does my phone keep working?\nIt is an old one.", "concern:8.answer": "Yes, it does."}
RELEASE = {
    "base_url": "https://comms.example.org",
    "organisation": "Northfield College",
    "from": '"Maria Lang, Northfield College" <commsplan@example.org>',
    "reply_to": '"Maria Lang" <maria.lang@example.org>',
    "bounce_domain": "bounces.example.org",
    "date": "2026-03-02T08:00:00+00:00",
    "host": "comms.example.org",
    "published": True,
}
BODY = "Hello {{ first_name }},\n\n**{{ services }}** will not be available: {{ window }}.\n"


def message(
    *,
    kind="announcement",
    language="en",
    subject="{{ services }}: {{ day }}",
    body=BODY,
    facts=None,
    release=None,
    name="Cai Berg",
    address="cai@example.org",
    zone="Europe/Berlin",
    pk=1234,
    survey=False,
    asks=False,
    **values,
) -> Message:
    notice = Notice(
        pk=42,
        kind=kind,
        upgrade_id=5,
        release=RELEASE if release is None else release,
        asks_acknowledgement=asks,
        survey_id=9 if survey else None,
    )
    revision = Revision(notice=notice, number=1, facts=FACTS if facts is None else facts)
    return Message(
        pk=pk,
        notice=notice,
        variant=Variant(revision=revision, language=language, subject=subject, body=body),
        person_id=77,
        address=address,
        values={
            "name": name,
            "zone": zone,
            "invite": False,
            "is_list": False,
            "invitation": 5 if survey else None,
            **values,
        },
    )
