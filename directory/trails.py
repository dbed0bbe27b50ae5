"""What is told of the directories that are let in."""

from django.urls import reverse

from accounts.trails import Trail
from directory.models import DirectoryToken

TRAILS = (
    Trail(
        kind="directory",
        model=DirectoryToken,
        noun="Directory",
        reads="directory.manage",
        url=lambda row: reverse("directory_tokens"),
    ),
)
