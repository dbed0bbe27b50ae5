import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("directory", "0001_initial"),
        ("directory", "0002_directory_record"),
        ("directory", "0003_what_an_import_may_do"),
        ("directory", "0004_group_record"),
        ("directory", "0005_mobile_numbers"),
    ]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stakeholders", "0002_working_life_and_ties"),
        ("stakeholders", "0003_people_by_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(max_length=255)),
                (
                    "content",
                    models.BinaryField(
                        help_text="The file as it came; emptied when the import is applied or thrown away."
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Columns to be mapped"),
                            ("reading", "Reading"),
                            ("ready", "Ready to apply"),
                            ("applying", "Applying"),
                            ("applied", "Applied"),
                            ("undone", "Taken back"),
                            ("failed", "Cannot be read"),
                        ],
                        default="uploaded",
                        max_length=8,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("head", models.JSONField(default=list, help_text="The names of the columns, in order.")),
                ("mapping", models.JSONField(default=dict, help_text='Column → field of a person: {"Mail": "email"}.')),
                ("counts", models.JSONField(default=dict, help_text="Rows by outcome.")),
                (
                    "creates_groups",
                    models.BooleanField(default=False, help_text="Groups that do not exist yet are made."),
                ),
                (
                    "phone_code",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Of numbers that have none, as in +49.",
                        max_length=4,
                        verbose_name="code of the country",
                    ),
                ),
                (
                    "skips_wrong",
                    models.BooleanField(default=False, help_text="Rows with errors are left out, the others applied."),
                ),
                (
                    "worked_on_until",
                    models.DateTimeField(help_text="A lease: then whoever worked on it is dead.", null=True),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("act", models.UUIDField(help_text="The history's context of the apply: what undo needs.", null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "applied"), _negated=True),
                            ("applied_at__isnull", False),
                            _connector="OR",
                        ),
                        name="an_applied_import_says_when",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "of",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="directory.import",
                    ),
                ),
                ("number", models.PositiveIntegerField(help_text="Row as a spreadsheet shows it: the first is 1.")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("changed", "Changed"),
                            ("same", "Unchanged"),
                            ("wrong", "Has errors"),
                        ],
                        max_length=7,
                    ),
                ),
                ("values", models.JSONField(default=dict)),
                ("changes", models.JSONField(default=dict)),
                ("kept", models.JSONField(default=list)),
                ("problems", models.JSONField(default=list)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="stakeholders.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["of", "outcome", "number"], name="import_row_by_outcome"),
                    models.Index(
                        condition=models.Q(("person__isnull", False)), fields=["person"], name="import_row_by_person"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DirectoryToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "directory_directorytokenevent" ("created_at", "created_by_id", "digest", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at") VALUES (NEW."created_at", NEW."created_by_id", NEW."digest", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."revoked_at"); RETURN NULL;',
                            hash="cc1d4e007d78f2446fc958646cca7a2e53fb9e2a",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_171d4",
                            table="directory_directorytoken",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at"))',
                            func='INSERT INTO "directory_directorytokenevent" ("created_at", "created_by_id", "digest", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at") VALUES (NEW."created_at", NEW."created_by_id", NEW."digest", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."revoked_at"); RETURN NULL;',
                            hash="13b72579a1b90805cb52c6507603f3a318a5a3df",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_5a882",
                            table="directory_directorytoken",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "directory_directorytokenevent" ("created_at", "created_by_id", "digest", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at") VALUES (OLD."created_at", OLD."created_by_id", OLD."digest", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."revoked_at"); RETURN NULL;',
                            hash="d4bb1c44cf2109d90892c845345aa596a3194e7a",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_447fa",
                            table="directory_directorytoken",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DirectoryTokenEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="directory.directorytoken",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(editable=False, max_length=64)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DirectoryRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directory_record",
                        to="stakeholders.person",
                    ),
                ),
                ("user_name", models.CharField(max_length=255)),
                ("said", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("user_name"), name="a_user_name_is_given_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directory_record",
                        to="stakeholders.group",
                    ),
                ),
                ("external_id", models.CharField(max_length=255, unique=True)),
            ],
        ),
    ]
