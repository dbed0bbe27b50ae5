from django.urls import path

from portal.views import personal, public

urlpatterns = [
    path("status/", public.status_index, name="status_index"),
    path("status.json", public.status_index_json, name="status_index_json"),
    path("status/<slug:slug>/", public.status_page, name="status"),
    path("status/<slug:slug>.json", public.status_json, name="status_json"),
    path("status/<slug:slug>.ics", public.status_calendar, name="status_calendar"),
    path("status/<slug:slug>/feed/", public.status_feed, name="status_feed"),
    path("m/<str:token>/", personal.personal, name="personal"),
    path("m/<str:token>/acknowledge/", personal.acknowledge, name="acknowledge"),
    path("preferences/<str:token>/", personal.preferences_page, name="preferences"),
    path("unsubscribe/<str:token>/", personal.unsubscribe, name="unsubscribe"),
]
