"""The history of what was chosen from a list: which services, sites and groups."""

import pghistory
from django.db import models

from upgrades.models.critical_days import CriticalDays, ImportedCalendar
from upgrades.models.milestone import Milestone
from upgrades.models.service import Service
from upgrades.models.upgrade import Upgrade


def _keep_history(table: type[models.Model], name: str) -> None:
    """Of a table of choices, which Django makes by itself: who chose what, and who took it back."""
    meta = type("Meta", (), {"proxy": True, "app_label": "upgrades"})
    proxy = type(name, (table,), {"__module__": __name__, "Meta": meta})
    pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None, model_name=f"{name}Event")(proxy)


for _table, _name in (
    (Service.users.through, "ServiceUsers"),
    (Service.sites.through, "ServiceSites"),
    (Upgrade.services.through, "UpgradeServices"),
    (Milestone.services.through, "MilestoneServices"),
    (Milestone.sites.through, "MilestoneSites"),
    (CriticalDays.groups.through, "CriticalDaysGroups"),
    (CriticalDays.sites.through, "CriticalDaysSites"),
    (CriticalDays.services.through, "CriticalDaysServices"),
    (ImportedCalendar.groups.through, "ImportedCalendarGroups"),
    (ImportedCalendar.sites.through, "ImportedCalendarSites"),
    (ImportedCalendar.services.through, "ImportedCalendarServices"),
):
    _keep_history(_table, _name)
