"""An address that was given up works again: somebody says so, who knows."""

from django.db import transaction

from stakeholders.enums import AddressState
from stakeholders.models import Address, Person


@transaction.atomic
def works_again(person: Person) -> bool:
    """All addresses of this person. False when none was given up. A bounce gives one up again."""
    people = Person.objects.filter(pk=person.pk).exclude(email_state=AddressState.WORKING)
    addresses = Address.objects.filter(person=person).exclude(state=AddressState.WORKING)
    changed = people.update(email_state=AddressState.WORKING), addresses.update(state=AddressState.WORKING)
    return any(changed)


def given_up(person: Person, addresses: list[Address]) -> str:
    """Why nothing goes out to this person any more over some way: one of the states, the graver one first."""
    states = {one.state for one in addresses} | ({person.email_state} if person.email else set())
    order = (AddressState.COMPLAINED, AddressState.BOUNCED)
    return next((state for state in order if state in states), "")
