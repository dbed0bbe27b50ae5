from django.urls import include, path

from commsplan.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("accounts.urls")),
    path("", include("stakeholders.urls")),
    path("", include("upgrades.urls")),
    path("", include("feedback.urls")),
    path("", include("notices.urls")),
    path("", include("portal.urls")),
]
