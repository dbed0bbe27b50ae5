"""Who can sign in to the sample organisation. The password is for trying out, on this machine."""

from dataclasses import dataclass

from accounts.enums import Role

PASSWORD = "northfield"


@dataclass(frozen=True)
class Login:
    role: Role
    name: str
    email: str


LOGINS = (
    Login(Role.COMMUNICATIONS_MANAGER, "Ana Bell", "ana@northfield.example"),
    Login(Role.APPROVER, "Ben Okafor", "ben@northfield.example"),
    Login(Role.ADMINISTRATOR, "Ada Novak", "ada@northfield.example"),
    Login(Role.DEPARTMENT_CONTACT, "Dora Schäfer", "dora@northfield.example"),
    Login(Role.READER, "Rui Costa", "rui@northfield.example"),
)


def logins() -> list[tuple[str, str, str]]:
    """Role, e-mail address and password of each, the best one to start with first."""
    return [(login.role.label, login.email, PASSWORD) for login in LOGINS]
