"""The places of the workspace: the side menu, the palette and the list of shortcuts are drawn from this table."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Place:
    """A page of the side menu. `owns` are the beginnings of the names of the pages below it."""

    name: str
    label: str
    icon: str
    keys: tuple[str, ...]
    owns: tuple[str, ...] = ()
    section: str = ""
    permissions: tuple[str, ...] = ()  # any of these; none: for everybody

    def is_for(self, account) -> bool:
        return not self.permissions or bool(account and any(account.has_perm(one) for one in self.permissions))

    def holds(self, url_name: str) -> bool:
        return url_name == self.name or f"{url_name}_".startswith(self.owns)


@dataclass(frozen=True)
class Act:
    """Something that the palette can start."""

    name: str
    label: str
    icon: str
    permission: str = ""


PLACES = (
    Place("home", "Home", icon="home", keys=("g h",)),
    Place(
        "upgrades",
        "Upgrades",
        icon="rocket",
        keys=("g p",),
        owns=(
            "upgrade",
            "milestone",
            "step_",
            "wave",
            "notice",
            "nomination",
            "ledger",
            "simulation",
            "kit_",
            "outage_",
        ),
        section="Plan",
    ),
    Place("calendar", "Calendar", icon="calendar-month", keys=("g c",), owns=("calendar",)),
    Place("templates", "Templates", icon="template", keys=("g t",), owns=("template",)),
    Place(
        "critical_days",
        "Critical days",
        icon="calendar-exclamation",
        keys=("g d",),
        owns=("critical_day", "imported_calendar"),
    ),
    Place("glossary", "Glossary", icon="vocabulary", keys=("g w",), owns=("term_",)),
    Place(
        "maintenance_list",
        "Vendor maintenance",
        icon="plug-connected-x",
        keys=("g m",),
        owns=("maintenance", "circuit"),
    ),
    Place("people", "People", icon="users", keys=("g s",), owns=("person", "import_", "imports"), section="Know"),
    Place("groups", "Groups", icon="users-group", keys=("g g",), owns=("group",)),
    Place("rooms", "Rooms", icon="message-circle", keys=("g k",), owns=("room",)),
    Place("services", "Services", icon="server-2", keys=("g v",), owns=("service",)),
    Place("engagements", "Engagements", icon="messages", keys=("g e",), owns=("engagement", "follow_up")),
    Place("outbox", "Outbox", icon="send", keys=("g o", "g n"), owns=("message", "outbox"), section="Send and listen"),
    Place(
        "outlets", "Delivery", icon="truck-delivery", keys=("g y",), owns=("outlet", "domain_limit", "delivery_rules")
    ),
    Place("surveys", "Surveys", icon="clipboard-check", keys=("g r",), owns=("survey",)),
    Place("concerns", "Concerns", icon="message-question", keys=("g q",), owns=("concern",)),
    Place("objections", "Objections", icon="hand-stop", keys=("g b",), owns=("objection", "conflict")),
    Place(
        "operations",
        "Operation",
        icon="activity-heartbeat",
        keys=("g a",),
        section="Operate",
        permissions=("notices.send", "delivery.manage"),
    ),
)

ACTS = (
    Act("outage_new", "Report an outage", icon="plug-connected-x", permission="notices.send"),
    Act("upgrade_new", "New upgrade", icon="rocket", permission="upgrades.edit"),
    Act("template_new", "New template", icon="template", permission="upgrades.edit"),
    Act("template_upload", "Upload a template", icon="file-import", permission="upgrades.edit"),
    Act("engagement_log", "Log a call", icon="phone-plus", permission="engagements.edit"),
    Act("notice_begin", "New notice", icon="message-plus", permission="notices.write"),
    Act("person_new", "New person", icon="user-plus", permission="people.edit"),
    Act("simulation_fatigue", "Load on groups", icon="flame"),
    Act("people_duplicates", "Likely duplicates", icon="copy"),
    Act("survey_new", "New survey", icon="clipboard-plus", permission="surveys.edit"),
    Act("maintenance_read", "Read vendor maintenance", icon="file-import", permission="upgrades.edit"),
    Act("import_new", "Import people", icon="file-import", permission="people.edit"),
    Act("directory_tokens", "Directories (SCIM)", icon="plug-connected", permission="directory.manage"),
    Act("delivery_rules", "Quiet hours and digests", icon="moon", permission="delivery.manage"),
    Act("accounts", "Accounts and roles", icon="user-cog", permission="accounts.manage"),
    Act("profile", "Your profile", icon="user-circle"),
    Act("help", "Help", icon="help-circle"),
    Act("status_index", "Public status page", icon="world"),
)

KEYS = (
    ("?", "This list"),
    ("Ctrl K", "Find a page or an action"),
    ("/", "Search"),
    ("c", "Create"),
    ("e", "Edit"),
    ("j, k", "Next row, previous row"),
    ("x", "Select the row"),
    ("m", "To the stakeholder map"),
    ("Ctrl Enter", "Save the form"),
    ("Esc", "Close"),
)


def address(name: str) -> str:
    """The address of a page that needs no arguments; empty when there is none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
