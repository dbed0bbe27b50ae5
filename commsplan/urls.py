from django.urls import include, path

from commsplan.gallery import components
from commsplan.health import healthz, readyz
from commsplan.palette import palette

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("components/", components, name="components"),
    path("palette.json", palette, name="palette"),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("", include("stakeholders.urls")),
    path("", include("directory.urls")),
    path("", include("upgrades.urls")),
    path("", include("vendors.urls")),
    path("", include("engagement.urls")),
    path("", include("feedback.urls")),
    path("", include("notices.urls")),
    path("", include("portal.urls")),
]
