import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from directory.enums import ImportState, RowOutcome
from stakeholders.models import Group, Person


class Import(models.Model):
    """A file of people on its way into the register: uploaded, read into rows, looked at, applied at once or not at
    all. `problem` says why a file cannot be read, or could not be applied."""

    file_name = models.CharField(max_length=255)
    content = models.BinaryField(help_text="The file as it came; emptied when the import is applied or thrown away.")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.UPLOADED)
    problem = models.CharField(max_length=500, blank=True)
    head = models.JSONField(default=list, help_text="The names of the columns, in order.")
    mapping = models.JSONField(default=dict, help_text='Column → field of a person: {"Mail": "email"}.')
    counts = models.JSONField(default=dict, help_text="Rows by outcome.")
    creates_groups = models.BooleanField(default=False, help_text="Groups that do not exist yet are made.")
    phone_code = models.CharField(
        "code of the country",
        max_length=4,
        blank=True,
        default="",
        db_default="",
        help_text="Of numbers that have none, as in +49.",
    )
    skips_wrong = models.BooleanField(default=False, help_text="Rows with errors are left out, the others applied.")
    worked_on_until = models.DateTimeField(null=True, help_text="A lease: then whoever worked on it is dead.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    act = models.UUIDField(null=True, help_text="The history's context of the apply: what undo needs.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ImportState.APPLIED) | Q(applied_at__isnull=False),
                name="an_applied_import_says_when",
            )
        ]

    def __str__(self):
        return self.file_name

    def get_absolute_url(self):
        return reverse("import", args=[self.pk])


class ImportRow(models.Model):
    """One row of the file as it was understood. `values` by field; `changes` is {field: [stored, new]}; `problems` is
    [{"column": …, "sentence": …}]; `kept` says which fields stay because the person chose them."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(help_text="Row as a spreadsheet shows it: the first is 1.")
    outcome = models.CharField(max_length=7, choices=RowOutcome)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    kept = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["of", "outcome", "number"], name="import_row_by_outcome"),
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="import_row_by_person"),
        ]

    def __str__(self):
        return f"{self.of}: row {self.number}"


@pghistory.track(exclude=["last_used_at"])
class DirectoryToken(models.Model):
    """Lets a directory in (SCIM). Only a digest is kept: the token itself is shown once."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self):
        return self.name


class DirectoryRecord(models.Model):
    """What a directory last said of a person, where the register has no place for it: the user name by which the
    directory finds the person again, the parts of the name, and every address and number. Who is deleted in the
    directory loses it."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="directory_record")
    user_name = models.CharField(max_length=255)
    said = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("user_name"), name="a_user_name_is_given_once")]

    def __str__(self):
        return self.user_name


class GroupRecord(models.Model):
    """A group that a directory keeps, and what it calls it."""

    group = models.OneToOneField(Group, models.CASCADE, related_name="directory_record")
    external_id = models.CharField(max_length=255, unique=True)

    def __str__(self):
        return self.external_id
