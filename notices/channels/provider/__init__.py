"""Mail through a provider's HTTP interface instead of SMTP. Another way for the channel of mail, not a channel."""

from notices.channels.base import Access, Post
from notices.channels.one_by_one import OneByOne
from notices.channels.provider.providers import FIELDS, PROVIDERS
from notices.channels.provider.sending import Sender

__all__ = ["FIELDS", "PROVIDERS", "is_chosen", "open"]


def is_chosen(access: Access) -> bool:
    return bool(access.config.get("provider"))


def open(access: Access) -> Post:
    return OneByOne(lambda: Sender(access), access)
