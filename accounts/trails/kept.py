"""What the trails of this app keep."""

from django.urls import reverse

from accounts.models import Account
from accounts.trails.trail import Trail

TRAILS = (
    Trail(
        kind="account",
        model=Account,
        noun="Account",
        reads="accounts.manage",
        hides=("joined_at",),
        url=lambda row: reverse("account_edit", args=[row.pk]),
        zone=lambda row: "",
    ),
)
