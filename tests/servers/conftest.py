import pytest

from notices.channels.email import relay
from tests.fixtures.scripted import scripted
from tests.notices.channels.email.conftest import certificate

__all__ = ["certificate", "scripted"]


@pytest.fixture(autouse=True)
def _unprejudiced(settings):
    """What a process remembers of a server does not belong to the next test's."""
    relay._slower.clear()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 30
