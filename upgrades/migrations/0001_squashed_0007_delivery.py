import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("upgrades", "0001_initial"),
        ("upgrades", "0002_history_of_choices"),
        ("upgrades", "0003_strategies"),
        ("upgrades", "0004_plan_that_checks_itself"),
        ("upgrades", "0005_ledger"),
        ("upgrades", "0006_how_it_ended"),
        ("upgrades", "0007_delivery"),
    ]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stakeholders", "0001_initial"),
        ("stakeholders", "0004_active_people_by_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, help_text="What people use it for, in one sentence.")),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="owned_services",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "carries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("email", "E-mail"),
                                ("portal", "Status page"),
                                ("banner", "Banner on the status pages"),
                                ("teams", "Microsoft Teams"),
                                ("slack", "Slack"),
                                ("mattermost", "Mattermost"),
                                ("matrix", "Matrix"),
                                ("googlechat", "Google Chat"),
                                ("sms", "Text message"),
                                ("webhook", "Webhook"),
                                ("apprise", "Another service (Apprise)"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        help_text="Channels that do not work while this service is down.",
                        size=None,
                    ),
                ),
                ("end_of_life_on", models.DateField(blank=True, null=True)),
                (
                    "users",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups whose people use this service.",
                        related_name="services",
                        to="stakeholders.group",
                    ),
                ),
                ("sites", models.ManyToManyField(blank=True, related_name="services", to="stakeholders.site")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="one_service_per_name",
                        violation_error_message="There is already a service of this name.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_serviceevent" ("carries", "description", "end_of_life_on", "id", "name", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."carries", NEW."description", NEW."end_of_life_on", NEW."id", NEW."name", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="66a25bc9311e67ccc6814f61b0947faed55a13ff",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_5e54c",
                            table="upgrades_service",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_serviceevent" ("carries", "description", "end_of_life_on", "id", "name", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."carries", NEW."description", NEW."end_of_life_on", NEW."id", NEW."name", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="5ac092b3579d35ff94649bd284a63b1c281dfc2d",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d3cdc",
                            table="upgrades_service",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_serviceevent" ("carries", "description", "end_of_life_on", "id", "name", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."carries", OLD."description", OLD."end_of_life_on", OLD."id", OLD."name", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="5eb0dd98ff49f7df9936581556909f012f561812",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_9fbf3",
                            table="upgrades_service",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceEvent",
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
                        to="upgrades.service",
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
                ("name", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, help_text="What people use it for, in one sentence.")),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "carries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("email", "E-mail"),
                                ("portal", "Status page"),
                                ("banner", "Banner on the status pages"),
                                ("teams", "Microsoft Teams"),
                                ("slack", "Slack"),
                                ("mattermost", "Mattermost"),
                                ("matrix", "Matrix"),
                                ("googlechat", "Google Chat"),
                                ("sms", "Text message"),
                                ("webhook", "Webhook"),
                                ("apprise", "Another service (Apprise)"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        help_text="Channels that do not work while this service is down.",
                        size=None,
                    ),
                ),
                ("end_of_life_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportedCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "freeze",
                    models.CharField(
                        choices=[("hard", "Nothing may change"), ("soft", "Better not")], default="soft", max_length=4
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", help_text="Of entries that name none.", max_length=64)),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("imported_at", models.DateTimeField()),
                (
                    "groups",
                    models.ManyToManyField(blank=True, related_name="imported_calendars", to="stakeholders.group"),
                ),
                (
                    "sites",
                    models.ManyToManyField(blank=True, related_name="imported_calendars", to="stakeholders.site"),
                ),
                (
                    "services",
                    models.ManyToManyField(blank=True, related_name="imported_calendars", to="upgrades.service"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="one_imported_calendar_per_name",
                        violation_error_message="There is already a calendar of this name.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_importedcalendarevent" ("entered_by_id", "freeze", "id", "imported_at", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."entered_by_id", NEW."freeze", NEW."id", NEW."imported_at", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."time_zone"); RETURN NULL;',
                            hash="d1da37570630dad9f42b99c3cbcece5a7cb3d53b",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_0836b",
                            table="upgrades_importedcalendar",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_importedcalendarevent" ("entered_by_id", "freeze", "id", "imported_at", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."entered_by_id", NEW."freeze", NEW."id", NEW."imported_at", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."time_zone"); RETURN NULL;',
                            hash="8fdfa86c00a04fba9d268ca0be02579b21b7e76f",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_8fee2",
                            table="upgrades_importedcalendar",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_importedcalendarevent" ("entered_by_id", "freeze", "id", "imported_at", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (OLD."entered_by_id", OLD."freeze", OLD."id", OLD."imported_at", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."time_zone"); RETURN NULL;',
                            hash="65b801ffe90afc6445aa8a31a85d5f670c166792",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_65665",
                            table="upgrades_importedcalendar",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedCalendarEvent",
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
                        to="upgrades.importedcalendar",
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
                ("name", models.CharField(max_length=120)),
                (
                    "freeze",
                    models.CharField(
                        choices=[("hard", "Nothing may change"), ("soft", "Better not")], default="soft", max_length=4
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", help_text="Of entries that name none.", max_length=64)),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("imported_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CriticalDays",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="For example: final examinations.", max_length=120)),
                (
                    "freeze",
                    models.CharField(
                        choices=[("hard", "Nothing may change"), ("soft", "Better not")], default="soft", max_length=4
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="upgrades.importedcalendar",
                    ),
                ),
                ("uid", models.CharField(blank=True, db_default="", default="", editable=False, max_length=300)),
                (
                    "occurs",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="Which one of a series.",
                        max_length=40,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("groups", models.ManyToManyField(blank=True, related_name="critical_days", to="stakeholders.group")),
                ("sites", models.ManyToManyField(blank=True, related_name="critical_days", to="stakeholders.site")),
                ("services", models.ManyToManyField(blank=True, related_name="critical_days", to="upgrades.service")),
            ],
            options={
                "verbose_name": "critical days",
                "verbose_name_plural": "critical days",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))),
                        name="critical_days_end_after_they_start",
                        violation_error_message="The end must be after the start.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("calendar__isnull", False)),
                        fields=("calendar", "uid", "occurs"),
                        name="an_entry_of_a_calendar_is_there_once",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_criticaldaysevent" ("calendar_id", "created_at", "end", "entered_by_id", "freeze", "id", "name", "occurs", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start", "time_zone", "uid") VALUES (NEW."calendar_id", NEW."created_at", NEW."end", NEW."entered_by_id", NEW."freeze", NEW."id", NEW."name", NEW."occurs", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."start", NEW."time_zone", NEW."uid"); RETURN NULL;',
                            hash="36ef3b6b622298049544b122f292ef3cdf19e644",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2fc6f",
                            table="upgrades_criticaldays",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_criticaldaysevent" ("calendar_id", "created_at", "end", "entered_by_id", "freeze", "id", "name", "occurs", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start", "time_zone", "uid") VALUES (NEW."calendar_id", NEW."created_at", NEW."end", NEW."entered_by_id", NEW."freeze", NEW."id", NEW."name", NEW."occurs", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."start", NEW."time_zone", NEW."uid"); RETURN NULL;',
                            hash="972c0031f00f710a3e3372853f714aefaad4b87c",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_5c364",
                            table="upgrades_criticaldays",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_criticaldaysevent" ("calendar_id", "created_at", "end", "entered_by_id", "freeze", "id", "name", "occurs", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start", "time_zone", "uid") VALUES (OLD."calendar_id", OLD."created_at", OLD."end", OLD."entered_by_id", OLD."freeze", OLD."id", OLD."name", OLD."occurs", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."start", OLD."time_zone", OLD."uid"); RETURN NULL;',
                            hash="87efb825ed26b0204e0661e90965ce903c702542",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_5335e",
                            table="upgrades_criticaldays",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CriticalDaysEvent",
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
                        to="upgrades.criticaldays",
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
                ("name", models.CharField(help_text="For example: final examinations.", max_length=120)),
                (
                    "freeze",
                    models.CharField(
                        choices=[("hard", "Nothing may change"), ("soft", "Better not")], default="soft", max_length=4
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.importedcalendar",
                    ),
                ),
                ("uid", models.CharField(blank=True, db_default="", default="", editable=False, max_length=300)),
                (
                    "occurs",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        help_text="Which one of a series.",
                        max_length=40,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Upgrade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("slug", models.SlugField(max_length=140, unique=True)),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("planning", "Planning"),
                            ("under_way", "Under way"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planning",
                        max_length=10,
                    ),
                ),
                ("objective", models.TextField(blank=True, help_text="What will be different when it is done.")),
                (
                    "why",
                    models.TextField(
                        blank=True,
                        help_text="Why it has to change, in words an end user understands.",
                        verbose_name="reason",
                    ),
                ),
                (
                    "why_now",
                    models.TextField(
                        blank=True, help_text="Why now and not later.", verbose_name="reason for the date"
                    ),
                ),
                ("risk", models.TextField(blank=True, verbose_name="risk of not changing")),
                ("benefit", models.TextField(blank=True, help_text="What people gain.")),
                ("success_measures", models.TextField(blank=True, help_text="How you will know that it went well.")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_upgrades",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sponsor_name",
                    models.CharField(
                        blank=True,
                        help_text="Who wants it done, and says why: people listen to them first.",
                        max_length=120,
                    ),
                ),
                ("contact_name", models.CharField(help_text="Whom people ask.", max_length=120)),
                ("contact_email", models.EmailField(max_length=254)),
                ("contact_phone", models.CharField(blank=True, max_length=40)),
                (
                    "time_zone",
                    models.CharField(default="UTC", help_text="Wall-clock times of the plan are in it.", max_length=64),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True, help_text="ISO 3166 code: its public holidays are no business days.", max_length=2
                    ),
                ),
                ("subdivision", models.CharField(blank=True, max_length=6)),
                (
                    "is_unplanned",
                    models.BooleanField(
                        db_default=False, default=False, editable=False, help_text="An outage that nobody planned."
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("services", models.ManyToManyField(blank=True, related_name="upgrades", to="upgrades.service")),
            ],
            options={
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_upgradeevent" ("benefit", "contact_email", "contact_name", "contact_phone", "country", "created_at", "id", "is_unplanned", "name", "objective", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "published_at", "risk", "slug", "sponsor_name", "subdivision", "success_measures", "time_zone", "version", "why", "why_now") VALUES (NEW."benefit", NEW."contact_email", NEW."contact_name", NEW."contact_phone", NEW."country", NEW."created_at", NEW."id", NEW."is_unplanned", NEW."name", NEW."objective", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phase", NEW."published_at", NEW."risk", NEW."slug", NEW."sponsor_name", NEW."subdivision", NEW."success_measures", NEW."time_zone", NEW."version", NEW."why", NEW."why_now"); RETURN NULL;',
                            hash="d362e9ee68dc00768acd6c17c0ee1d93f989e0cf",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_14bcb",
                            table="upgrades_upgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_upgradeevent" ("benefit", "contact_email", "contact_name", "contact_phone", "country", "created_at", "id", "is_unplanned", "name", "objective", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "published_at", "risk", "slug", "sponsor_name", "subdivision", "success_measures", "time_zone", "version", "why", "why_now") VALUES (NEW."benefit", NEW."contact_email", NEW."contact_name", NEW."contact_phone", NEW."country", NEW."created_at", NEW."id", NEW."is_unplanned", NEW."name", NEW."objective", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phase", NEW."published_at", NEW."risk", NEW."slug", NEW."sponsor_name", NEW."subdivision", NEW."success_measures", NEW."time_zone", NEW."version", NEW."why", NEW."why_now"); RETURN NULL;',
                            hash="9a70b113b14e3a9e4aa5ed1c8ffe551546650211",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1bf0e",
                            table="upgrades_upgrade",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_upgradeevent" ("benefit", "contact_email", "contact_name", "contact_phone", "country", "created_at", "id", "is_unplanned", "name", "objective", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "published_at", "risk", "slug", "sponsor_name", "subdivision", "success_measures", "time_zone", "version", "why", "why_now") VALUES (OLD."benefit", OLD."contact_email", OLD."contact_name", OLD."contact_phone", OLD."country", OLD."created_at", OLD."id", OLD."is_unplanned", OLD."name", OLD."objective", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phase", OLD."published_at", OLD."risk", OLD."slug", OLD."sponsor_name", OLD."subdivision", OLD."success_measures", OLD."time_zone", OLD."version", OLD."why", OLD."why_now"); RETURN NULL;',
                            hash="38fbfdd6f42351ec485e5baf202ef6d71d3573cd",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_0d5cc",
                            table="upgrades_upgrade",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UpgradeEvent",
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
                        to="upgrades.upgrade",
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
                ("name", models.CharField(max_length=120)),
                ("slug", models.SlugField(db_index=False, max_length=140)),
                (
                    "phase",
                    models.CharField(
                        choices=[
                            ("planning", "Planning"),
                            ("under_way", "Under way"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planning",
                        max_length=10,
                    ),
                ),
                ("objective", models.TextField(blank=True, help_text="What will be different when it is done.")),
                (
                    "why",
                    models.TextField(
                        blank=True,
                        help_text="Why it has to change, in words an end user understands.",
                        verbose_name="reason",
                    ),
                ),
                (
                    "why_now",
                    models.TextField(
                        blank=True, help_text="Why now and not later.", verbose_name="reason for the date"
                    ),
                ),
                ("risk", models.TextField(blank=True, verbose_name="risk of not changing")),
                ("benefit", models.TextField(blank=True, help_text="What people gain.")),
                ("success_measures", models.TextField(blank=True, help_text="How you will know that it went well.")),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sponsor_name",
                    models.CharField(
                        blank=True,
                        help_text="Who wants it done, and says why: people listen to them first.",
                        max_length=120,
                    ),
                ),
                ("contact_name", models.CharField(help_text="Whom people ask.", max_length=120)),
                ("contact_email", models.EmailField(max_length=254)),
                ("contact_phone", models.CharField(blank=True, max_length=40)),
                (
                    "time_zone",
                    models.CharField(default="UTC", help_text="Wall-clock times of the plan are in it.", max_length=64),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True, help_text="ISO 3166 code: its public holidays are no business days.", max_length=2
                    ),
                ),
                ("subdivision", models.CharField(blank=True, max_length=6)),
                (
                    "is_unplanned",
                    models.BooleanField(
                        db_default=False, default=False, editable=False, help_text="An outage that nobody planned."
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="milestones", to="upgrades.upgrade"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("go_live", "Go-live or wave"),
                            ("window", "Other window"),
                            ("decision", "Decision"),
                            ("step", "Step"),
                        ],
                        default="window",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("tentative", "Tentative"),
                            ("confirmed", "Confirmed"),
                            ("in_process", "In process"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="tentative",
                        max_length=10,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField(blank=True, help_text="Empty for a single moment.", null=True)),
                ("baseline_start", models.DateTimeField(editable=False)),
                ("baseline_end", models.DateTimeField(editable=False, null=True)),
                (
                    "impact",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "No impact"), (1, "Reduced redundancy"), (2, "Degraded"), (3, "Outage")], default=3
                    ),
                ),
                (
                    "downtime",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="What one person goes without; often shorter than the window.",
                        null=True,
                        verbose_name="expected downtime in minutes",
                    ),
                ),
                ("effect", models.TextField(blank=True, verbose_name="what people will notice")),
                (
                    "action",
                    models.TextField(blank=True, help_text="Empty means: nothing.", verbose_name="what people must do"),
                ),
                (
                    "workaround",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="How people get by while it does not work.",
                        verbose_name="what helps until then",
                    ),
                ),
                (
                    "outcome",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Known problems once it is done; what people have now once it is rolled back.",
                        verbose_name="how it ended",
                    ),
                ),
                ("action_deadline", models.DateTimeField(blank=True, null=True)),
                (
                    "systems",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Host names and the like. Outsiders never read them.",
                        verbose_name="internal systems",
                    ),
                ),
                (
                    "change_reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Corrections say it.",
                        max_length=300,
                        verbose_name="why it changed last",
                    ),
                ),
                ("is_public", models.BooleanField(default=True, verbose_name="shown on the status page")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("services", models.ManyToManyField(blank=True, related_name="milestones", to="upgrades.service")),
                ("sites", models.ManyToManyField(blank=True, related_name="milestones", to="stakeholders.site")),
            ],
            options={
                "indexes": [models.Index(fields=["start"], name="milestone_by_start")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end", None), ("end__gt", models.F("start")), _connector="OR"),
                        name="a_window_ends_after_it_starts",
                        violation_error_message="The end must be after the start.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_milestoneevent" ("action", "action_deadline", "baseline_end", "baseline_start", "change_reason", "downtime", "effect", "end", "id", "impact", "is_public", "kind", "name", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sequence", "start", "status", "systems", "uid", "upgrade_id", "workaround") VALUES (NEW."action", NEW."action_deadline", NEW."baseline_end", NEW."baseline_start", NEW."change_reason", NEW."downtime", NEW."effect", NEW."end", NEW."id", NEW."impact", NEW."is_public", NEW."kind", NEW."name", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sequence", NEW."start", NEW."status", NEW."systems", NEW."uid", NEW."upgrade_id", NEW."workaround"); RETURN NULL;',
                            hash="d52c4eaffcfbed7252a7053c11893287b8b06707",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e9829",
                            table="upgrades_milestone",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_milestoneevent" ("action", "action_deadline", "baseline_end", "baseline_start", "change_reason", "downtime", "effect", "end", "id", "impact", "is_public", "kind", "name", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sequence", "start", "status", "systems", "uid", "upgrade_id", "workaround") VALUES (NEW."action", NEW."action_deadline", NEW."baseline_end", NEW."baseline_start", NEW."change_reason", NEW."downtime", NEW."effect", NEW."end", NEW."id", NEW."impact", NEW."is_public", NEW."kind", NEW."name", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sequence", NEW."start", NEW."status", NEW."systems", NEW."uid", NEW."upgrade_id", NEW."workaround"); RETURN NULL;',
                            hash="9274d7442c4d671dd1729ddb3dee414ab5fbf2f1",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_8382c",
                            table="upgrades_milestone",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_milestoneevent" ("action", "action_deadline", "baseline_end", "baseline_start", "change_reason", "downtime", "effect", "end", "id", "impact", "is_public", "kind", "name", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sequence", "start", "status", "systems", "uid", "upgrade_id", "workaround") VALUES (OLD."action", OLD."action_deadline", OLD."baseline_end", OLD."baseline_start", OLD."change_reason", OLD."downtime", OLD."effect", OLD."end", OLD."id", OLD."impact", OLD."is_public", OLD."kind", OLD."name", OLD."outcome", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."sequence", OLD."start", OLD."status", OLD."systems", OLD."uid", OLD."upgrade_id", OLD."workaround"); RETURN NULL;',
                            hash="68df56dedf16acb8821c415647568058e167afdf",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_c1422",
                            table="upgrades_milestone",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MilestoneEvent",
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
                        to="upgrades.milestone",
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
                (
                    "upgrade",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.upgrade",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("go_live", "Go-live or wave"),
                            ("window", "Other window"),
                            ("decision", "Decision"),
                            ("step", "Step"),
                        ],
                        default="window",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("tentative", "Tentative"),
                            ("confirmed", "Confirmed"),
                            ("in_process", "In process"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="tentative",
                        max_length=10,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField(blank=True, help_text="Empty for a single moment.", null=True)),
                ("baseline_start", models.DateTimeField(editable=False)),
                ("baseline_end", models.DateTimeField(editable=False, null=True)),
                (
                    "impact",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "No impact"), (1, "Reduced redundancy"), (2, "Degraded"), (3, "Outage")], default=3
                    ),
                ),
                (
                    "downtime",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="What one person goes without; often shorter than the window.",
                        null=True,
                        verbose_name="expected downtime in minutes",
                    ),
                ),
                ("effect", models.TextField(blank=True, verbose_name="what people will notice")),
                (
                    "action",
                    models.TextField(blank=True, help_text="Empty means: nothing.", verbose_name="what people must do"),
                ),
                (
                    "workaround",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="How people get by while it does not work.",
                        verbose_name="what helps until then",
                    ),
                ),
                (
                    "outcome",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Known problems once it is done; what people have now once it is rolled back.",
                        verbose_name="how it ended",
                    ),
                ),
                ("action_deadline", models.DateTimeField(blank=True, null=True)),
                (
                    "systems",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Host names and the like. Outsiders never read them.",
                        verbose_name="internal systems",
                    ),
                ),
                (
                    "change_reason",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Corrections say it.",
                        max_length=300,
                        verbose_name="why it changed last",
                    ),
                ),
                ("is_public", models.BooleanField(default=True, verbose_name="shown on the status page")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ServiceUsers",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.service_users",),
        ),
        migrations.CreateModel(
            name="ServiceUsersEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "service",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.service",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.group",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ServiceSites",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.service_sites",),
        ),
        migrations.CreateModel(
            name="ServiceSitesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "service",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.service",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UpgradeServices",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.upgrade_services",),
        ),
        migrations.CreateModel(
            name="UpgradeServicesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "upgrade",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.upgrade",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.service",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MilestoneServices",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.milestone_services",),
        ),
        migrations.CreateModel(
            name="MilestoneServicesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "milestone",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.service",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MilestoneSites",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.milestone_sites",),
        ),
        migrations.CreateModel(
            name="MilestoneSitesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "milestone",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CriticalDaysGroups",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.criticaldays_groups",),
        ),
        migrations.CreateModel(
            name="CriticalDaysGroupsEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "criticaldays",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.criticaldays",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.group",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CriticalDaysSites",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.criticaldays_sites",),
        ),
        migrations.CreateModel(
            name="CriticalDaysSitesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "criticaldays",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.criticaldays",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CriticalDaysServices",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.criticaldays_services",),
        ),
        migrations.CreateModel(
            name="CriticalDaysServicesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "criticaldays",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.criticaldays",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.service",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportedCalendarGroups",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.importedcalendar_groups",),
        ),
        migrations.CreateModel(
            name="ImportedCalendarGroupsEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "importedcalendar",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.importedcalendar",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.group",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportedCalendarSites",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.importedcalendar_sites",),
        ),
        migrations.CreateModel(
            name="ImportedCalendarSitesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "importedcalendar",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.importedcalendar",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportedCalendarServices",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("upgrades.importedcalendar_services",),
        ),
        migrations.CreateModel(
            name="ImportedCalendarServicesEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
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
                (
                    "importedcalendar",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.importedcalendar",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.service",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Stakeholder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stakeholders", to="upgrades.upgrade"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stakes",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stakes",
                        to="stakeholders.group",
                    ),
                ),
                (
                    "impact_on_them",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "No impact"), (1, "Reduced redundancy"), (2, "Degraded"), (3, "Outage")], default=0
                    ),
                ),
                (
                    "wanted_attitude",
                    models.SmallIntegerField(
                        blank=True,
                        choices=[(-2, "Blocker"), (-1, "Sceptic"), (0, "Neutral"), (1, "Supporter"), (2, "Champion")],
                        help_text="Where you would like them to stand.",
                        null=True,
                        verbose_name="wanted attitude",
                    ),
                ),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group__isnull", False), ("person", None)),
                            models.Q(("group", None), ("person__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_stakeholder_is_a_person_or_a_group",
                        violation_error_message="Choose a person or a group, not both.",
                    ),
                    models.UniqueConstraint(fields=("upgrade", "person"), name="a_person_has_one_stake_in_an_upgrade"),
                    models.UniqueConstraint(fields=("upgrade", "group"), name="a_group_has_one_stake_in_an_upgrade"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_stakeholderevent" ("group_id", "id", "impact_on_them", "note", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id", "wanted_attitude") VALUES (NEW."group_id", NEW."id", NEW."impact_on_them", NEW."note", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."upgrade_id", NEW."wanted_attitude"); RETURN NULL;',
                            hash="b91e43a784aa43b0d079d68ca49c68f3defbe1c2",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e965a",
                            table="upgrades_stakeholder",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_stakeholderevent" ("group_id", "id", "impact_on_them", "note", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id", "wanted_attitude") VALUES (NEW."group_id", NEW."id", NEW."impact_on_them", NEW."note", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."upgrade_id", NEW."wanted_attitude"); RETURN NULL;',
                            hash="c79c1934e22519acaa4ee6b35e16ceb54904bac5",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_2e49c",
                            table="upgrades_stakeholder",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_stakeholderevent" ("group_id", "id", "impact_on_them", "note", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id", "wanted_attitude") VALUES (OLD."group_id", OLD."id", OLD."impact_on_them", OLD."note", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."upgrade_id", OLD."wanted_attitude"); RETURN NULL;',
                            hash="b0641b97797d7501f419d733563aa3baa20d255d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_a84fa",
                            table="upgrades_stakeholder",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StakeholderEvent",
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
                        to="upgrades.stakeholder",
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
                (
                    "upgrade",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.upgrade",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.group",
                    ),
                ),
                (
                    "impact_on_them",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "No impact"), (1, "Reduced redundancy"), (2, "Degraded"), (3, "Outage")], default=0
                    ),
                ),
                (
                    "wanted_attitude",
                    models.SmallIntegerField(
                        blank=True,
                        choices=[(-2, "Blocker"), (-1, "Sceptic"), (0, "Neutral"), (1, "Supporter"), (2, "Champion")],
                        help_text="Where you would like them to stand.",
                        null=True,
                        verbose_name="wanted attitude",
                    ),
                ),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stakeholder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessments",
                        to="upgrades.stakeholder",
                    ),
                ),
                (
                    "influence",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "interest",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "attitude",
                    models.SmallIntegerField(
                        choices=[(-2, "Blocker"), (-1, "Sceptic"), (0, "Neutral"), (1, "Supporter"), (2, "Champion")],
                        default=0,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["stakeholder", "-at"], name="last_assessment")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("influence__range", (0, 100)), ("interest__range", (0, 100))),
                        name="influence_and_interest_are_from_0_to_100",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_assessmentevent" ("at", "attitude", "by_id", "id", "influence", "interest", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stakeholder_id") VALUES (NEW."at", NEW."attitude", NEW."by_id", NEW."id", NEW."influence", NEW."interest", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."stakeholder_id"); RETURN NULL;',
                            hash="559c31b860f28e35eb11e128e5b8ca717ca0e1d0",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_39de1",
                            table="upgrades_assessment",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_assessmentevent" ("at", "attitude", "by_id", "id", "influence", "interest", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stakeholder_id") VALUES (NEW."at", NEW."attitude", NEW."by_id", NEW."id", NEW."influence", NEW."interest", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."stakeholder_id"); RETURN NULL;',
                            hash="4224e1a3cd707522155d4504a2f91ff8e5495ba2",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_3b373",
                            table="upgrades_assessment",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_assessmentevent" ("at", "attitude", "by_id", "id", "influence", "interest", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stakeholder_id") VALUES (OLD."at", OLD."attitude", OLD."by_id", OLD."id", OLD."influence", OLD."interest", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."stakeholder_id"); RETURN NULL;',
                            hash="2bfa92e34cc5122cf932f998f19362496314aff6",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ab35c",
                            table="upgrades_assessment",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentEvent",
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
                        to="upgrades.assessment",
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
                (
                    "stakeholder",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.stakeholder",
                    ),
                ),
                (
                    "influence",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "interest",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "attitude",
                    models.SmallIntegerField(
                        choices=[(-2, "Blocker"), (-1, "Sceptic"), (0, "Neutral"), (1, "Supporter"), (2, "Champion")],
                        default=0,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Strategy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="strategies", to="upgrades.upgrade"
                    ),
                ),
                (
                    "quadrant",
                    models.CharField(
                        choices=[
                            ("manage_closely", "Manage closely"),
                            ("keep_satisfied", "Keep satisfied"),
                            ("keep_informed", "Keep informed"),
                            ("monitor", "Monitor"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: no rhythm, only what the plan says.",
                        null=True,
                        verbose_name="at least every … days",
                    ),
                ),
                (
                    "means",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("one_to_one", "One-to-one"),
                                ("meeting", "Meeting"),
                                ("briefing", "Briefing"),
                                ("training", "Training"),
                                ("mail", "E-mail"),
                                ("chat", "Chat"),
                                ("portal", "Status page"),
                                ("newsletter", "Newsletter"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "two_way",
                    models.CharField(
                        choices=[
                            ("required", "A conversation before the go-live is required"),
                            ("once", "At least one conversation"),
                            ("questions", "Questions and a survey"),
                            ("optional", "Optional"),
                        ],
                        default="optional",
                        max_length=9,
                    ),
                ),
                ("pushes_a_week", models.PositiveSmallIntegerField(verbose_name="at most … messages a week")),
                ("most_words", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="at most … words")),
                ("content", models.CharField(blank=True, help_text="What they want to know.", max_length=200)),
            ],
            options={
                "verbose_name_plural": "strategies",
                "constraints": [
                    models.UniqueConstraint(fields=("upgrade", "quadrant"), name="one_strategy_per_quadrant")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_strategyevent" ("content", "every_days", "id", "means", "most_words", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pushes_a_week", "quadrant", "two_way", "upgrade_id") VALUES (NEW."content", NEW."every_days", NEW."id", NEW."means", NEW."most_words", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pushes_a_week", NEW."quadrant", NEW."two_way", NEW."upgrade_id"); RETURN NULL;',
                            hash="b273d288c3ea58207dab39c2c2d6de9bdf68284f",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_f09ba",
                            table="upgrades_strategy",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "upgrades_strategyevent" ("content", "every_days", "id", "means", "most_words", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pushes_a_week", "quadrant", "two_way", "upgrade_id") VALUES (NEW."content", NEW."every_days", NEW."id", NEW."means", NEW."most_words", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pushes_a_week", NEW."quadrant", NEW."two_way", NEW."upgrade_id"); RETURN NULL;',
                            hash="802e780a9df6b5455c1236f7c872e670e264832e",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_583f1",
                            table="upgrades_strategy",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "upgrades_strategyevent" ("content", "every_days", "id", "means", "most_words", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pushes_a_week", "quadrant", "two_way", "upgrade_id") VALUES (OLD."content", OLD."every_days", OLD."id", OLD."means", OLD."most_words", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."pushes_a_week", OLD."quadrant", OLD."two_way", OLD."upgrade_id"); RETURN NULL;',
                            hash="9a51c2cd78343d0fb40a2e5df1a1045e6007f094",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_1b324",
                            table="upgrades_strategy",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StrategyEvent",
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
                        to="upgrades.strategy",
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
                (
                    "upgrade",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.upgrade",
                    ),
                ),
                (
                    "quadrant",
                    models.CharField(
                        choices=[
                            ("manage_closely", "Manage closely"),
                            ("keep_satisfied", "Keep satisfied"),
                            ("keep_informed", "Keep informed"),
                            ("monitor", "Monitor"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "every_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: no rhythm, only what the plan says.",
                        null=True,
                        verbose_name="at least every … days",
                    ),
                ),
                (
                    "means",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("one_to_one", "One-to-one"),
                                ("meeting", "Meeting"),
                                ("briefing", "Briefing"),
                                ("training", "Training"),
                                ("mail", "E-mail"),
                                ("chat", "Chat"),
                                ("portal", "Status page"),
                                ("newsletter", "Newsletter"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "two_way",
                    models.CharField(
                        choices=[
                            ("required", "A conversation before the go-live is required"),
                            ("once", "At least one conversation"),
                            ("questions", "Questions and a survey"),
                            ("optional", "Optional"),
                        ],
                        default="optional",
                        max_length=9,
                    ),
                ),
                ("pushes_a_week", models.PositiveSmallIntegerField(verbose_name="at most … messages a week")),
                ("most_words", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="at most … words")),
                ("content", models.CharField(blank=True, help_text="What they want to know.", max_length=200)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceusers",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_serviceusersevent" ("group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (NEW."group_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."service_id"); RETURN NULL;',
                    hash="38df9f9dacc2b87183dad8e1a700eeea2fb8c70c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d7a96",
                    table="upgrades_service_users",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="serviceusers",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_serviceusersevent" ("group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (OLD."group_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."service_id"); RETURN NULL;',
                    hash="23d643f4e0eeb3e2ffeec053eefbea76e219f14f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_7dbed",
                    table="upgrades_service_users",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicesites",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_servicesitesevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id", "site_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."service_id", NEW."site_id"); RETURN NULL;',
                    hash="548fc8b7266cc5abeaffc5599e5ef07cbaa25ec0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cbce7",
                    table="upgrades_service_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicesites",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_servicesitesevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id", "site_id") VALUES (OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."service_id", OLD."site_id"); RETURN NULL;',
                    hash="18e838b01e4f785f6570968f5f83e49c4bb9c9c4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_7b9be",
                    table="upgrades_service_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="upgradeservices",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_upgradeservicesevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id", "upgrade_id") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."service_id", NEW."upgrade_id"); RETURN NULL;',
                    hash="4ebc40f8fb6a9ca2d31248e0016b7be51eb3b464",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_baeda",
                    table="upgrades_upgrade_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="upgradeservices",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_upgradeservicesevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id", "upgrade_id") VALUES (OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."service_id", OLD."upgrade_id"); RETURN NULL;',
                    hash="a6e5465a8d1a8f4654eafcbeaef641614b93a092",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_cf3ab",
                    table="upgrades_upgrade_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="milestoneservices",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_milestoneservicesevent" ("id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (NEW."id", NEW."milestone_id", _pgh_attach_context(), NOW(), \'insert\', NEW."service_id"); RETURN NULL;',
                    hash="42973074fca6aab9d739497698115e30a9679d65",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fe574",
                    table="upgrades_milestone_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="milestoneservices",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_milestoneservicesevent" ("id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (OLD."id", OLD."milestone_id", _pgh_attach_context(), NOW(), \'delete\', OLD."service_id"); RETURN NULL;',
                    hash="72ff5c56537aa10b8667d498ded8739afe90925b",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c6f4e",
                    table="upgrades_milestone_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="milestonesites",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_milestonesitesevent" ("id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (NEW."id", NEW."milestone_id", _pgh_attach_context(), NOW(), \'insert\', NEW."site_id"); RETURN NULL;',
                    hash="5bd1e6e6b3eb48a8f995de69d5d2f782750f8150",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_22b77",
                    table="upgrades_milestone_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="milestonesites",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_milestonesitesevent" ("id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (OLD."id", OLD."milestone_id", _pgh_attach_context(), NOW(), \'delete\', OLD."site_id"); RETURN NULL;',
                    hash="56873e7b36aa9d6a963ef1ec41f00c5521254960",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_4e63b",
                    table="upgrades_milestone_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="criticaldaysgroups",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_criticaldaysgroupsevent" ("criticaldays_id", "group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label") VALUES (NEW."criticaldays_id", NEW."group_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\'); RETURN NULL;',
                    hash="b89d3b3f7e6a344bd59e9a042e7ab1384631765c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_df25b",
                    table="upgrades_criticaldays_groups",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="criticaldaysgroups",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_criticaldaysgroupsevent" ("criticaldays_id", "group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label") VALUES (OLD."criticaldays_id", OLD."group_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\'); RETURN NULL;',
                    hash="e29b86ca092a3dc0ac7935ffd9e79955827e938a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_89fe5",
                    table="upgrades_criticaldays_groups",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="criticaldayssites",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_criticaldayssitesevent" ("criticaldays_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (NEW."criticaldays_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."site_id"); RETURN NULL;',
                    hash="d1fd0224843f3e8cda5412b231e00d87d97bd583",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1d00f",
                    table="upgrades_criticaldays_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="criticaldayssites",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_criticaldayssitesevent" ("criticaldays_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (OLD."criticaldays_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."site_id"); RETURN NULL;',
                    hash="6fc005ecc8f396fa7100311104b79864b02e58b7",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_613e5",
                    table="upgrades_criticaldays_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="criticaldaysservices",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_criticaldaysservicesevent" ("criticaldays_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (NEW."criticaldays_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."service_id"); RETURN NULL;',
                    hash="191b5b63ffbcc1af49b8c0600edb4ac7663b377b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_655cd",
                    table="upgrades_criticaldays_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="criticaldaysservices",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_criticaldaysservicesevent" ("criticaldays_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (OLD."criticaldays_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."service_id"); RETURN NULL;',
                    hash="377255f1be781dcc779fc1dd6c6c47f5b51510ea",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d0dac",
                    table="upgrades_criticaldays_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importedcalendargroups",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_importedcalendargroupsevent" ("group_id", "id", "importedcalendar_id", "pgh_context_id", "pgh_created_at", "pgh_label") VALUES (NEW."group_id", NEW."id", NEW."importedcalendar_id", _pgh_attach_context(), NOW(), \'insert\'); RETURN NULL;',
                    hash="4282ec9a76925cd2357fff2ba0fd6cfbe50255f8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_af3c7",
                    table="upgrades_importedcalendar_groups",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importedcalendargroups",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_importedcalendargroupsevent" ("group_id", "id", "importedcalendar_id", "pgh_context_id", "pgh_created_at", "pgh_label") VALUES (OLD."group_id", OLD."id", OLD."importedcalendar_id", _pgh_attach_context(), NOW(), \'delete\'); RETURN NULL;',
                    hash="64ebccf503f2c771acb13e03abdf2dbf3892f79f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_b1f23",
                    table="upgrades_importedcalendar_groups",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importedcalendarsites",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_importedcalendarsitesevent" ("id", "importedcalendar_id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (NEW."id", NEW."importedcalendar_id", _pgh_attach_context(), NOW(), \'insert\', NEW."site_id"); RETURN NULL;',
                    hash="1f00e1bdf25cfce61bc4647a14804d26a61a1d1d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_25454",
                    table="upgrades_importedcalendar_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importedcalendarsites",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_importedcalendarsitesevent" ("id", "importedcalendar_id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (OLD."id", OLD."importedcalendar_id", _pgh_attach_context(), NOW(), \'delete\', OLD."site_id"); RETURN NULL;',
                    hash="1af2c0f14a11130e3e72bb0c119fa9554ce50f8b",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_f755f",
                    table="upgrades_importedcalendar_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importedcalendarservices",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_importedcalendarservicesevent" ("id", "importedcalendar_id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (NEW."id", NEW."importedcalendar_id", _pgh_attach_context(), NOW(), \'insert\', NEW."service_id"); RETURN NULL;',
                    hash="0e6f790d8680a10585ca9bec1c0b2263e6a20fcc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4682a",
                    table="upgrades_importedcalendar_services",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importedcalendarservices",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "upgrades_importedcalendarservicesevent" ("id", "importedcalendar_id", "pgh_context_id", "pgh_created_at", "pgh_label", "service_id") VALUES (OLD."id", OLD."importedcalendar_id", _pgh_attach_context(), NOW(), \'delete\', OLD."service_id"); RETURN NULL;',
                    hash="570f34775e327233adcbf7eaf29e9ab7d4953822",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d1cee",
                    table="upgrades_importedcalendar_services",
                    when="AFTER",
                ),
            ),
        ),
    ]
