"""What lets in whoever knows it, for those who send there."""

import logging
from collections.abc import Collection

from commsplan.lib import secrets
from commsplan.lib.these import these
from stakeholders.enums import Channel
from stakeholders.models import Address

log = logging.getLogger(__name__)


def secrets_of(channel: str, people: Collection[int]) -> dict[int, str]:
    """By person. One query; whose address has no secret, or one that cannot be read, is not in it."""
    rows = Address.objects.filter(channel=channel, person__in=these(people)).exclude(secret=None).order_by("pk")
    found: dict[int, str] = {}
    for person, stored in rows.values_list("person", "secret"):
        try:
            found[person] = secrets.decrypt(stored or b"")
        except secrets.CannotDecrypt:
            log.error("secret address cannot be read: person=%s channel=%s", person, channel)
    return found


def in_use(also: Collection[str] = ()) -> list[Channel]:
    """Channels by which people can be reached as the register stands: mail, and those for which it has an address."""
    known = {Channel.EMAIL, *also, *Address.objects.order_by().values_list("channel", flat=True).distinct()}
    return [one for one in Channel if one in known]
