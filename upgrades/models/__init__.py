"""Models of this app, a module for each part. Everybody imports them from here."""

from upgrades.models import history as history  # nobody asks for it by name: Django has to see its tables
from upgrades.models.critical_days import CriticalDays, CriticalDaysQuerySet, ImportedCalendar
from upgrades.models.milestone import Milestone, MilestoneQuerySet
from upgrades.models.service import Service, groups_that_use, people_who_use
from upgrades.models.stakeholder import Assessment, Stakeholder, StakeholderQuerySet, Strategy
from upgrades.models.upgrade import Upgrade

__all__ = [
    "Assessment",
    "CriticalDays",
    "CriticalDaysQuerySet",
    "ImportedCalendar",
    "Milestone",
    "MilestoneQuerySet",
    "Service",
    "Stakeholder",
    "StakeholderQuerySet",
    "Strategy",
    "Upgrade",
    "groups_that_use",
    "people_who_use",
]
