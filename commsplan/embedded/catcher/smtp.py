"""The SMTP side: takes everything, except addresses that cannot exist."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from commsplan.embedded.catcher.mailbox import Mailbox

LARGEST_MAIL = 50 * 2**20


class Catch:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        """`.invalid` never exists (RFC 2606), so one can see what a refusal does. `busy.invalid` may exist tomorrow."""
        domain = address.rpartition("@")[2].lower().rstrip(">")
        if domain.endswith("busy.invalid"):
            return "450 4.2.1 This mailbox is busy, try again later"
        if domain == "invalid" or domain.endswith(".invalid"):
            return "550 5.1.2 There is no such domain"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            mail = self.mailbox.add(
                sender=envelope.mail_from or "", recipients=envelope.rcpt_tos, content=envelope.original_content or b""
            )
        except OSError as error:
            return f"452 4.3.1 The mail could not be kept: {error.strerror}"
        return f"250 2.0.0 OK, kept as number {mail.id}"


def server(mailbox: Mailbox) -> SMTP:
    return SMTP(
        Catch(mailbox),
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
        hostname="catcher.localhost",
        ident="CommsPlan mail catcher",
        timeout=900,
        loop=asyncio.get_running_loop(),
    )
