"""What is told of circuits and announced maintenance."""

from django.urls import reverse

from accounts.trails import Trail
from vendors.models import Circuit, Maintenance

TRAILS = (
    Trail(kind="circuit", model=Circuit, noun="Circuit", url=lambda row: reverse("circuit", args=[row.pk])),
    Trail(kind="maintenance", model=Maintenance, noun="Maintenance"),
)
