from django.db import models


class Made(models.Model):
    """When the sample organisation was made: its dates are relative to that day."""

    at = models.DateTimeField()

    def __str__(self):
        return f"made {self.at:%Y-%m-%d %H:%M}"
