"""What we say of ourselves (RFC 7643 5 to 7): the attributes that we keep, and what can be asked of us."""

from typing import Any

from django.conf import settings

from commsplan.lib import time

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
LARGEST_PAGE = 200
LARGEST_BODY = 8 * 1024 * 1024  # a group of a hundred thousand fits

# Attribute names are case-insensitive (RFC 7643 2.1): these are the ones that mean something to us.
KEPT = (
    *("schemas", "id", "externalId", "meta", "userName", "name", "formatted", "givenName", "familyName"),
    *("displayName", "title", "preferredLanguage", "timezone", "active", "emails", "phoneNumbers", "groups"),
    *("members", "value", "type", "primary", "display", "department", "manager"),
)
# Standard attributes that a directory may send and that we do not keep.
IGNORED = (
    *("nickName", "profileUrl", "userType", "locale", "password", "ims", "photos", "addresses", "entitlements"),
    *("roles", "x509Certificates", "employeeNumber", "costCenter", "organization", "division"),
    *("honorificPrefix", "honorificSuffix", "middleName"),
)
CANONICAL = {name.lower(): name for name in (*KEPT, *IGNORED, USER, GROUP, ENTERPRISE)}
MULTIVALUED = {"emails", "phoneNumbers", "members"}
COMPLEX = {"name", "manager"}
READ_ONLY = {"id", "meta", "groups", "schemas"}


def attribute(name: str, description: str, *, kind: str = "string", sub: tuple = (), **other) -> dict:
    told = {
        "name": name,
        "type": kind,
        "multiValued": False,
        "description": description,
        "required": False,
        "mutability": "readWrite",
        "returned": "default",
    }
    if kind in ("string", "reference"):
        told |= {"caseExact": False, "uniqueness": "none"}
    return {**told, **({"subAttributes": list(sub)} if sub else {}), **other}


def several(name: str, description: str, *sub: dict, **other) -> dict:
    return attribute(name, description, kind="complex", sub=sub, multiValued=True, **other)


def link(types: list[str], **other) -> dict:
    return attribute("$ref", "The address of the resource.", kind="reference", referenceTypes=types, **other)


KIND = attribute("type", "What it is used for, such as work or mobile.")
PRIMARY = attribute("primary", "Whether it is the preferred one.", kind="boolean")
FROM_OUR_SIDE: dict[str, Any] = {"mutability": "readOnly"}

USER_ATTRIBUTES = [
    attribute(
        "userName",
        "By which the directory finds the person. Also the e-mail address where it is one and no other is given.",
        required=True,
        uniqueness="server",
    ),
    attribute(
        "name",
        "Used where there is no displayName.",
        kind="complex",
        sub=(
            attribute("formatted", "The whole name."),
            attribute("givenName", "The first name."),
            attribute("familyName", "The family name."),
        ),
    ),
    attribute("displayName", "The name as people read it."),
    attribute("title", "The job title."),
    attribute(
        "preferredLanguage",
        "The language of messages to this person; one that we do not speak is ignored.",
        canonicalValues=[code for code, _ in settings.LANGUAGES],
    ),
    attribute("timezone", "An IANA name such as Europe/Berlin.", canonicalValues=time.zones()),
    attribute("active", "Whether the person is told things. False archives, true restores.", kind="boolean"),
    several(
        "emails", "The primary one is written to, else the one of work.", attribute("value", "Address."), KIND, PRIMARY
    ),
    several(
        "phoneNumbers",
        "The primary one is kept, else work's; that of type mobile gets text messages.",
        attribute("value", "Number."),
        KIND,
        PRIMARY,
    ),
    several(
        "groups",
        "The groups that the person is in.",
        attribute("value", "The id of the group.", **FROM_OUR_SIDE),
        attribute("display", "The name of the group.", **FROM_OUR_SIDE),
        link(["Group"], **FROM_OUR_SIDE),
        **FROM_OUR_SIDE,
    ),
]
GROUP_ATTRIBUTES = [
    attribute("displayName", "The name of the group.", required=True, uniqueness="server"),
    several(
        "members",
        "The people in the group. Groups in groups are not kept.",
        attribute("value", "The id of the person.", mutability="immutable"),
        attribute("type", "Always User.", mutability="immutable", canonicalValues=["User"]),
        link(["User"], mutability="immutable"),
    ),
]
ENTERPRISE_ATTRIBUTES = [
    attribute("department", "The department."),
    attribute(
        "manager",
        "To whom the person reports. Ignored while we do not know that person.",
        kind="complex",
        sub=(
            attribute("value", "The id of the manager."),
            link(["User"]),
        ),
    ),
]


def schemas(base: str) -> list[dict]:
    return [
        _schema(base, USER, "User", "A person who may be told something.", USER_ATTRIBUTES),
        _schema(base, GROUP, "Group", "A named set of people.", GROUP_ATTRIBUTES),
        _schema(base, ENTERPRISE, "EnterpriseUser", "Department and manager.", ENTERPRISE_ATTRIBUTES),
    ]


def _schema(base: str, urn: str, name: str, description: str, attributes: list[dict]) -> dict:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
    }


def resource_types(base: str) -> list[dict]:
    more = [{"schema": ENTERPRISE, "required": False}]
    return [
        _resource_type(base, "User", USER, "People who may be told something.", schemaExtensions=more),
        _resource_type(base, "Group", GROUP, "Named sets of people."),
    ]


def _resource_type(base: str, name: str, schema: str, description: str, **more) -> dict:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": f"/{name}s",
        "description": description,
        "schema": schema,
        **more,
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
    }


def service_provider(base: str) -> dict:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": LARGEST_PAGE},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token that an administrator made on the page Directories.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }
