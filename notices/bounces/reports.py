"""What one mail that came back says of one recipient."""

import re
from dataclasses import dataclass
from enum import StrEnum

UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class Kind(StrEnum):
    """The same words as IncomingKind, which this package must not know."""

    BOUNCE = "bounce"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    OTHER = "other"


class About(StrEnum):
    """Whose fault it is, so that a good address is not given up because of our own reputation."""

    ADDRESS = "address"  # nobody there: unknown, closed, moved; or a domain that does not exist
    FULL = "full"  # somebody there, and no room
    CONTENT = "content"  # this letter: spam, virus, too big, against a policy
    SENDER = "sender"  # us: blocked, not authenticated, too fast
    ROUTE = "route"  # the way: does not answer, loops, broken, too late
    UNKNOWN = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    kind: Kind
    address: str = ""
    original: str = ""  # the address that was written to, where the server says that it is another one
    is_permanent: bool | None = None
    status: str = ""  # enhanced status code (RFC 3463), else the SMTP reply code
    about: About = About.UNKNOWN
    detail: str = ""
    key: int | None = None  # of the message, from our own envelope sender
    message_ids: tuple[str, ...] = ()
    is_opt_out: bool = False
    own_id: str = ""  # of the notice itself, for knowing it when it comes a second time
    written_to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Halves of characters and NULs, which UTF-7 and JSON can smuggle in, are written nowhere: not by PostgreSQL
        and not by a terminal."""
        for name in ("address", "original", "status", "detail", "own_id"):
            object.__setattr__(self, name, UNWRITABLE.sub("", getattr(self, name)))

    @property
    def is_about_the_address(self) -> bool:
        """Nothing more should go there at once."""
        return self.kind == Kind.BOUNCE and self.is_permanent is True and self.about in (About.ADDRESS, About.UNKNOWN)
