import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# Every message changes three or four times: room for the new versions on the same page, and early vacuums.
STORAGE = {
    "fillfactor": 70,
    "autovacuum_vacuum_scale_factor": 0.02,
    "autovacuum_vacuum_insert_scale_factor": 0.05,
    "autovacuum_analyze_scale_factor": 0.02,
    "autovacuum_vacuum_cost_delay": 0,
}


class Migration(migrations.Migration):
    replaces = [
        ("notices", "0001_initial"),
        ("notices", "0002_initial"),
        ("notices", "0003_initial"),
        ("notices", "0004_outbox_storage"),
        ("notices", "0005_approvedaudience"),
        ("notices", "0006_fewer_message_indexes"),
        ("notices", "0007_engagements"),
        ("notices", "0008_different_people"),
        ("notices", "0009_plan_that_checks_itself"),
        ("notices", "0010_ledger"),
        ("notices", "0011_recall"),
        ("notices", "0012_delivery"),
        ("notices", "0013_answer_of_the_next_hop"),
        ("notices", "0014_limiting"),
        ("notices", "0015_last_messages"),
        ("notices", "0016_kinds_of_receipts"),
        ("notices", "0017_domains_in_trouble"),
        ("notices", "0018_losses"),
        ("notices", "0019_at_any_hour"),
        ("notices", "0020_words_of_states"),
    ]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("engagement", "0001_initial"),
        ("engagement", "0002_answers_say_to_what"),
        ("feedback", "0003_initial"),
        ("feedback", "0005_concerns"),
        ("feedback", "0006_public_wording"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stakeholders", "0001_initial"),
        ("stakeholders", "0002_working_life_and_ties"),
        ("stakeholders", "0004_active_people_by_name"),
        ("stakeholders", "0005_delivery"),
        ("upgrades", "0001_initial"),
        ("upgrades", "0003_strategies"),
        ("upgrades", "0005_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="waivers", to="upgrades.upgrade"
                    ),
                ),
                ("rule", models.CharField(max_length=8)),
                ("place", models.CharField(max_length=60)),
                ("digest", models.CharField(help_text="Of the facts that made the finding.", max_length=64)),
                ("sentence", models.CharField(help_text="What the finding said then.", max_length=500)),
                ("reason", models.CharField(max_length=300)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("upgrade", "rule", "place"), name="a_finding_is_waived_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="a_waiver_has_a_reason"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_waiverevent" ("at", "by_id", "digest", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "reason", "rule", "sentence", "upgrade_id") VALUES (NEW."at", NEW."by_id", NEW."digest", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."reason", NEW."rule", NEW."sentence", NEW."upgrade_id"); RETURN NULL;',
                            hash="b7927c3a4fc902462c0879817c50b6ff5c4bc948",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_fe8a7",
                            table="notices_waiver",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_waiverevent" ("at", "by_id", "digest", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "reason", "rule", "sentence", "upgrade_id") VALUES (NEW."at", NEW."by_id", NEW."digest", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."reason", NEW."rule", NEW."sentence", NEW."upgrade_id"); RETURN NULL;',
                            hash="3584b3b8d58b0f956ee457ac912140c957c43c1f",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e8517",
                            table="notices_waiver",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_waiverevent" ("at", "by_id", "digest", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "reason", "rule", "sentence", "upgrade_id") VALUES (OLD."at", OLD."by_id", OLD."digest", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."place", OLD."reason", OLD."rule", OLD."sentence", OLD."upgrade_id"); RETURN NULL;',
                            hash="ecad13f9609ccb1b8368c68d859014edc0743e9c",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d1089",
                            table="notices_waiver",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaiverEvent",
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
                        to="notices.waiver",
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
                ("rule", models.CharField(max_length=8)),
                ("place", models.CharField(max_length=60)),
                ("digest", models.CharField(help_text="Of the facts that made the finding.", max_length=64)),
                ("sentence", models.CharField(help_text="What the finding said then.", max_length=500)),
                ("reason", models.CharField(max_length=300)),
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
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlanCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="check_result", to="upgrades.upgrade"
                    ),
                ),
                ("errors", models.PositiveIntegerField()),
                ("warnings", models.PositiveIntegerField()),
                ("hints", models.PositiveIntegerField()),
                ("waived", models.PositiveIntegerField(default=0)),
                ("findings", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=60)),
                ("language", models.CharField(blank=True, help_text="Empty: in every language.", max_length=5)),
                (
                    "audible",
                    models.CharField(
                        choices=[
                            ("everybody", "Everybody knows it"),
                            ("technical", "Only technical readers know it"),
                            ("nobody", "Better said otherwise"),
                        ],
                        default="technical",
                        max_length=10,
                        verbose_name="who knows it",
                    ),
                ),
                ("meaning", models.CharField(blank=True, max_length=200)),
                ("instead", models.CharField(blank=True, help_text="What to say instead.", max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("word"),
                        models.F("language"),
                        name="one_term_per_word_and_language",
                        violation_error_message="The glossary has this word already.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_termevent" ("audible", "id", "instead", "language", "meaning", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (NEW."audible", NEW."id", NEW."instead", NEW."language", NEW."meaning", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."word"); RETURN NULL;',
                            hash="f9d3cb1bfc71f419119e0d3e7126ec366f15b0cc",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d0998",
                            table="notices_term",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_termevent" ("audible", "id", "instead", "language", "meaning", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (NEW."audible", NEW."id", NEW."instead", NEW."language", NEW."meaning", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."word"); RETURN NULL;',
                            hash="6a27a4ce5c182c0221be387e961ce8b12b86d990",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1dbbe",
                            table="notices_term",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_termevent" ("audible", "id", "instead", "language", "meaning", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (OLD."audible", OLD."id", OLD."instead", OLD."language", OLD."meaning", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."word"); RETURN NULL;',
                            hash="efe3522f1de8f0e3e6d3689f077f12745b2a4c5a",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_e10e7",
                            table="notices_term",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TermEvent",
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
                        to="notices.term",
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
                ("word", models.CharField(max_length=60)),
                ("language", models.CharField(blank=True, help_text="Empty: in every language.", max_length=5)),
                (
                    "audible",
                    models.CharField(
                        choices=[
                            ("everybody", "Everybody knows it"),
                            ("technical", "Only technical readers know it"),
                            ("nobody", "Better said otherwise"),
                        ],
                        default="technical",
                        max_length=10,
                        verbose_name="who knows it",
                    ),
                ),
                ("meaning", models.CharField(blank=True, max_length=200)),
                ("instead", models.CharField(blank=True, help_text="What to say instead.", max_length=120)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CorrectionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="correction_rule",
                        to="upgrades.upgrade",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("propose", "Propose it, and wait for a word"),
                            ("automatic", "Send it by itself, within limits"),
                        ],
                        default="propose",
                        max_length=9,
                    ),
                ),
                (
                    "wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Minutes. Who is still moving things should not tell people.",
                        verbose_name="wait after the last change",
                    ),
                ),
                (
                    "longest_wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=60, help_text="Minutes.", verbose_name="but at most after the first"
                    ),
                ),
                (
                    "urgent_wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Minutes. Urgent: less than a day left, or earlier than told.",
                        verbose_name="wait when it is urgent",
                    ),
                ),
                (
                    "most_people",
                    models.PositiveIntegerField(
                        blank=True,
                        default=500,
                        help_text="Empty: to any number.",
                        null=True,
                        verbose_name="by itself to at most … people",
                    ),
                ),
                (
                    "start_minutes",
                    models.PositiveSmallIntegerField(default=15, verbose_name="a start counts as moved from … minutes"),
                ),
                (
                    "end_minutes",
                    models.PositiveSmallIntegerField(default=15, verbose_name="an end counts as later from … minutes"),
                ),
                (
                    "downtime_minutes",
                    models.PositiveSmallIntegerField(
                        default=15, verbose_name="a downtime counts as longer from … minutes"
                    ),
                ),
                (
                    "words",
                    models.JSONField(blank=True, default=list, help_text="As of a notice; empty: the usual ones."),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                            models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_approved_correction_rule_has_who_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("longest_wait_minutes__gte", models.F("wait_minutes"))),
                        name="the_longest_wait_is_the_longest",
                        violation_error_message="The longest wait must not be shorter than the usual one.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_correctionruleevent" ("approved_at", "approved_by_id", "author_id", "downtime_minutes", "end_minutes", "id", "longest_wait_minutes", "mode", "most_people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_minutes", "upgrade_id", "urgent_wait_minutes", "version", "wait_minutes", "words") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."downtime_minutes", NEW."end_minutes", NEW."id", NEW."longest_wait_minutes", NEW."mode", NEW."most_people", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."start_minutes", NEW."upgrade_id", NEW."urgent_wait_minutes", NEW."version", NEW."wait_minutes", NEW."words"); RETURN NULL;',
                            hash="3c4ed2a7abb8a2392739cd33fb10ef019dcee4ba",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_64453",
                            table="notices_correctionrule",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_correctionruleevent" ("approved_at", "approved_by_id", "author_id", "downtime_minutes", "end_minutes", "id", "longest_wait_minutes", "mode", "most_people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_minutes", "upgrade_id", "urgent_wait_minutes", "version", "wait_minutes", "words") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."downtime_minutes", NEW."end_minutes", NEW."id", NEW."longest_wait_minutes", NEW."mode", NEW."most_people", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."start_minutes", NEW."upgrade_id", NEW."urgent_wait_minutes", NEW."version", NEW."wait_minutes", NEW."words"); RETURN NULL;',
                            hash="4350a1bb1f213be13f41212f015192a11ca2ce70",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_0d937",
                            table="notices_correctionrule",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_correctionruleevent" ("approved_at", "approved_by_id", "author_id", "downtime_minutes", "end_minutes", "id", "longest_wait_minutes", "mode", "most_people", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "start_minutes", "upgrade_id", "urgent_wait_minutes", "version", "wait_minutes", "words") VALUES (OLD."approved_at", OLD."approved_by_id", OLD."author_id", OLD."downtime_minutes", OLD."end_minutes", OLD."id", OLD."longest_wait_minutes", OLD."mode", OLD."most_people", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."start_minutes", OLD."upgrade_id", OLD."urgent_wait_minutes", OLD."version", OLD."wait_minutes", OLD."words"); RETURN NULL;',
                            hash="75be5e1b89deb3dd8638f88d0da0cee2a74c0610",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_2b808",
                            table="notices_correctionrule",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CorrectionRuleEvent",
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
                        to="notices.correctionrule",
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
                    "mode",
                    models.CharField(
                        choices=[
                            ("propose", "Propose it, and wait for a word"),
                            ("automatic", "Send it by itself, within limits"),
                        ],
                        default="propose",
                        max_length=9,
                    ),
                ),
                (
                    "wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Minutes. Who is still moving things should not tell people.",
                        verbose_name="wait after the last change",
                    ),
                ),
                (
                    "longest_wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=60, help_text="Minutes.", verbose_name="but at most after the first"
                    ),
                ),
                (
                    "urgent_wait_minutes",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Minutes. Urgent: less than a day left, or earlier than told.",
                        verbose_name="wait when it is urgent",
                    ),
                ),
                (
                    "most_people",
                    models.PositiveIntegerField(
                        blank=True,
                        default=500,
                        help_text="Empty: to any number.",
                        null=True,
                        verbose_name="by itself to at most … people",
                    ),
                ),
                (
                    "start_minutes",
                    models.PositiveSmallIntegerField(default=15, verbose_name="a start counts as moved from … minutes"),
                ),
                (
                    "end_minutes",
                    models.PositiveSmallIntegerField(default=15, verbose_name="an end counts as later from … minutes"),
                ),
                (
                    "downtime_minutes",
                    models.PositiveSmallIntegerField(
                        default=15, verbose_name="a downtime counts as longer from … minutes"
                    ),
                ),
                (
                    "words",
                    models.JSONField(blank=True, default=list, help_text="As of a notice; empty: the usual ones."),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approved_by",
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
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="upgrades.upgrade"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="stakeholders.person"
                    ),
                ),
                ("facts", models.JSONField(default=list)),
                ("why", models.CharField(help_text="Why nothing reaches them.", max_length=300)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="calls", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["upgrade", "created_at"], name="call_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at", None)),
                        fields=("upgrade", "person"),
                        name="one_open_call_per_person_and_upgrade",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_callevent" ("created_at", "done_at", "done_by_id", "facts", "id", "outcome", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id", "why") VALUES (NEW."created_at", NEW."done_at", NEW."done_by_id", NEW."facts", NEW."id", NEW."outcome", NEW."owner_id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."upgrade_id", NEW."why"); RETURN NULL;',
                            hash="8f00f21479c7fb991695d88661ef66cf76bf210f",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2f0b1",
                            table="notices_call",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_callevent" ("created_at", "done_at", "done_by_id", "facts", "id", "outcome", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id", "why") VALUES (NEW."created_at", NEW."done_at", NEW."done_by_id", NEW."facts", NEW."id", NEW."outcome", NEW."owner_id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."upgrade_id", NEW."why"); RETURN NULL;',
                            hash="92a6a83c4d9924329b05e828261b53aa1af70fb0",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_c7756",
                            table="notices_call",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_callevent" ("created_at", "done_at", "done_by_id", "facts", "id", "outcome", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id", "why") VALUES (OLD."created_at", OLD."done_at", OLD."done_by_id", OLD."facts", OLD."id", OLD."outcome", OLD."owner_id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."upgrade_id", OLD."why"); RETURN NULL;',
                            hash="460c657678faf81cacf8696ead277f2fe928a15e",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_1a05f",
                            table="notices_call",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallEvent",
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
                        to="notices.call",
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
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                ("facts", models.JSONField(default=list)),
                ("why", models.CharField(help_text="Why nothing reaches them.", max_length=300)),
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
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
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
                ("outcome", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Outlet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "is_fallback",
                    models.BooleanField(default=False, help_text="Takes over while the first one does not work."),
                ),
                (
                    "config",
                    models.JSONField(blank=True, default=dict, help_text="What everybody who signs in may see."),
                ),
                ("secrets", models.BinaryField(help_text="Encrypted, and never shown again.", null=True)),
                ("per_second", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per second")),
                ("per_minute", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per minute")),
                ("per_hour", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per hour")),
                ("per_day", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages in 24 hours")),
                (
                    "connections",
                    models.PositiveSmallIntegerField(default=4, help_text="At the same time, over all workers."),
                ),
                (
                    "per_connection",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per connection"),
                ),
                ("warm_up_from", models.DateField(blank=True, null=True, verbose_name="warm-up since")),
                (
                    "warm_up_start",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="messages on its first day"),
                ),
                (
                    "stop_after",
                    models.PositiveSmallIntegerField(
                        default=25, help_text="0: go on whatever happens.", verbose_name="stop after errors in a row"
                    ),
                ),
                ("errors_in_row", models.PositiveIntegerField(default=0, editable=False)),
                ("stopped_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "stopped_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stop_reason", models.CharField(blank=True, editable=False, max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "is_fallback"), name="one_outlet_per_channel_and_role"),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["portal", "banner"]), _negated=True),
                        name="what_is_shown_needs_no_outlet",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("connections__gt", 0)), name="an_outlet_has_at_least_one_connection"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("warm_up_from", None), ("warm_up_start", None)),
                            models.Q(("warm_up_from__isnull", False), ("warm_up_start__gt", 0)),
                            _connector="OR",
                        ),
                        name="a_warm_up_has_a_day_and_a_number",
                        violation_error_message="Give both the first day of the warm-up and how many go out on it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stop_reason", ""), ("stopped_at", None), ("stopped_by", None)),
                            models.Q(("stopped_at__isnull", False), models.Q(("stop_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="what_is_stopped_says_why",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_outletevent" ("channel", "config", "connections", "id", "is_fallback", "per_connection", "per_day", "per_hour", "per_minute", "per_second", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stop_after", "stop_reason", "stopped_at", "stopped_by_id", "warm_up_from", "warm_up_start") VALUES (NEW."channel", NEW."config", NEW."connections", NEW."id", NEW."is_fallback", NEW."per_connection", NEW."per_day", NEW."per_hour", NEW."per_minute", NEW."per_second", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."stop_after", NEW."stop_reason", NEW."stopped_at", NEW."stopped_by_id", NEW."warm_up_from", NEW."warm_up_start"); RETURN NULL;',
                            hash="4bb7a557f0e09c4a6ba6a2cf0a0a751a69b02156",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_a1793",
                            table="notices_outlet",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."config" IS DISTINCT FROM (NEW."config") OR OLD."connections" IS DISTINCT FROM (NEW."connections") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_fallback" IS DISTINCT FROM (NEW."is_fallback") OR OLD."per_connection" IS DISTINCT FROM (NEW."per_connection") OR OLD."per_day" IS DISTINCT FROM (NEW."per_day") OR OLD."per_hour" IS DISTINCT FROM (NEW."per_hour") OR OLD."per_minute" IS DISTINCT FROM (NEW."per_minute") OR OLD."per_second" IS DISTINCT FROM (NEW."per_second") OR OLD."stop_after" IS DISTINCT FROM (NEW."stop_after") OR OLD."stop_reason" IS DISTINCT FROM (NEW."stop_reason") OR OLD."stopped_at" IS DISTINCT FROM (NEW."stopped_at") OR OLD."stopped_by_id" IS DISTINCT FROM (NEW."stopped_by_id") OR OLD."warm_up_from" IS DISTINCT FROM (NEW."warm_up_from") OR OLD."warm_up_start" IS DISTINCT FROM (NEW."warm_up_start"))',
                            func='INSERT INTO "notices_outletevent" ("channel", "config", "connections", "id", "is_fallback", "per_connection", "per_day", "per_hour", "per_minute", "per_second", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stop_after", "stop_reason", "stopped_at", "stopped_by_id", "warm_up_from", "warm_up_start") VALUES (NEW."channel", NEW."config", NEW."connections", NEW."id", NEW."is_fallback", NEW."per_connection", NEW."per_day", NEW."per_hour", NEW."per_minute", NEW."per_second", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."stop_after", NEW."stop_reason", NEW."stopped_at", NEW."stopped_by_id", NEW."warm_up_from", NEW."warm_up_start"); RETURN NULL;',
                            hash="bab6a4ba0cfe9b8d12f47144eabe950cb4508faf",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_8d604",
                            table="notices_outlet",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_outletevent" ("channel", "config", "connections", "id", "is_fallback", "per_connection", "per_day", "per_hour", "per_minute", "per_second", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "stop_after", "stop_reason", "stopped_at", "stopped_by_id", "warm_up_from", "warm_up_start") VALUES (OLD."channel", OLD."config", OLD."connections", OLD."id", OLD."is_fallback", OLD."per_connection", OLD."per_day", OLD."per_hour", OLD."per_minute", OLD."per_second", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."stop_after", OLD."stop_reason", OLD."stopped_at", OLD."stopped_by_id", OLD."warm_up_from", OLD."warm_up_start"); RETURN NULL;',
                            hash="c4f04d3863243a48fe2d7bf2e10540e72854daa2",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_066d6",
                            table="notices_outlet",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutletEvent",
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
                        to="notices.outlet",
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
                    "is_fallback",
                    models.BooleanField(default=False, help_text="Takes over while the first one does not work."),
                ),
                (
                    "config",
                    models.JSONField(blank=True, default=dict, help_text="What everybody who signs in may see."),
                ),
                ("per_second", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per second")),
                ("per_minute", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per minute")),
                ("per_hour", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per hour")),
                ("per_day", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages in 24 hours")),
                (
                    "connections",
                    models.PositiveSmallIntegerField(default=4, help_text="At the same time, over all workers."),
                ),
                (
                    "per_connection",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per connection"),
                ),
                ("warm_up_from", models.DateField(blank=True, null=True, verbose_name="warm-up since")),
                (
                    "warm_up_start",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="messages on its first day"),
                ),
                (
                    "stop_after",
                    models.PositiveSmallIntegerField(
                        default=25, help_text="0: go on whatever happens.", verbose_name="stop after errors in a row"
                    ),
                ),
                ("stopped_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "stopped_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("stop_reason", models.CharField(blank=True, editable=False, max_length=300)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DomainLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="domains", to="notices.outlet"
                    ),
                ),
                ("domain", models.CharField(help_text="As in example.org, in lower case.", max_length=253)),
                ("per_second", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per second")),
                ("per_minute", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per minute")),
                ("per_hour", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per hour")),
                ("connections", models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("outlet", "domain"),
                        name="a_domain_is_limited_once_per_outlet",
                        violation_error_message="There is already a limit for this domain.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_domainlimitevent" ("connections", "domain", "id", "outlet_id", "per_hour", "per_minute", "per_second", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."connections", NEW."domain", NEW."id", NEW."outlet_id", NEW."per_hour", NEW."per_minute", NEW."per_second", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="f2016105bd710cc0e51d4ddf94ae89f573517b18",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2f3d1",
                            table="notices_domainlimit",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_domainlimitevent" ("connections", "domain", "id", "outlet_id", "per_hour", "per_minute", "per_second", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."connections", NEW."domain", NEW."id", NEW."outlet_id", NEW."per_hour", NEW."per_minute", NEW."per_second", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="aea41d77c0e8a1c7f83fbc60f2da5ddeb37f213f",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_c96be",
                            table="notices_domainlimit",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_domainlimitevent" ("connections", "domain", "id", "outlet_id", "per_hour", "per_minute", "per_second", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."connections", OLD."domain", OLD."id", OLD."outlet_id", OLD."per_hour", OLD."per_minute", OLD."per_second", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="a0b6c8d809a4b19d280873717064fd8dcaff8373",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_35cc8",
                            table="notices_domainlimit",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DomainLimitEvent",
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
                        to="notices.domainlimit",
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
                    "outlet",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.outlet",
                    ),
                ),
                ("domain", models.CharField(help_text="As in example.org, in lower case.", max_length=253)),
                ("per_second", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per second")),
                ("per_minute", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per minute")),
                ("per_hour", models.PositiveIntegerField(blank=True, null=True, verbose_name="messages per hour")),
                ("connections", models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OutletLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="notices.outlet"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("down", "Does not work"),
                            ("up", "Works again"),
                            ("stopped", "Stopped"),
                            ("started", "Started again"),
                            ("fallback", "Handed over to the fallback"),
                            ("tested", "Tried out"),
                            ("failed_test", "Test failed"),
                            ("changed", "Changed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["outlet", "-at"], name="outlet_log_by_time")],
            },
        ),
        migrations.CreateModel(
            name="DeliveryRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quiet_from", models.TimeField(blank=True, help_text="On the reader's clock.", null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                (
                    "quiet_weekends",
                    models.BooleanField(default=True, verbose_name="quiet on days that a reader does not work"),
                ),
                (
                    "most_per_week",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Over all upgrades. What is more is gathered.",
                        null=True,
                        verbose_name="messages per person and week",
                    ),
                ),
                (
                    "digest_at",
                    models.TimeField(
                        default=datetime.time(9, 0), help_text="On the reader's clock.", verbose_name="digest at"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "delivery rules",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="there_is_one_set_of_delivery_rules"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from", None), ("quiet_until", None)),
                            models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="quiet_hours_have_a_beginning_and_an_end",
                        violation_error_message="Give both the beginning and the end of the quiet hours, or neither.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_deliveryrulesevent" ("digest_at", "id", "most_per_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quiet_from", "quiet_until", "quiet_weekends") VALUES (NEW."digest_at", NEW."id", NEW."most_per_week", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."quiet_from", NEW."quiet_until", NEW."quiet_weekends"); RETURN NULL;',
                            hash="baa864c8c9ed8a59e0d42b32dfda69cffea1e257",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_631b0",
                            table="notices_deliveryrules",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_deliveryrulesevent" ("digest_at", "id", "most_per_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quiet_from", "quiet_until", "quiet_weekends") VALUES (NEW."digest_at", NEW."id", NEW."most_per_week", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."quiet_from", NEW."quiet_until", NEW."quiet_weekends"); RETURN NULL;',
                            hash="9effcc488ca81661d1e86acda2bfb9afc0957109",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_05393",
                            table="notices_deliveryrules",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_deliveryrulesevent" ("digest_at", "id", "most_per_week", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quiet_from", "quiet_until", "quiet_weekends") VALUES (OLD."digest_at", OLD."id", OLD."most_per_week", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."quiet_from", OLD."quiet_until", OLD."quiet_weekends"); RETURN NULL;',
                            hash="ecb343f4c79a10009994d7635355096042acd8a5",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_7b0f1",
                            table="notices_deliveryrules",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryRulesEvent",
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
                        to="notices.deliveryrules",
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
                ("quiet_from", models.TimeField(blank=True, help_text="On the reader's clock.", null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                (
                    "quiet_weekends",
                    models.BooleanField(default=True, verbose_name="quiet on days that a reader does not work"),
                ),
                (
                    "most_per_week",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Over all upgrades. What is more is gathered.",
                        null=True,
                        verbose_name="messages per person and week",
                    ),
                ),
                (
                    "digest_at",
                    models.TimeField(
                        default=datetime.time(9, 0), help_text="On the reader's clock.", verbose_name="digest at"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("detail", models.CharField(max_length=500)),
                ("since", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("key",), name="one_open_alert_of_each_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(unique=True)),
                ("values", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outlet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.outlet",
                    ),
                ),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["outlet", "domain", "at"], name="tally_by_time")],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outlet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.outlet",
                    ),
                ),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("holder", models.CharField(max_length=40)),
                ("count", models.PositiveSmallIntegerField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("outlet", "domain", "holder"), name="one_seat_per_worker_and_outlet"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outlet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notices.outlet",
                    ),
                ),
                ("domain", models.CharField(max_length=253)),
                ("taken_until", models.DateTimeField()),
                ("last_key", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("outlet", "domain"), name="one_turn_per_domain_and_outlet")
                ],
            },
        ),
        migrations.CreateModel(
            name="Health",
            fields=[
                (
                    "outlet",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="notices.outlet",
                    ),
                ),
                ("down_since", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=1)),
                ("reason", models.CharField(max_length=300)),
                ("tried_at", models.DateTimeField()),
                ("is_replaced", models.BooleanField(default=False, help_text="The fallback has taken over.")),
            ],
            options={
                "verbose_name_plural": "health",
            },
        ),
        migrations.CreateModel(
            name="DomainTrouble",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outlet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="troubles",
                        to="notices.outlet",
                    ),
                ),
                ("domain", models.CharField(max_length=253)),
                ("errors", models.PositiveIntegerField(default=0)),
                ("counted", models.PositiveIntegerField(default=0)),
                ("reason", models.CharField(max_length=300)),
                ("stopped_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("outlet", "domain"), name="one_trouble_per_domain_and_outlet")
                ],
            },
        ),
        migrations.CreateModel(
            name="Standstill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ended_at",), name="one_standstill_at_a_time", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="the_end_of_a_standstill_has_who_and_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="upgrades.upgrade"
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="upgrades.milestone"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("notice", "Notice"),
                            ("meeting", "Meeting"),
                            ("town_hall", "Town hall"),
                            ("training", "Training"),
                            ("cascade", "Manager cascade"),
                            ("poster", "Poster"),
                            ("decision", "Decision"),
                        ],
                        default="notice",
                        max_length=10,
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("offset", "Before or after its milestone"),
                            ("cadence", "Again and again while it is in process"),
                            ("event", "When something happens to it"),
                        ],
                        db_default="offset",
                        default="offset",
                        max_length=10,
                    ),
                ),
                (
                    "edge",
                    models.CharField(
                        choices=[("start", "the start of"), ("end", "the end of")], default="start", max_length=5
                    ),
                ),
                ("offset", models.IntegerField(default=0, help_text="Negative is before, positive after.")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("business_days", "business days"),
                            ("calendar_days", "calendar days"),
                            ("minutes", "minutes"),
                        ],
                        default="business_days",
                        max_length=13,
                    ),
                ),
                (
                    "at",
                    models.TimeField(
                        blank=True,
                        help_text="On the wall of the upgrade's place. Not used with minutes.",
                        null=True,
                        verbose_name="time of day",
                    ),
                ),
                (
                    "clock",
                    models.CharField(
                        choices=[("place", "where the upgrade is"), ("reader", "where each reader is")],
                        db_default="place",
                        default="place",
                        max_length=10,
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Of a cadence: 0 is Monday.",
                        size=None,
                    ),
                ),
                ("every_weeks", models.PositiveSmallIntegerField(db_default=1, default=1, help_text="Of a cadence.")),
                (
                    "event",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("started", "it has started"),
                            ("finished", "it is completed"),
                            ("slipped", "it is moved"),
                            ("extended", "its end moves out while it is in process"),
                            ("cancelled", "it is cancelled"),
                            ("on_word", "somebody says so"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        blank=True,
                        help_text="It does not go out before this decision is ticked off.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="awaited_by",
                        to="notices.planstep",
                        verbose_name="waits for",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who sees to it; empty: the owner of the upgrade.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_steps",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sender",
                    models.CharField(
                        choices=[
                            ("contact", "The contact of the upgrade"),
                            ("sponsor", "The sponsor"),
                            ("manager", "The readers' own managers"),
                        ],
                        db_default="contact",
                        default="contact",
                        max_length=10,
                        verbose_name="in whose name",
                    ),
                ),
                ("audience", models.JSONField(blank=True, default=dict)),
                (
                    "engagement",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        help_text="The meeting or training that this step is.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="step",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "objective",
                    models.CharField(blank=True, help_text="What is different after people read this.", max_length=200),
                ),
                ("done_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_done_step_has_who_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("at", None), ("unit", "minutes")),
                            models.Q(models.Q(("unit", "minutes"), _negated=True), ("at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_step_in_days_has_a_time_of_day",
                        violation_error_message="Give a time of day (or count in minutes).",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("trigger", "event"), ("event", ""), _connector="XOR"),
                        name="a_step_with_an_event_says_which",
                        violation_error_message="Say what has to happen.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("trigger", "cadence"), _negated=True),
                            models.Q(("at__isnull", False), ("every_weeks__gt", 0), ("weekdays__len__gt", 0)),
                            _connector="OR",
                        ),
                        name="a_cadence_has_weekdays_and_a_time",
                        violation_error_message="Choose at least one day of the week.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("after", None), models.Q(("after", models.F("pk")), _negated=True), _connector="OR"
                        ),
                        name="no_step_waits_for_itself",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_planstepevent" ("after_id", "at", "audience", "clock", "done_at", "done_by_id", "edge", "engagement_id", "event", "every_weeks", "id", "medium", "milestone_id", "name", "objective", "offset", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sender", "trigger", "unit", "upgrade_id", "weekdays") VALUES (NEW."after_id", NEW."at", NEW."audience", NEW."clock", NEW."done_at", NEW."done_by_id", NEW."edge", NEW."engagement_id", NEW."event", NEW."every_weeks", NEW."id", NEW."medium", NEW."milestone_id", NEW."name", NEW."objective", NEW."offset", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sender", NEW."trigger", NEW."unit", NEW."upgrade_id", NEW."weekdays"); RETURN NULL;',
                            hash="7ff786088c3f3b000dc7e051207b63a3f000fd21",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_b8887",
                            table="notices_planstep",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_planstepevent" ("after_id", "at", "audience", "clock", "done_at", "done_by_id", "edge", "engagement_id", "event", "every_weeks", "id", "medium", "milestone_id", "name", "objective", "offset", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sender", "trigger", "unit", "upgrade_id", "weekdays") VALUES (NEW."after_id", NEW."at", NEW."audience", NEW."clock", NEW."done_at", NEW."done_by_id", NEW."edge", NEW."engagement_id", NEW."event", NEW."every_weeks", NEW."id", NEW."medium", NEW."milestone_id", NEW."name", NEW."objective", NEW."offset", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sender", NEW."trigger", NEW."unit", NEW."upgrade_id", NEW."weekdays"); RETURN NULL;',
                            hash="51a2076304eadc0183799e51f16b8c63632e87a3",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e7a5f",
                            table="notices_planstep",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_planstepevent" ("after_id", "at", "audience", "clock", "done_at", "done_by_id", "edge", "engagement_id", "event", "every_weeks", "id", "medium", "milestone_id", "name", "objective", "offset", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sender", "trigger", "unit", "upgrade_id", "weekdays") VALUES (OLD."after_id", OLD."at", OLD."audience", OLD."clock", OLD."done_at", OLD."done_by_id", OLD."edge", OLD."engagement_id", OLD."event", OLD."every_weeks", OLD."id", OLD."medium", OLD."milestone_id", OLD."name", OLD."objective", OLD."offset", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."sender", OLD."trigger", OLD."unit", OLD."upgrade_id", OLD."weekdays"); RETURN NULL;',
                            hash="7d4d2586039218e7be87a6056e999f43072b5c42",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_c392f",
                            table="notices_planstep",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanStepEvent",
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
                        to="notices.planstep",
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
                    "milestone",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("notice", "Notice"),
                            ("meeting", "Meeting"),
                            ("town_hall", "Town hall"),
                            ("training", "Training"),
                            ("cascade", "Manager cascade"),
                            ("poster", "Poster"),
                            ("decision", "Decision"),
                        ],
                        default="notice",
                        max_length=10,
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("offset", "Before or after its milestone"),
                            ("cadence", "Again and again while it is in process"),
                            ("event", "When something happens to it"),
                        ],
                        db_default="offset",
                        default="offset",
                        max_length=10,
                    ),
                ),
                (
                    "edge",
                    models.CharField(
                        choices=[("start", "the start of"), ("end", "the end of")], default="start", max_length=5
                    ),
                ),
                ("offset", models.IntegerField(default=0, help_text="Negative is before, positive after.")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("business_days", "business days"),
                            ("calendar_days", "calendar days"),
                            ("minutes", "minutes"),
                        ],
                        default="business_days",
                        max_length=13,
                    ),
                ),
                (
                    "at",
                    models.TimeField(
                        blank=True,
                        help_text="On the wall of the upgrade's place. Not used with minutes.",
                        null=True,
                        verbose_name="time of day",
                    ),
                ),
                (
                    "clock",
                    models.CharField(
                        choices=[("place", "where the upgrade is"), ("reader", "where each reader is")],
                        db_default="place",
                        default="place",
                        max_length=10,
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Of a cadence: 0 is Monday.",
                        size=None,
                    ),
                ),
                ("every_weeks", models.PositiveSmallIntegerField(db_default=1, default=1, help_text="Of a cadence.")),
                (
                    "event",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("started", "it has started"),
                            ("finished", "it is completed"),
                            ("slipped", "it is moved"),
                            ("extended", "its end moves out while it is in process"),
                            ("cancelled", "it is cancelled"),
                            ("on_word", "somebody says so"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="It does not go out before this decision is ticked off.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.planstep",
                        verbose_name="waits for",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Who sees to it; empty: the owner of the upgrade.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sender",
                    models.CharField(
                        choices=[
                            ("contact", "The contact of the upgrade"),
                            ("sponsor", "The sponsor"),
                            ("manager", "The readers' own managers"),
                        ],
                        db_default="contact",
                        default="contact",
                        max_length=10,
                        verbose_name="in whose name",
                    ),
                ),
                ("audience", models.JSONField(blank=True, default=dict)),
                (
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        help_text="The meeting or training that this step is.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "objective",
                    models.CharField(blank=True, help_text="What is different after people read this.", max_length=200),
                ),
                ("done_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
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
            name="PassedOn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="passed_on", to="notices.planstep"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stakeholders.person"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "passed on",
                "constraints": [
                    models.UniqueConstraint(fields=("step", "person"), name="somebody_passes_a_step_on_once")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_passedonevent" ("at", "id", "noted_by_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "step_id") VALUES (NEW."at", NEW."id", NEW."noted_by_id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."step_id"); RETURN NULL;',
                            hash="3ebc9e0d3c3646a0185dda0704d71c1f9ed5618c",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e1ef7",
                            table="notices_passedon",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_passedonevent" ("at", "id", "noted_by_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "step_id") VALUES (NEW."at", NEW."id", NEW."noted_by_id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."step_id"); RETURN NULL;',
                            hash="513f0660577e559a106d78ae45e7a25ff5a8b1bb",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_3ef52",
                            table="notices_passedon",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_passedonevent" ("at", "id", "noted_by_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "step_id") VALUES (OLD."at", OLD."id", OLD."noted_by_id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."step_id"); RETURN NULL;',
                            hash="36b1ef1bbbd78ae2a1a08656a94affc4eccba833",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_b91c6",
                            table="notices_passedon",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PassedOnEvent",
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
                        to="notices.passedon",
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
                    "step",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.planstep",
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
                ("at", models.DateTimeField()),
                (
                    "noted_by",
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
            name="SavedTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=140, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, max_length=400)),
                ("has_waves", models.BooleanField(default=False, verbose_name="has several windows")),
                ("content", models.JSONField(default=dict)),
                (
                    "made_from",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="upgrades.upgrade",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="one_template_per_name",
                        violation_error_message="There is already a template of this name.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_savedtemplateevent" ("by_id", "content", "created_at", "description", "has_waves", "id", "made_from_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "version") VALUES (NEW."by_id", NEW."content", NEW."created_at", NEW."description", NEW."has_waves", NEW."id", NEW."made_from_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."slug", NEW."version"); RETURN NULL;',
                            hash="be6df0488c1c3310c9249539f35f8c82f30b7ee9",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_40b89",
                            table="notices_savedtemplate",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_savedtemplateevent" ("by_id", "content", "created_at", "description", "has_waves", "id", "made_from_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "version") VALUES (NEW."by_id", NEW."content", NEW."created_at", NEW."description", NEW."has_waves", NEW."id", NEW."made_from_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."slug", NEW."version"); RETURN NULL;',
                            hash="53c4b1b90f86e57920ac72f28b027ba20c6caa4e",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_8a82e",
                            table="notices_savedtemplate",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_savedtemplateevent" ("by_id", "content", "created_at", "description", "has_waves", "id", "made_from_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug", "version") VALUES (OLD."by_id", OLD."content", OLD."created_at", OLD."description", OLD."has_waves", OLD."id", OLD."made_from_id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."slug", OLD."version"); RETURN NULL;',
                            hash="40877cbe7bb01e6dbea6dee247f7353612b701ac",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_6c529",
                            table="notices_savedtemplate",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedTemplateEvent",
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
                        to="notices.savedtemplate",
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
                ("slug", models.SlugField(db_index=False, max_length=140)),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, max_length=400)),
                ("has_waves", models.BooleanField(default=False, verbose_name="has several windows")),
                ("content", models.JSONField(default=dict)),
                (
                    "made_from",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.upgrade",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProofPack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="proof_packs", to="upgrades.upgrade"
                    ),
                ),
                ("head", models.CharField(help_text="SHA-256 of its last entry, hexadecimal.", max_length=64)),
                ("entries", models.PositiveIntegerField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_proofpackevent" ("entries", "head", "id", "made_at", "made_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "upgrade_id") VALUES (NEW."entries", NEW."head", NEW."id", NEW."made_at", NEW."made_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."upgrade_id"); RETURN NULL;',
                            hash="038632fcb1c950dbddbc438b7d175f98f4630b3d",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c086a",
                            table="notices_proofpack",
                            when="AFTER",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProofPackEvent",
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
                        to="notices.proofpack",
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
                ("head", models.CharField(help_text="SHA-256 of its last entry, hexadecimal.", max_length=64)),
                ("entries", models.PositiveIntegerField()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="there_is_one_heartbeat")],
            },
        ),
        migrations.CreateModel(
            name="DifferentPeople",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stakeholders.person"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stakeholders.person"
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "different people",
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="two_people_differ_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="of_two_people_the_older_is_first"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="upgrades.upgrade"
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "step",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="notice",
                        to="notices.planstep",
                    ),
                ),
                (
                    "occurrence_of",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="The cadence whose next notice this was.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="occurrences",
                        to="notices.planstep",
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("save_the_date", "Save the date"),
                            ("announcement", "Announcement"),
                            ("action", "Action request"),
                            ("briefing", "Briefing"),
                            ("executive", "Executive brief"),
                            ("reminder", "Reminder"),
                            ("final", "Final reminder"),
                            ("started", "Started"),
                            ("progress", "Progress"),
                            ("completed", "Completed"),
                            ("follow_up", "Follow-up"),
                            ("survey", "Survey invitation"),
                            ("survey_reminder", "Survey reminder"),
                            ("postponed", "Postponed"),
                            ("cancelled", "Cancelled"),
                            ("rolled_back", "Rolled back"),
                            ("outage", "Unplanned outage"),
                            ("news", "News"),
                            ("meeting", "Invitation"),
                            ("meeting_changed", "Invitation, changed"),
                            ("meeting_off", "Invitation, cancelled"),
                            ("answer", "Answer"),
                            ("correction", "Correction"),
                            ("catch_up", "Catch-up"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "Needs approval"),
                            ("approved", "Scheduled"),
                            ("released", "Released"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why it is missed, cancelled or back in review.", max_length=300
                    ),
                ),
                (
                    "channels",
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
                        default=list,
                        size=None,
                    ),
                ),
                ("audience", models.JSONField(default=dict)),
                (
                    "words",
                    models.JSONField(
                        default=list, help_text='[{"language": "en", "level": "plain", "subject": "…", "body": "…"}]'
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="feedback.survey",
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="feedback.concern",
                    ),
                ),
                (
                    "is_urgent",
                    models.BooleanField(
                        db_default=False, default=False, help_text="It passes everything else that waits."
                    ),
                ),
                ("asks_acknowledgement", models.BooleanField(default=False, verbose_name="ask for an acknowledgement")),
                ("needs_approval", models.BooleanField(default=True, verbose_name="needs approval")),
                ("send_at", models.DateTimeField(blank=True, null=True)),
                (
                    "waits_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("started", "it has started"),
                            ("finished", "it is completed"),
                            ("slipped", "it is moved"),
                            ("extended", "its end moves out while it is in process"),
                            ("cancelled", "it is cancelled"),
                            ("on_word", "somebody says so"),
                        ],
                        db_default="",
                        default="",
                        help_text="It has no time until then.",
                        max_length=10,
                    ),
                ),
                (
                    "local_on",
                    models.DateField(blank=True, help_text="With `local_at`: on the wall of each reader.", null=True),
                ),
                ("local_at", models.TimeField(blank=True, null=True)),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="From then on it is too late to be useful.", null=True),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approved_notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approved_size",
                    models.PositiveIntegerField(blank=True, help_text="People in the audience at approval.", null=True),
                ),
                (
                    "said_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Somebody let it out at once: until `send_at` one can recall it.",
                        null=True,
                    ),
                ),
                (
                    "at_any_hour",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Somebody said “now”: nobody’s quiet hours and no cap hold it back. An approval that comes late does not say that.",
                    ),
                ),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "release",
                    models.JSONField(default=dict, help_text="Addresses and names frozen when the messages were made."),
                ),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("pause_reason", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "approved")), fields=["send_at"], name="notice_due"),
                    models.Index(fields=["state", "send_at"], name="notice_by_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("local_at__isnull", True), ("local_on__isnull", True)),
                            models.Q(("local_at__isnull", False), ("local_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_local_time_has_a_day_and_an_hour",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "released"), _negated=True),
                            ("released_at__isnull", False),
                            _connector="OR",
                        ),
                        name="what_is_released_says_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="notices.notice"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("facts", models.JSONField(help_text="upgrades.facts at that moment: what this revision asserts.")),
                ("audience", models.JSONField()),
                (
                    "channels",
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
                        size=None,
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "number"), name="revisions_are_numbered_once")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="a_revision_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="b0df361b7bc74bab769a9ae7993429b23d593728",
                            operation="UPDATE",
                            pgid="pgtrigger_a_revision_never_changes_26e03",
                            table="notices_revision",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_revisionevent" ("audience", "author_id", "channels", "created_at", "facts", "id", "notice_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."audience", NEW."author_id", NEW."channels", NEW."created_at", NEW."facts", NEW."id", NEW."notice_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="e5a44e80686321f0adbd9b34af73f1a57337f6f3",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_edefa",
                            table="notices_revision",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeEvent",
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
                        to="notices.notice",
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
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.planstep",
                    ),
                ),
                (
                    "occurrence_of",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        help_text="The cadence whose next notice this was.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.planstep",
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("save_the_date", "Save the date"),
                            ("announcement", "Announcement"),
                            ("action", "Action request"),
                            ("briefing", "Briefing"),
                            ("executive", "Executive brief"),
                            ("reminder", "Reminder"),
                            ("final", "Final reminder"),
                            ("started", "Started"),
                            ("progress", "Progress"),
                            ("completed", "Completed"),
                            ("follow_up", "Follow-up"),
                            ("survey", "Survey invitation"),
                            ("survey_reminder", "Survey reminder"),
                            ("postponed", "Postponed"),
                            ("cancelled", "Cancelled"),
                            ("rolled_back", "Rolled back"),
                            ("outage", "Unplanned outage"),
                            ("news", "News"),
                            ("meeting", "Invitation"),
                            ("meeting_changed", "Invitation, changed"),
                            ("meeting_off", "Invitation, cancelled"),
                            ("answer", "Answer"),
                            ("correction", "Correction"),
                            ("catch_up", "Catch-up"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "Needs approval"),
                            ("approved", "Scheduled"),
                            ("released", "Released"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why it is missed, cancelled or back in review.", max_length=300
                    ),
                ),
                (
                    "channels",
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
                        default=list,
                        size=None,
                    ),
                ),
                ("audience", models.JSONField(default=dict)),
                (
                    "words",
                    models.JSONField(
                        default=list, help_text='[{"language": "en", "level": "plain", "subject": "…", "body": "…"}]'
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="feedback.survey",
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="feedback.concern",
                    ),
                ),
                (
                    "is_urgent",
                    models.BooleanField(
                        db_default=False, default=False, help_text="It passes everything else that waits."
                    ),
                ),
                ("asks_acknowledgement", models.BooleanField(default=False, verbose_name="ask for an acknowledgement")),
                ("needs_approval", models.BooleanField(default=True, verbose_name="needs approval")),
                ("send_at", models.DateTimeField(blank=True, null=True)),
                (
                    "waits_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("started", "it has started"),
                            ("finished", "it is completed"),
                            ("slipped", "it is moved"),
                            ("extended", "its end moves out while it is in process"),
                            ("cancelled", "it is cancelled"),
                            ("on_word", "somebody says so"),
                        ],
                        db_default="",
                        default="",
                        help_text="It has no time until then.",
                        max_length=10,
                    ),
                ),
                (
                    "local_on",
                    models.DateField(blank=True, help_text="With `local_at`: on the wall of each reader.", null=True),
                ),
                ("local_at", models.TimeField(blank=True, null=True)),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="From then on it is too late to be useful.", null=True),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approved_revision",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.revision",
                    ),
                ),
                (
                    "approved_by",
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
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approved_size",
                    models.PositiveIntegerField(blank=True, help_text="People in the audience at approval.", null=True),
                ),
                (
                    "said_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Somebody let it out at once: until `send_at` one can recall it.",
                        null=True,
                    ),
                ),
                (
                    "at_any_hour",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Somebody said “now”: nobody’s quiet hours and no cap hold it back. An approval that comes late does not say that.",
                    ),
                ),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "release",
                    models.JSONField(default=dict, help_text="Addresses and names frozen when the messages were made."),
                ),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("pause_reason", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RevisionEvent",
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
                        to="notices.revision",
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
                    "notice",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.notice",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("facts", models.JSONField(help_text="upgrades.facts at that moment: what this revision asserts.")),
                ("audience", models.JSONField()),
                (
                    "channels",
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
                        size=None,
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="notices.revision"
                    ),
                ),
                ("language", models.CharField(max_length=5)),
                (
                    "level",
                    models.CharField(
                        choices=[("plain", "Plain words"), ("technical", "Technical")], default="plain", max_length=10
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("layout", models.CharField(default="v1", max_length=10)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("revision", "language", "level"), name="one_variant_per_language_and_level"
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="a_variant_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="26d8738fd4cc56bc1ab8893e231a35ac32bdf4bf",
                            operation="UPDATE",
                            pgid="pgtrigger_a_variant_never_changes_7c5e0",
                            table="notices_variant",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="notices.notice",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="notices.variant",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
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
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("deferred", "Goes out later"),
                            ("failed", "Failed"),
                            ("bounced", "Bounced"),
                            ("skipped", "Skipped"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", default="", max_length=300)),
                ("address", models.CharField(blank=True, max_length=254)),
                ("values", models.JSONField(default=dict)),
                ("priority", models.SmallIntegerField(db_default=0, default=0, help_text="Smaller goes first.")),
                ("not_before", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "losses",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="Workers that died with it in hand."
                    ),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("sha256", models.BinaryField(max_length=32, null=True)),
                (
                    "answer",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="Of the next hop.", max_length=300
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "deferred"])),
                        fields=["channel", "notice", "not_before", "id"],
                        name="message_ready",
                    ),
                    models.Index(
                        condition=models.Q(("losses__gt", 0), ("state__in", ["queued", "deferred"])),
                        fields=["channel", "losses", "priority", "not_before"],
                        name="message_suspected",
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["lease_until"], name="message_leased"
                    ),
                    models.Index(fields=["notice", "state"], name="message_by_notice"),
                    models.Index(fields=["person", "-created_at"], name="message_by_person"),
                    models.Index(
                        condition=models.Q(("channel", "email"), _negated=True),
                        fields=["channel", "-id"],
                        name="message_by_other_channel",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["sent_at"], name="message_by_time_it_left", pages_per_range=32
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "person", "channel"), name="send_each_notice_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sending"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="what_is_being_sent_has_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), _negated=True),
                            models.Q(("sent_at__isnull", False), ("sha256__isnull", False)),
                            _connector="OR",
                        ),
                        name="what_was_sent_says_when_and_what",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="receipts", to="notices.message"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bounced", "Bounced"),
                            ("complained", "Marked as unwanted"),
                            ("acknowledged", "Acknowledged"),
                            ("unsubscribed", "Unsubscribed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("event", models.CharField(blank=True, max_length=200)),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("message", "kind", "event"), name="store_each_receipt_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Incoming",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="SHA-256 of what arrived.", max_length=64, unique=True)),
                ("source", models.CharField(help_text="pipe, imap, or the name of the provider.", max_length=20)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bounce", "Could not be delivered"),
                            ("delayed", "Is late; the server still tries"),
                            ("delivered", "Was delivered"),
                            ("complaint", "Marked as unwanted"),
                            ("auto_reply", "Automatic reply"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=254)),
                ("is_permanent", models.BooleanField(null=True)),
                ("status", models.CharField(blank=True, help_text="Enhanced status code (RFC 3463).", max_length=20)),
                ("detail", models.CharField(blank=True, max_length=500)),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="incoming",
                        to="notices.message",
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "-id"], name="incoming_by_time")],
            },
        ),
        migrations.CreateModel(
            name="ApprovedAudience",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "notice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="approved_audience",
                        to="notices.notice",
                    ),
                ),
                ("people", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="notices.notice"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        blank=True,
                        help_text="The version they looked at.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="notices.revision",
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["notice", "at"], name="comment_by_notice")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at__isnull", True), ("resolved_by__isnull", True)),
                            models.Q(("resolved_at__isnull", False), ("resolved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_resolved_comment_has_who_and_when",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_commentevent" ("at", "by_id", "id", "notice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolved_at", "resolved_by_id", "revision_id", "text") VALUES (NEW."at", NEW."by_id", NEW."id", NEW."notice_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."resolved_at", NEW."resolved_by_id", NEW."revision_id", NEW."text"); RETURN NULL;',
                            hash="d2ff5ffa56358d30150c2c9fd92b9cd085deb0e0",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_37d23",
                            table="notices_comment",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "notices_commentevent" ("at", "by_id", "id", "notice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolved_at", "resolved_by_id", "revision_id", "text") VALUES (NEW."at", NEW."by_id", NEW."id", NEW."notice_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."resolved_at", NEW."resolved_by_id", NEW."revision_id", NEW."text"); RETURN NULL;',
                            hash="229373622fc6edd4ae7af9810fecbe0e4c7cb4d5",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_15f9a",
                            table="notices_comment",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "notices_commentevent" ("at", "by_id", "id", "notice_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolved_at", "resolved_by_id", "revision_id", "text") VALUES (OLD."at", OLD."by_id", OLD."id", OLD."notice_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."resolved_at", OLD."resolved_by_id", OLD."revision_id", OLD."text"); RETURN NULL;',
                            hash="6a24d26f121bf3b887cf2f1881959464022ed67d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_38b74",
                            table="notices_comment",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommentEvent",
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
                        to="notices.comment",
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
                    "notice",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.notice",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="The version they looked at.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="notices.revision",
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
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
                ("at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "resolved_by",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="notice",
            name="approved_revision",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notices.revision",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approved_at__isnull", True),
                        ("approved_by__isnull", True),
                        ("approved_revision__isnull", True),
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        ("approved_revision__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="an_approval_has_what_who_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "released"]), _negated=True),
                    models.Q(
                        ("approved_revision__isnull", False),
                        models.Q(
                            ("send_at__isnull", False), models.Q(("waits_for", ""), _negated=True), _connector="OR"
                        ),
                    ),
                    _connector="OR",
                ),
                name="what_is_scheduled_is_approved_and_has_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "notices_noticeevent" ("approved_at", "approved_by_id", "approved_revision_id", "approved_size", "asks_acknowledgement", "at_any_hour", "audience", "author_id", "channels", "concern_id", "created_at", "engagement_id", "expires_at", "id", "is_urgent", "kind", "local_at", "local_on", "milestone_id", "needs_approval", "occurrence_of_id", "pause_reason", "paused_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "release", "released_at", "said_at", "send_at", "state", "step_id", "survey_id", "title", "upgrade_id", "version", "waits_for", "words") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."approved_revision_id", NEW."approved_size", NEW."asks_acknowledgement", NEW."at_any_hour", NEW."audience", NEW."author_id", NEW."channels", NEW."concern_id", NEW."created_at", NEW."engagement_id", NEW."expires_at", NEW."id", NEW."is_urgent", NEW."kind", NEW."local_at", NEW."local_on", NEW."milestone_id", NEW."needs_approval", NEW."occurrence_of_id", NEW."pause_reason", NEW."paused_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."release", NEW."released_at", NEW."said_at", NEW."send_at", NEW."state", NEW."step_id", NEW."survey_id", NEW."title", NEW."upgrade_id", NEW."version", NEW."waits_for", NEW."words"); RETURN NULL;',
                    hash="56636c01e26ee0aa7fd895f48c29a6906f4a2984",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_44969",
                    table="notices_notice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "notices_noticeevent" ("approved_at", "approved_by_id", "approved_revision_id", "approved_size", "asks_acknowledgement", "at_any_hour", "audience", "author_id", "channels", "concern_id", "created_at", "engagement_id", "expires_at", "id", "is_urgent", "kind", "local_at", "local_on", "milestone_id", "needs_approval", "occurrence_of_id", "pause_reason", "paused_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "release", "released_at", "said_at", "send_at", "state", "step_id", "survey_id", "title", "upgrade_id", "version", "waits_for", "words") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."approved_revision_id", NEW."approved_size", NEW."asks_acknowledgement", NEW."at_any_hour", NEW."audience", NEW."author_id", NEW."channels", NEW."concern_id", NEW."created_at", NEW."engagement_id", NEW."expires_at", NEW."id", NEW."is_urgent", NEW."kind", NEW."local_at", NEW."local_on", NEW."milestone_id", NEW."needs_approval", NEW."occurrence_of_id", NEW."pause_reason", NEW."paused_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."release", NEW."released_at", NEW."said_at", NEW."send_at", NEW."state", NEW."step_id", NEW."survey_id", NEW."title", NEW."upgrade_id", NEW."version", NEW."waits_for", NEW."words"); RETURN NULL;',
                    hash="c2e8c1dc50e9f6b70568b853fbbe4b4d4b1f1cf6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0f9bc",
                    table="notices_notice",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="notice",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "notices_noticeevent" ("approved_at", "approved_by_id", "approved_revision_id", "approved_size", "asks_acknowledgement", "at_any_hour", "audience", "author_id", "channels", "concern_id", "created_at", "engagement_id", "expires_at", "id", "is_urgent", "kind", "local_at", "local_on", "milestone_id", "needs_approval", "occurrence_of_id", "pause_reason", "paused_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "release", "released_at", "said_at", "send_at", "state", "step_id", "survey_id", "title", "upgrade_id", "version", "waits_for", "words") VALUES (OLD."approved_at", OLD."approved_by_id", OLD."approved_revision_id", OLD."approved_size", OLD."asks_acknowledgement", OLD."at_any_hour", OLD."audience", OLD."author_id", OLD."channels", OLD."concern_id", OLD."created_at", OLD."engagement_id", OLD."expires_at", OLD."id", OLD."is_urgent", OLD."kind", OLD."local_at", OLD."local_on", OLD."milestone_id", OLD."needs_approval", OLD."occurrence_of_id", OLD."pause_reason", OLD."paused_at", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."release", OLD."released_at", OLD."said_at", OLD."send_at", OLD."state", OLD."step_id", OLD."survey_id", OLD."title", OLD."upgrade_id", OLD."version", OLD."waits_for", OLD."words"); RETURN NULL;',
                    hash="0533761a883f6404b470040cfda38149763293d8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e6f4d",
                    table="notices_notice",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(
            sql=f"ALTER TABLE notices_message SET ({', '.join(f'{name} = {value}' for name, value in STORAGE.items())})",
            reverse_sql=f"ALTER TABLE notices_message RESET ({', '.join(STORAGE)})",
        ),
    ]
