"""One adapter for each channel that sends, a folder of the same shape each. What is only shown (the status page, the
banner) is not among them. How to add one: docs/channels.md.
"""

from notices.channels import apprise, email, googlechat, matrix, mattermost, mime, provider, slack, sms, teams, webhook
from notices.channels.base import Access, Post
from notices.channels.kind import Field, Kind, Limits, Place, Wrong
from stakeholders.enums import Channel

__all__ = ["KINDS", "SENDERS", "Field", "Kind", "Limits", "Place", "Wrong"]


def _mail(access: Access) -> Post:
    return provider.open(access) if provider.is_chosen(access) else email.Mail(access)


EMAIL = Kind(
    channel=Channel.EMAIL,
    summary="Through a mail server, as EMAIL_URL names it, or through the API of a provider.",
    address=Place("Mail address", "", "cai@example.org", of_people=True, of_rooms=True),
    build=mime.build,
    open=_mail,
    fields=provider.FIELDS,
    limits=Limits(connections=8),  # with 4, two workers use a fifth more processor time: they wait and wake more often
    depends_on=("the mail server", "mailboxes"),
    help="channel-mail-providers",
)

KINDS: dict[str, Kind] = {
    kind.channel: kind
    for kind in (
        *(EMAIL, teams.KIND, slack.KIND, mattermost.KIND, matrix.KIND, googlechat.KIND),
        *(sms.KIND, webhook.KIND, apprise.KIND),
    )
}
SENDERS = KINDS  # those that messages are made for; which of them are set up: notices.pipeline.outlets.offered
