from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from commsplan.lib import secrets
from notices.models import Outlet
from stakeholders.models import Address

STORED = ((Outlet, "secrets"), (Address, "secret"))


class Command(BaseCommand):
    help = (
        "Encrypts all stored secrets with the first key of SECRETS_KEYS. Afterwards the other keys can be taken away. "
        "What no key opens stays as it is, is counted, and makes the exit status 1."
    )

    def handle(self, **options):
        done = lost = 0
        for model, name in STORED:
            for key in model.objects.exclude(**{name: None}).order_by("pk").values_list("pk", flat=True):
                is_done = rotate(model, name, key)
                done, lost = done + is_done, lost + (not is_done)
        self.stdout.write(f"Encrypted anew: {done}")
        if lost:
            raise CommandError(f"No key opens {lost} of them: they have to be entered again.")


@transaction.atomic
def rotate(model, name: str, key: int) -> bool:
    row = model.objects.select_for_update(of=("self",), no_key=True).filter(pk=key).exclude(**{name: None})
    for stored in row.values_list(name, flat=True):
        try:
            model.objects.filter(pk=key).update(**{name: secrets.rotate(stored)})
        except secrets.CannotDecrypt:
            return False
    return True
