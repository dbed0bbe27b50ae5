"""What people remark to each other about a notice before it goes out."""

import pghistory
from django.conf import settings
from django.db import models

from commsplan.lib.constraints import paired
from notices.models.notice import Notice, Revision


@pghistory.track()
class Comment(models.Model):
    """What somebody remarks about a notice while it is being written and approved. Never part of what goes out."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="comments")
    revision = models.ForeignKey(
        Revision, models.SET_NULL, null=True, blank=True, related_name="+", help_text="The version they looked at."
    )
    text = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=paired("resolved_at", "resolved_by"), name="a_resolved_comment_has_who_and_when"
            )
        ]
        indexes = [models.Index(fields=["notice", "at"], name="comment_by_notice")]

    def __str__(self):
        return self.text[:80]
