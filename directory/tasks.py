"""Imports in the background. The import itself says what is to be done with it; a repeated task finds nothing to do."""

from celery import shared_task
from django.utils import timezone

from accounts.models import Account
from directory.importing import applying, previewing
from directory.importing.progress import to_cache
from directory.importing.refusals import Refused
from directory.models import Import


@shared_task
def read_import(*, pk, **_):  # **_ : old workers survive new arguments
    """After `previewing.ask`."""
    if import_ := Import.objects.filter(pk=pk).first():
        try:
            previewing.preview(import_, progress=to_cache(import_))
        except Refused:
            return  # somebody else does it


@shared_task
def apply_import(*, pk, by, **_):
    """After `applying.ask`."""
    if import_ := Import.objects.filter(pk=pk).defer("content").first():
        try:
            account = Account.objects.filter(pk=by).first()
            applying.apply(import_, by=account, now=timezone.now(), progress=to_cache(import_))
        except Refused:
            return  # the import says why
