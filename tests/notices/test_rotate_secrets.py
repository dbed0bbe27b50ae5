import pytest
from django.core.management import CommandError, call_command

from commsplan.lib import secrets
from notices.models import Outlet
from stakeholders.enums import Channel
from stakeholders.models import Address
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(settings):
    settings.SECRETS_KEYS = ["former-key-of-secrets"]
    outlet = Outlet.objects.create(channel=Channel.MATRIX, secrets=secrets.encrypt_values({"token": "hush"}))
    room = Address.objects.create(
        person=factories.person("IT news"), channel=Channel.WEBHOOK, address="Tickets", secret=secrets.encrypt("hush")
    )
    Outlet.objects.create(channel=Channel.TEAMS)
    return outlet, room


def test_after_a_rotation_the_former_key_is_not_needed(rows, settings, capsys):
    settings.SECRETS_KEYS = ["new-key-of-secrets", "former-key-of-secrets"]
    call_command("rotate_secrets")
    settings.SECRETS_KEYS = ["new-key-of-secrets"]

    assert secrets.decrypt_values(Outlet.objects.get(channel=Channel.MATRIX).secrets) == {"token": "hush"}
    assert secrets.decrypt(Address.objects.get().secret) == "hush"
    assert "2" in capsys.readouterr().out


def test_what_no_key_opens_is_counted_and_kept(rows, settings):
    settings.SECRETS_KEYS = ["another-key-of-secrets"]
    with pytest.raises(CommandError, match="opens 2"):
        call_command("rotate_secrets")
    settings.SECRETS_KEYS = ["former-key-of-secrets"]

    assert secrets.decrypt(Address.objects.get().secret) == "hush"
