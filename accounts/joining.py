"""How somebody becomes an account, and how its roles change."""

from allauth.account.models import EmailAddress
from django.db import connection, transaction

from accounts.enums import Role
from accounts.models import Account


class AlreadySetUp(Exception):
    """There is an account already."""


class NoAdministratorLeft(Exception):
    """The change would leave nobody who can manage accounts."""


def set_up(*, name: str, email: str, password: str, time_zone: str) -> Account:
    """The first account, an administrator. Two who try at the same moment: the second one is refused."""
    with transaction.atomic():
        one_at_a_time()
        if Account.objects.exists():
            raise AlreadySetUp("CommsPlan is set up already. Please sign in.")
        return Account.objects.create_user(
            email, password, name=name, time_zone=time_zone, roles=[Role.ADMINISTRATOR, Role.APPROVER]
        )


@transaction.atomic
def change(account: Account, **fields) -> Account:
    """Store new values of an account. Two administrators who dismiss one another: the second one is refused."""
    one_at_a_time()
    for name, value in fields.items():
        setattr(account, name, value)
    account.save()
    EmailAddress.objects.filter(user=account).exclude(email__iexact=account.email).delete()
    if not Account.objects.filter(is_active=True, roles__contains=[Role.ADMINISTRATOR]).exists():
        raise NoAdministratorLeft("Somebody must stay an administrator. Give the role to another account first.")
    return account


def one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.joining'))")
