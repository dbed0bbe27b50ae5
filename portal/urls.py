from django.urls import path

from portal.views import asking, feeds, maintenance, objecting, personal, preferences, public, rsvp

urlpatterns = [
    path("status/", public.status_index, name="status_index"),
    path("status.json", public.status_index_json, name="status_index_json"),
    path("status/<slug:slug>/", public.status_page, name="status"),
    path("status/<slug:slug>.json", public.status_json, name="status_json"),
    path("status/<slug:slug>.ics", public.status_calendar, name="status_calendar"),
    path("upgrades/<slug:slug>/maintenance.ics", maintenance.upgrade_maintenance, name="upgrade_maintenance"),
    path("status/<slug:slug>/feed/", public.status_feed, name="status_feed"),
    path("calendar/subscribe/", feeds.calendar_subscribe, name="calendar_subscribe"),
    path("calendar/<str:token>/all.ics", feeds.calendar_feed_all, name="calendar_feed_all"),
    path("calendar/<str:token>/upgrades/<slug:slug>.ics", feeds.calendar_feed_upgrade, name="calendar_feed_upgrade"),
    path("calendar/<str:token>/services/<int:pk>.ics", feeds.calendar_feed_service, name="calendar_feed_service"),
    path("calendar/<str:token>/people/<int:pk>.ics", feeds.calendar_feed_person, name="calendar_feed_person"),
    path("m/<str:token>/", personal.personal, name="personal"),
    path("m/<str:token>/acknowledge/", personal.acknowledge, name="acknowledge"),
    path("m/<str:token>/ask/", asking.ask, name="personal_ask"),
    path("m/<str:token>/object/", objecting.object_, name="personal_object"),
    path("m/<str:token>/nominate/", asking.nominate, name="personal_nominate"),
    path("rsvp/<str:token>/", rsvp.rsvp, name="rsvp"),
    path("rsvp/<str:token>/here/", rsvp.rsvp_here, name="rsvp_here"),
    path("rsvp/<str:token>/event.ics", rsvp.rsvp_calendar, name="rsvp_calendar"),
    path("preferences/<str:token>/", preferences.preferences_page, name="preferences"),
    path("unsubscribe/<str:token>/", personal.unsubscribe, name="unsubscribe"),
]
