import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import stakeholders.models


class Migration(migrations.Migration):
    replaces = [
        ("stakeholders", "0001_initial"),
        ("stakeholders", "0002_working_life_and_ties"),
        ("stakeholders", "0003_people_by_address"),
        ("stakeholders", "0004_active_people_by_name"),
        ("stakeholders", "0005_delivery"),
    ]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "country",
                    models.CharField(blank=True, help_text="ISO 3166 code, for public holidays.", max_length=2),
                ),
                (
                    "subdivision",
                    models.CharField(blank=True, help_text="State or region, as in ISO 3166-2.", max_length=6),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="one_site_per_name",
                        violation_error_message="There is already a site of this name.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_siteevent" ("country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subdivision", "time_zone") VALUES (NEW."country", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."subdivision", NEW."time_zone"); RETURN NULL;',
                            hash="7c5c0739e71129864f92dac6d054e620624d5a33",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_24e04",
                            table="stakeholders_site",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "stakeholders_siteevent" ("country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subdivision", "time_zone") VALUES (NEW."country", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."subdivision", NEW."time_zone"); RETURN NULL;',
                            hash="7973da93c62d39a9ef976cad1cf03ae0c42cfde6",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7832f",
                            table="stakeholders_site",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_siteevent" ("country", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "subdivision", "time_zone") VALUES (OLD."country", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."subdivision", OLD."time_zone"); RETURN NULL;',
                            hash="bbfded41bd56f667136ea80bf2031e6c61fe8339",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_62db6",
                            table="stakeholders_site",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteEvent",
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
                        to="stakeholders.site",
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
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "country",
                    models.CharField(blank=True, help_text="ISO 3166 code, for public holidays.", max_length=2),
                ),
                (
                    "subdivision",
                    models.CharField(blank=True, help_text="State or region, as in ISO 3166-2.", max_length=6),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                (
                    "email_state",
                    models.CharField(
                        choices=[("working", "Works"), ("bounced", "Bounced"), ("complained", "Marked us as unwanted")],
                        default="working",
                        max_length=10,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40)),
                (
                    "external_id",
                    models.CharField(blank=True, help_text="Number in the directory or HR system.", max_length=100),
                ),
                ("department", models.CharField(blank=True, max_length=120)),
                ("job_title", models.CharField(blank=True, max_length=120)),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="people",
                        to="stakeholders.site",
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("de", "Deutsch"), ("fr", "Français")], default="en", max_length=5
                    ),
                ),
                (
                    "reader_level",
                    models.CharField(
                        choices=[("plain", "Plain words"), ("technical", "Technical")], default="plain", max_length=10
                    ),
                ),
                (
                    "wants_invitations",
                    models.BooleanField(
                        default=False,
                        help_text="Puts windows into the personal calendar instead of attaching a file.",
                        verbose_name="calendar invitations",
                    ),
                ),
                (
                    "is_list",
                    models.BooleanField(
                        default=False,
                        help_text="Several people read this address, so it gets no personal links.",
                        verbose_name="distribution list",
                    ),
                ),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("works_from", models.TimeField(blank=True, help_text="In this person's own time zone.", null=True)),
                ("works_until", models.TimeField(blank=True, null=True)),
                (
                    "works_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            choices=[
                                (1, "Monday"),
                                (2, "Tuesday"),
                                (3, "Wednesday"),
                                (4, "Thursday"),
                                (5, "Friday"),
                                (6, "Saturday"),
                                (7, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=stakeholders.models.working_week,
                        size=None,
                    ),
                ),
                (
                    "preferred_channel",
                    models.CharField(
                        blank=True,
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
                ),
                (
                    "refused_channels",
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
                        help_text="Not used for what can be declined.",
                        size=None,
                    ),
                ),
                (
                    "own_choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Fields that this person set on the preference page: no import touches them.",
                        size=None,
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_from",
                        to="stakeholders.person",
                    ),
                ),
                ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "search_vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector(
                            "name", "email", "department", "job_title", "external_id", config="simple"
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "people",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["search_vector"], name="person_search"),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="person_by_tag"),
                    models.Index(django.db.models.functions.text.Lower("name"), models.F("id"), name="person_by_name"),
                    models.Index(
                        django.db.models.functions.text.Lower("name"),
                        models.F("id"),
                        condition=models.Q(("archived_at", None)),
                        name="active_person_by_name",
                    ),
                    models.Index(django.db.models.functions.text.Lower("email"), name="person_by_address"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(models.Q(("email", ""), _negated=True), ("archived_at", None)),
                        name="one_active_person_per_address",
                        violation_error_message="There is already a person with this e-mail address.",
                    ),
                    models.UniqueConstraint(
                        models.F("external_id"),
                        condition=models.Q(("external_id", ""), _negated=True),
                        name="one_person_per_external_id",
                        violation_error_message="There is already a person with this external id.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("works_from", None), ("works_until", None)),
                            models.Q(("works_from__isnull", False), ("works_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="working_hours_have_a_beginning_and_an_end",
                        violation_error_message="Give both the beginning and the end of the working hours, or neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("erased_at", None), ("merged_into", None)),
                            ("archived_at__isnull", False),
                            _connector="OR",
                        ),
                        name="who_was_merged_or_erased_is_archived",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_personevent" ("account_id", "archived_at", "created_at", "department", "email", "email_state", "erased_at", "external_id", "id", "is_list", "job_title", "language", "merged_into_id", "name", "own_choices", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preferred_channel", "reader_level", "refused_channels", "site_id", "tags", "time_zone", "wants_invitations", "works_from", "works_on", "works_until") VALUES (NEW."account_id", NEW."archived_at", NEW."created_at", NEW."department", NEW."email", NEW."email_state", NEW."erased_at", NEW."external_id", NEW."id", NEW."is_list", NEW."job_title", NEW."language", NEW."merged_into_id", NEW."name", NEW."own_choices", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."preferred_channel", NEW."reader_level", NEW."refused_channels", NEW."site_id", NEW."tags", NEW."time_zone", NEW."wants_invitations", NEW."works_from", NEW."works_on", NEW."works_until"); RETURN NULL;',
                            hash="3d3cefcb41993abe9cba5b06056f86adcf7b5f27",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_6ec0e",
                            table="stakeholders_person",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."account_id" IS DISTINCT FROM (NEW."account_id") OR OLD."archived_at" IS DISTINCT FROM (NEW."archived_at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."department" IS DISTINCT FROM (NEW."department") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."email_state" IS DISTINCT FROM (NEW."email_state") OR OLD."erased_at" IS DISTINCT FROM (NEW."erased_at") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_list" IS DISTINCT FROM (NEW."is_list") OR OLD."job_title" IS DISTINCT FROM (NEW."job_title") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."own_choices" IS DISTINCT FROM (NEW."own_choices") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."preferred_channel" IS DISTINCT FROM (NEW."preferred_channel") OR OLD."reader_level" IS DISTINCT FROM (NEW."reader_level") OR OLD."refused_channels" IS DISTINCT FROM (NEW."refused_channels") OR OLD."site_id" IS DISTINCT FROM (NEW."site_id") OR OLD."tags" IS DISTINCT FROM (NEW."tags") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone") OR OLD."wants_invitations" IS DISTINCT FROM (NEW."wants_invitations") OR OLD."works_from" IS DISTINCT FROM (NEW."works_from") OR OLD."works_on" IS DISTINCT FROM (NEW."works_on") OR OLD."works_until" IS DISTINCT FROM (NEW."works_until"))',
                            func='INSERT INTO "stakeholders_personevent" ("account_id", "archived_at", "created_at", "department", "email", "email_state", "erased_at", "external_id", "id", "is_list", "job_title", "language", "merged_into_id", "name", "own_choices", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preferred_channel", "reader_level", "refused_channels", "site_id", "tags", "time_zone", "wants_invitations", "works_from", "works_on", "works_until") VALUES (NEW."account_id", NEW."archived_at", NEW."created_at", NEW."department", NEW."email", NEW."email_state", NEW."erased_at", NEW."external_id", NEW."id", NEW."is_list", NEW."job_title", NEW."language", NEW."merged_into_id", NEW."name", NEW."own_choices", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."preferred_channel", NEW."reader_level", NEW."refused_channels", NEW."site_id", NEW."tags", NEW."time_zone", NEW."wants_invitations", NEW."works_from", NEW."works_on", NEW."works_until"); RETURN NULL;',
                            hash="f31b287c6900d5002292060a53b3bd34ca73614e",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d49a1",
                            table="stakeholders_person",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_personevent" ("account_id", "archived_at", "created_at", "department", "email", "email_state", "erased_at", "external_id", "id", "is_list", "job_title", "language", "merged_into_id", "name", "own_choices", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preferred_channel", "reader_level", "refused_channels", "site_id", "tags", "time_zone", "wants_invitations", "works_from", "works_on", "works_until") VALUES (OLD."account_id", OLD."archived_at", OLD."created_at", OLD."department", OLD."email", OLD."email_state", OLD."erased_at", OLD."external_id", OLD."id", OLD."is_list", OLD."job_title", OLD."language", OLD."merged_into_id", OLD."name", OLD."own_choices", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."preferred_channel", OLD."reader_level", OLD."refused_channels", OLD."site_id", OLD."tags", OLD."time_zone", OLD."wants_invitations", OLD."works_from", OLD."works_on", OLD."works_until"); RETURN NULL;',
                            hash="fb17ecc0c407a52bc0968b362d8d2ba2fe62dff9",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_20009",
                            table="stakeholders_person",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonEvent",
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
                        to="stakeholders.person",
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
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                (
                    "email_state",
                    models.CharField(
                        choices=[("working", "Works"), ("bounced", "Bounced"), ("complained", "Marked us as unwanted")],
                        default="working",
                        max_length=10,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40)),
                (
                    "external_id",
                    models.CharField(blank=True, help_text="Number in the directory or HR system.", max_length=100),
                ),
                ("department", models.CharField(blank=True, max_length=120)),
                ("job_title", models.CharField(blank=True, max_length=120)),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.site",
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("de", "Deutsch"), ("fr", "Français")], default="en", max_length=5
                    ),
                ),
                (
                    "reader_level",
                    models.CharField(
                        choices=[("plain", "Plain words"), ("technical", "Technical")], default="plain", max_length=10
                    ),
                ),
                (
                    "wants_invitations",
                    models.BooleanField(
                        default=False,
                        help_text="Puts windows into the personal calendar instead of attaching a file.",
                        verbose_name="calendar invitations",
                    ),
                ),
                (
                    "is_list",
                    models.BooleanField(
                        default=False,
                        help_text="Several people read this address, so it gets no personal links.",
                        verbose_name="distribution list",
                    ),
                ),
                (
                    "account",
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
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("works_from", models.TimeField(blank=True, help_text="In this person's own time zone.", null=True)),
                ("works_until", models.TimeField(blank=True, null=True)),
                (
                    "works_on",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            choices=[
                                (1, "Monday"),
                                (2, "Tuesday"),
                                (3, "Wednesday"),
                                (4, "Thursday"),
                                (5, "Friday"),
                                (6, "Saturday"),
                                (7, "Sunday"),
                            ]
                        ),
                        blank=True,
                        default=stakeholders.models.working_week,
                        size=None,
                    ),
                ),
                (
                    "preferred_channel",
                    models.CharField(
                        blank=True,
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
                ),
                (
                    "refused_channels",
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
                        help_text="Not used for what can be declined.",
                        size=None,
                    ),
                ),
                (
                    "own_choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        editable=False,
                        help_text="Fields that this person set on the preference page: no import touches them.",
                        size=None,
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="opt_outs", to="stakeholders.person"
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("progress", "Progress and completion of work that was announced"),
                            ("survey", "Survey invitations and reminders"),
                            ("news", "Newsletters and summaries"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "topic"), name="a_topic_is_declined_once")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_optoutevent" ("at", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "topic") VALUES (NEW."at", NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."topic"); RETURN NULL;',
                            hash="d5bfc75e7674ec8f989364238a748443667cca03",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_5680c",
                            table="stakeholders_optout",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "stakeholders_optoutevent" ("at", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "topic") VALUES (NEW."at", NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."topic"); RETURN NULL;',
                            hash="3ff387c7daade478877b7387678e097b80f26e22",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7a7c6",
                            table="stakeholders_optout",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_optoutevent" ("at", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "topic") VALUES (OLD."at", OLD."id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."topic"); RETURN NULL;',
                            hash="6b8199819fb252f0c2056674a57769ff0dbb96b0",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_b72f8",
                            table="stakeholders_optout",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OptOutEvent",
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
                        to="stakeholders.optout",
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
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("progress", "Progress and completion of work that was announced"),
                            ("survey", "Survey invitations and reminders"),
                            ("news", "Newsletters and summaries"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="addresses", to="stakeholders.person"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
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
                ),
                (
                    "address",
                    models.CharField(
                        help_text="A number, a name of an account, or the name of a room.", max_length=254
                    ),
                ),
                (
                    "secret",
                    models.BinaryField(help_text="Encrypted: an address that lets in whoever knows it.", null=True),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("working", "Works"), ("bounced", "Bounced"), ("complained", "Marked us as unwanted")],
                        default="working",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name_plural": "addresses",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "channel"),
                        name="one_address_per_person_and_channel",
                        violation_error_message="There is already an address for this channel.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["email", "portal", "banner"]), _negated=True),
                        name="mail_and_pages_have_no_other_address",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_addressevent" ("address", "channel", "created_at", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."address", NEW."channel", NEW."created_at", NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state"); RETURN NULL;',
                            hash="69730ffcc51b5f67ad2273911813d2ee8891901d",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_09a40",
                            table="stakeholders_address",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."state" IS DISTINCT FROM (NEW."state"))',
                            func='INSERT INTO "stakeholders_addressevent" ("address", "channel", "created_at", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."address", NEW."channel", NEW."created_at", NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state"); RETURN NULL;',
                            hash="e90970acbf6eed35cfceb32ff2406943f27e7c89",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_52159",
                            table="stakeholders_address",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_addressevent" ("address", "channel", "created_at", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (OLD."address", OLD."channel", OLD."created_at", OLD."id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."state"); RETURN NULL;',
                            hash="8dd99dba6f3711d2b9e6ba3cb22c2ad748c19e9b",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_09282",
                            table="stakeholders_address",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AddressEvent",
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
                        to="stakeholders.address",
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
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
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
                ),
                (
                    "address",
                    models.CharField(
                        help_text="A number, a name of an account, or the name of a room.", max_length=254
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("working", "Works"), ("bounced", "Bounced"), ("complained", "Marked us as unwanted")],
                        default="working",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="stakeholders.person"
                    ),
                ),
                ("start_on", models.DateField(verbose_name="first day")),
                ("end_on", models.DateField(verbose_name="last day")),
                (
                    "deputy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="stands_in",
                        to="stakeholders.person",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "indexes": [models.Index(fields=["end_on", "start_on"], name="absence_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end_on__gte", models.F("start_on"))),
                        name="an_absence_ends_after_it_starts",
                        violation_error_message="The last day must not be before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deputy", None), models.Q(("deputy", models.F("person")), _negated=True), _connector="OR"
                        ),
                        name="nobody_stands_in_for_themselves",
                        violation_error_message="Choose somebody else as the deputy.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_absenceevent" ("deputy_id", "end_on", "id", "note", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_on") VALUES (NEW."deputy_id", NEW."end_on", NEW."id", NEW."note", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."start_on"); RETURN NULL;',
                            hash="1e579a43cebd311587e21f6cdac04027701d0cad",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2cd72",
                            table="stakeholders_absence",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "stakeholders_absenceevent" ("deputy_id", "end_on", "id", "note", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_on") VALUES (NEW."deputy_id", NEW."end_on", NEW."id", NEW."note", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."start_on"); RETURN NULL;',
                            hash="54e2425a0d2bd89e5f90a62fe7619bea3aaf630e",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_5bda9",
                            table="stakeholders_absence",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_absenceevent" ("deputy_id", "end_on", "id", "note", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_on") VALUES (OLD."deputy_id", OLD."end_on", OLD."id", OLD."note", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."start_on"); RETURN NULL;',
                            hash="e7aaccfecfc688bd09ec5c0ebf874e5c7dc4a679",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_e2d9d",
                            table="stakeholders_absence",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AbsenceEvent",
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
                        to="stakeholders.absence",
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
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                ("start_on", models.DateField(verbose_name="first day")),
                ("end_on", models.DateField(verbose_name="last day")),
                (
                    "deputy",
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
                ("note", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("staff", "Staff"),
                            ("it", "IT"),
                            ("management", "Management"),
                            ("vendor", "Vendor"),
                            ("customer", "Customer"),
                            ("regulator", "Regulator"),
                        ],
                        default="staff",
                        max_length=12,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="one_group_per_name",
                        violation_error_message="There is already a group of this name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupEvent",
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
                        to="stakeholders.group",
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
                    "category",
                    models.CharField(
                        choices=[
                            ("staff", "Staff"),
                            ("it", "IT"),
                            ("management", "Management"),
                            ("vendor", "Vendor"),
                            ("customer", "Customer"),
                            ("regulator", "Regulator"),
                        ],
                        default="staff",
                        max_length=12,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="stakeholders.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="stakeholders.person",
                    ),
                ),
                ("is_representative", models.BooleanField(default=False, verbose_name="represents the group")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "person"), name="a_person_is_in_a_group_once")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_membershipevent" ("group_id", "id", "is_representative", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."group_id", NEW."id", NEW."is_representative", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="c91f2409606f192e1e6cca128baf3e03e6b574c5",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_7e439",
                            table="stakeholders_membership",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "stakeholders_membershipevent" ("group_id", "id", "is_representative", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."group_id", NEW."id", NEW."is_representative", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="5f682c1d5b043fffe81b8659e913a6693f3f189a",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1066e",
                            table="stakeholders_membership",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_membershipevent" ("group_id", "id", "is_representative", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."group_id", OLD."id", OLD."is_representative", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="f3b7bbdf34b3cc45533a198be8ae5fb19b7edc68",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_7f548",
                            table="stakeholders_membership",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MembershipEvent",
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
                        to="stakeholders.membership",
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
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.group",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                ("is_representative", models.BooleanField(default=False, verbose_name="represents the group")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="relations", to="stakeholders.person"
                    ),
                ),
                (
                    "tie",
                    models.CharField(
                        choices=[
                            ("reports_to", "Reports to"),
                            ("represents", "Represents"),
                            ("depends_on", "Depends on"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "to_person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="related_from",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "to_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="related_from",
                        to="stakeholders.group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("to_group__isnull", False), ("to_person", None)),
                            models.Q(("to_group", None), ("to_person__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_relation_leads_to_a_person_or_a_group",
                        violation_error_message="Choose a person or a group, not both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_person", None),
                            models.Q(("to_person", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_is_related_to_themselves",
                        violation_error_message="Choose somebody else.",
                    ),
                    models.UniqueConstraint(
                        fields=("person", "tie", "to_person", "to_group"),
                        name="a_relation_is_noted_once",
                        nulls_distinct=False,
                        violation_error_message="This is already noted.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_relationevent" ("id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tie", "to_group_id", "to_person_id") VALUES (NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."tie", NEW."to_group_id", NEW."to_person_id"); RETURN NULL;',
                            hash="8ce6f67a2b0cc1549db6bc97e5326d061c0c7f86",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e08f7",
                            table="stakeholders_relation",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "stakeholders_relationevent" ("id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tie", "to_group_id", "to_person_id") VALUES (NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."tie", NEW."to_group_id", NEW."to_person_id"); RETURN NULL;',
                            hash="66ee657f0d5d9038993430f9422e73fe9b9e1eac",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_c987e",
                            table="stakeholders_relation",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "stakeholders_relationevent" ("id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "tie", "to_group_id", "to_person_id") VALUES (OLD."id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."tie", OLD."to_group_id", OLD."to_person_id"); RETURN NULL;',
                            hash="e0b7509226db6e54d26ece4d6b0d9220c8bd9e0b",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_84c27",
                            table="stakeholders_relation",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RelationEvent",
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
                        to="stakeholders.relation",
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
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "tie",
                    models.CharField(
                        choices=[
                            ("reports_to", "Reports to"),
                            ("represents", "Represents"),
                            ("depends_on", "Depends on"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "to_person",
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
                    "to_group",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="group",
            name="people",
            field=models.ManyToManyField(
                related_name="groups", through="stakeholders.Membership", to="stakeholders.person"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="group",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "stakeholders_groupevent" ("category", "created_at", "description", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."category", NEW."created_at", NEW."description", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="9919d08ed567e214fc8864a432e5a1410b804add",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3728a",
                    table="stakeholders_group",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="group",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "stakeholders_groupevent" ("category", "created_at", "description", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."category", NEW."created_at", NEW."description", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="391d34a35339bdb351c04c705c56085780a2d1e2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_92f8f",
                    table="stakeholders_group",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="group",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "stakeholders_groupevent" ("category", "created_at", "description", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."category", OLD."created_at", OLD."description", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="fe76e283da97a493281241baef82b1c66cc638e6",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_bd9d0",
                    table="stakeholders_group",
                    when="AFTER",
                ),
            ),
        ),
    ]
