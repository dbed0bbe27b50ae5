"""Mails that come back, written for a message."""

from django.conf import settings

from notices.bounces import Report, read
from notices.channels import verp
from notices.models import Message


def back_to(message: Message) -> str:
    return verp.make(message.pk, settings.BOUNCE_DOMAIN)


def id_of(message: Message) -> str:
    return f"<m{message.pk}.{verp.sign(message.pk)}.20260302090000@{settings.BASE_HOST}>"


def dsn(
    message: Message,
    *,
    to: str = "",
    address: str = "",
    status="5.1.1",
    action="failed",
    said="",
    own_id="<r1@mx.example>",
) -> bytes:
    diagnostic = f"Diagnostic-Code: smtp; {said}\n" if said else ""
    return f"""From: MAILER-DAEMON@mx.example
To: {to or back_to(message)}
Subject: Undelivered Mail Returned to Sender
Message-ID: {own_id}
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

It could not be delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address or message.address}
Action: {action}
Status: {status}
{diagnostic}
--B
Content-Type: text/rfc822-headers

Message-ID: {id_of(message)}
--B--
""".encode()


def complaint(message: Message, *, address: str = "[redacted]") -> bytes:
    return f"""From: loop@mx.example
To: abuse@plan.example
Subject: Abuse
Message-ID: <c1@mx.example>
Content-Type: multipart/report; report-type=feedback-report; boundary=B

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Rcpt-To: {address}
--B
Content-Type: text/rfc822-headers

Message-ID: {id_of(message)}
--B--
""".encode()


def report(raw: bytes) -> Report:
    return read(raw, read_key=verp.read)[0]
