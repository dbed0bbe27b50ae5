from django.urls import path, re_path

from directory.scim import endpoints as scim
from directory.scim.endpoints import endpoint

KEY = r"(?P<key>[^/]+)"

ANYTHING = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"), scim.missing)
NOT_OFFERED = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), scim.not_offered)
USER = {"GET": scim.user, "PUT": scim.user_replace, "PATCH": scim.user_patch, "DELETE": scim.user_delete}
GROUP = {"GET": scim.group, "PUT": scim.group_replace, "PATCH": scim.group_patch, "DELETE": scim.group_delete}

nothing_here = endpoint(**ANYTHING)

urlpatterns = [  # a slash at the end is allowed: some directories add one
    re_path(r"^Users/?$", endpoint(GET=scim.users, POST=scim.user_create), name="scim_users"),
    re_path(r"^Users/\.search/?$", endpoint(POST=scim.users_search), name="scim_users_search"),
    re_path(rf"^Users/{KEY}/?$", endpoint(**USER), name="scim_user"),
    re_path(r"^Groups/?$", endpoint(GET=scim.groups_page, POST=scim.group_create), name="scim_groups"),
    re_path(r"^Groups/\.search/?$", endpoint(POST=scim.groups_search), name="scim_groups_search"),
    re_path(rf"^Groups/{KEY}/?$", endpoint(**GROUP), name="scim_group"),
    re_path(r"^ServiceProviderConfig/?$", endpoint(GET=scim.service_provider), name="scim_config"),
    re_path(r"^ResourceTypes/?$", endpoint(GET=scim.type_list), name="scim_types"),
    re_path(rf"^ResourceTypes/{KEY}/?$", endpoint(GET=scim.type_one), name="scim_type"),
    re_path(r"^Schemas/?$", endpoint(GET=scim.schema_list), name="scim_schemas"),
    re_path(rf"^Schemas/{KEY}/?$", endpoint(GET=scim.schema_one), name="scim_schema"),
    re_path(r"^(?:Me|Bulk|\.search)/?$", endpoint(**NOT_OFFERED), name="scim_not_offered"),
    path("<path:rest>", nothing_here, name="scim_nothing"),
    path("", nothing_here, name="scim"),
]
