from django.db.models import TextChoices


class Role(TextChoices):
    ADMINISTRATOR = "administrator", "Administrator"
    COMMUNICATIONS_MANAGER = "communications_manager", "Communications manager"
    APPROVER = "approver", "Approver and service owner"
    DEPARTMENT_CONTACT = "department_contact", "Department contact"
    READER = "reader", "Reader"


class Theme(TextChoices):
    AUTO = "auto", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class TokenUse(TextChoices):
    """What a token opens; one for the one does not open the other."""

    API = "api", "Programs"
    CALENDAR = "calendar", "Calendars"
