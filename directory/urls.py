from django.urls import include, path, re_path

from directory.scim.urls import nothing_here
from directory.views import imports, tokens

urlpatterns = [
    path("people/imports/", imports.imports, name="imports"),
    path("people/imports/new/", imports.import_new, name="import_new"),
    path("people/imports/sample/", imports.import_sample, name="import_sample"),
    path("people/imports/<int:pk>/", imports.import_page, name="import"),
    path("people/imports/<int:pk>/columns/", imports.import_map, name="import_map"),
    path("people/imports/<int:pk>/groups/", imports.import_make_groups, name="import_make_groups"),
    path("people/imports/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("people/imports/<int:pk>/work/", imports.import_work, name="import_work"),
    path("people/imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("people/imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("people/imports/<int:pk>/errors/", imports.import_errors, name="import_errors"),
    path("directories/", tokens.directory_tokens, name="directory_tokens"),
    path("directories/new/", tokens.directory_token_new, name="directory_token_new"),
    path("directories/<int:pk>/revoke/", tokens.directory_token_revoke, name="directory_token_revoke"),
    re_path("^scim/v2$", nothing_here),
    path("scim/v2/", include("directory.scim.urls")),
]
