"""Who may do what: one table. Everybody who signs in may read; a role adds acts."""

from accounts.enums import Role

PERMISSIONS: dict[str, set[str]] = {
    Role.READER: set(),
    Role.DEPARTMENT_CONTACT: {"critical_days.enter"},
    Role.APPROVER: {
        "critical_days.enter",
        "engagements.edit",
        "notices.approve",
        "notices.send",
        "objections.decide",
    },
    Role.COMMUNICATIONS_MANAGER: {
        "critical_days.enter",
        "engagements.edit",
        "notices.approve",
        "notices.send",
        "notices.write",
        "objections.decide",
        "people.edit",
        "people.erase",
        "surveys.edit",
        "upgrades.edit",
    },
}
PERMISSIONS[Role.ADMINISTRATOR] = PERMISSIONS[Role.COMMUNICATIONS_MANAGER] | {
    "accounts.manage",
    "delivery.manage",
    "directory.manage",
}


def allows(account, permission: str) -> bool:
    return account.is_active and any(permission in PERMISSIONS.get(role, ()) for role in account.roles)


def roles_that_may(permission: str) -> list[Role]:
    return [role for role in Role if permission in PERMISSIONS.get(role, ())]
