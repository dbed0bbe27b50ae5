import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import joining
from accounts.enums import Role
from accounts.models import Account
from tests import factories

pytestmark = pytest.mark.django_db
ANA = {"name": "Ana Abel", "email": "ana@example.org", "password": "sunny-harbour-7", "time_zone": "Europe/Lisbon"}


def test_the_first_account_is_an_administrator_who_may_approve():
    ana = joining.set_up(**ANA)

    assert ana.roles == [Role.ADMINISTRATOR, Role.APPROVER]
    assert ana.check_password("sunny-harbour-7")


def test_there_is_no_second_first_account():
    joining.set_up(**ANA)

    with pytest.raises(joining.AlreadySetUp):
        joining.set_up(**ANA | {"email": "eve@example.org"})
    assert [account.email for account in Account.objects.all()] == ["ana@example.org"]


def test_setting_up_waits_for_whoever_is_setting_up():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        joining.set_up(**ANA)

    assert "pg_advisory_xact_lock" in next(q["sql"] for q in queries if "SAVEPOINT" not in q["sql"])


def test_the_last_administrator_stays_one():
    ana = factories.account(role=Role.ADMINISTRATOR)

    with pytest.raises(joining.NoAdministratorLeft), transaction.atomic():
        joining.change(ana, roles=[Role.READER])
    with pytest.raises(joining.NoAdministratorLeft), transaction.atomic():
        joining.change(Account.objects.get(), is_active=False)

    ana.refresh_from_db()
    assert (ana.roles, ana.is_active) == ([Role.ADMINISTRATOR], True)


def test_an_administrator_who_may_not_sign_in_does_not_count():
    ana = factories.account(role=Role.ADMINISTRATOR)
    factories.account("Ben", role=Role.ADMINISTRATOR, is_active=False)

    with pytest.raises(joining.NoAdministratorLeft):
        joining.change(ana, roles=[])


def test_one_of_two_administrators_may_leave():
    ana = factories.account(role=Role.ADMINISTRATOR)
    factories.account("Ben", role=Role.ADMINISTRATOR)

    joining.change(ana, is_active=False)

    assert not Account.objects.get(pk=ana.pk).is_active
