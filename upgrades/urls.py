from django.urls import path

from upgrades.views import (
    calendars,
    critical_days,
    groups,
    milestones,
    moving_back,
    reviewing,
    services,
    stakeholders,
    strategies,
    upgrade,
)

urlpatterns = [
    path("groups/<int:pk>/", groups.group, name="group"),
    path("groups/<int:pk>/delete/", groups.group_delete, name="group_delete"),
    path("groups/bring-back/<uuid:act>/", groups.group_bring_back, name="group_bring_back"),
    path("services/", services.services, name="services"),
    path("services/new/", services.service_new, name="service_new"),
    path("services/<int:pk>/", services.service, name="service"),
    path("services/<int:pk>/edit/", services.service_edit, name="service_edit"),
    path("critical-days/", critical_days.critical_days, name="critical_days"),
    path("critical-days/new/", critical_days.critical_days_new, name="critical_days_new"),
    path("critical-days/<int:pk>/edit/", critical_days.critical_days_edit, name="critical_days_edit"),
    path("critical-days/<int:pk>/delete/", critical_days.critical_days_delete, name="critical_days_delete"),
    path("critical-days/calendars/", calendars.imported_calendars, name="imported_calendars"),
    path("critical-days/calendars/new/", calendars.imported_calendar_new, name="imported_calendar_new"),
    path("critical-days/calendars/apply/", calendars.imported_calendar_apply, name="imported_calendar_apply"),
    path("critical-days/calendars/<int:pk>/", calendars.imported_calendar, name="imported_calendar"),
    path(
        "critical-days/calendars/<int:pk>/upload/", calendars.imported_calendar_update, name="imported_calendar_update"
    ),
    path(
        "critical-days/calendars/<int:pk>/delete/", calendars.imported_calendar_delete, name="imported_calendar_delete"
    ),
    path("critical-days/calendars/undo/<uuid:act>/", calendars.imported_calendar_undo, name="imported_calendar_undo"),
    path("critical-days/<str:kept>/", critical_days.critical_days_bring_back, name="critical_days_bring_back"),
    path("upgrades/<slug:slug>/edit/", upgrade.upgrade_edit, name="upgrade_edit"),
    path("upgrades/<slug:slug>/publish/", upgrade.upgrade_publish, name="upgrade_publish"),
    path("upgrades/<slug:slug>/unpublish/", upgrade.upgrade_unpublish, name="upgrade_unpublish"),
    path("milestones/move-back/<str:kept>/", moving_back.milestones_move_back, name="milestones_move_back"),
    path("upgrades/<slug:slug>/milestones/", milestones.milestones, name="upgrade_milestones"),
    path("upgrades/<slug:slug>/milestones/new/", milestones.milestone_new, name="milestone_new"),
    path("upgrades/<slug:slug>/milestones/<int:pk>/", milestones.milestone_edit, name="milestone_edit"),
    path("upgrades/<slug:slug>/stakeholders/new/", stakeholders.stakeholder_new, name="stakeholder_new"),
    path("upgrades/<slug:slug>/stakeholders/add/", stakeholders.stakeholder_add, name="stakeholder_add"),
    path("upgrades/<slug:slug>/stakeholders/place/", stakeholders.stakeholder_place, name="stakeholder_place"),
    path("upgrades/<slug:slug>/stakeholders/<int:pk>/", stakeholders.stakeholder_edit, name="stakeholder_edit"),
    path(
        "upgrades/<slug:slug>/stakeholders/<int:pk>/remove/", stakeholders.stakeholder_remove, name="stakeholder_remove"
    ),
    path("upgrades/<slug:slug>/stakeholders/undo/<uuid:act>/", stakeholders.stakeholder_undo, name="stakeholder_undo"),
    path("upgrades/<slug:slug>/stakeholders/review/", reviewing.stakeholder_review, name="stakeholder_review"),
    path("upgrades/<slug:slug>/strategies/", strategies.strategies, name="upgrade_strategies"),
    path("upgrades/<slug:slug>/strategies/<str:quadrant>/", strategies.strategy_edit, name="strategy_edit"),
    path("upgrades/<slug:slug>/strategies/<str:quadrant>/reset/", strategies.strategy_reset, name="strategy_reset"),
    path(
        "upgrades/<slug:slug>/strategies/bring-back/<uuid:act>/",
        strategies.strategy_bring_back,
        name="strategy_bring_back",
    ),
    path(
        "upgrades/<slug:slug>/stakeholders/bring-back/<uuid:act>/",
        stakeholders.stakeholder_bring_back,
        name="stakeholder_bring_back",
    ),
]
