"""Making the sample organisation, and knowing whether somebody has worked in it since."""

from datetime import datetime

import pghistory.models
from django.db import connection

from notices.lint import checking
from notices.models import Message, Notice
from sample import operation
from sample.models import Made
from sample.organisation import Organisation
from sample.story import Story
from sample.voices import Voices
from stakeholders.models import Group, Person
from upgrades.models import Service, Upgrade

KEPT = {"django_migrations", "django_content_type"}


def load(*, now: datetime) -> dict[str, int]:
    """Into an empty database. Returns how many of each were made."""
    college = Organisation(now=now).build()
    Story(college, now).tell()
    operation.limit(college, now=now)
    checking.keep_some(now=now)
    Voices(college, now).speak()
    operation.count(now=now)
    Made.objects.create(at=now)
    counted = {"people": Person, "groups": Group, "services": Service, "upgrades": Upgrade, "notices": Notice}
    return {name: model._default_manager.count() for name, model in counted.items()} | {
        "messages": Message.objects.count()
    }


def empty() -> None:
    """Every table of ours and of the accounts, in one statement."""
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    quoted = ", ".join(connection.ops.quote_name(table) for table in sorted(tables))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")


def made_at() -> datetime | None:
    return Made.objects.order_by("-at").values_list("at", flat=True).first()


def was_touched() -> bool:
    """Whether somebody who signed in has changed anything since."""
    return pghistory.models.Context.objects.filter(metadata__user__isnull=False, metadata__has_key="url").exists()
