from django.urls import include, path, re_path

from directory.scim.urls import nothing_here
from directory.views import tokens

urlpatterns = [
    path("directories/", tokens.directory_tokens, name="directory_tokens"),
    path("directories/new/", tokens.directory_token_new, name="directory_token_new"),
    path("directories/<int:pk>/revoke/", tokens.directory_token_revoke, name="directory_token_revoke"),
    re_path("^scim/v2$", nothing_here),
    path("scim/v2/", include("directory.scim.urls")),
]
