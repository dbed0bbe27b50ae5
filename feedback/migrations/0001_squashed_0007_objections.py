import uuid

import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("feedback", "0001_initial"),
        ("feedback", "0002_initial"),
        ("feedback", "0003_initial"),
        ("feedback", "0004_translations_and_numbers"),
        ("feedback", "0005_concerns"),
        ("feedback", "0006_public_wording"),
        ("feedback", "0007_objections"),
    ]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("engagement", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stakeholders", "0001_initial"),
        ("stakeholders", "0002_working_life_and_ties"),
        ("stakeholders", "0004_active_people_by_name"),
        ("upgrades", "0001_initial"),
        ("upgrades", "0003_strategies"),
        ("upgrades", "0005_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="surveys", to="upgrades.upgrade"
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                (
                    "intro",
                    models.TextField(blank=True, help_text="Why you ask, and what will be done with the answers."),
                ),
                ("thanks", models.TextField(blank=True, help_text="Shown after the last answer.")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("open", "Open"), ("closed", "Closed")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                (
                    "is_anonymous",
                    models.BooleanField(
                        default=True,
                        help_text="Answers cannot be led back to a person; shown from five answers on.",
                        verbose_name="anonymous",
                    ),
                ),
                ("closes_at", models.DateTimeField(blank=True, null=True)),
                (
                    "translations",
                    models.JSONField(
                        blank=True, default=dict, help_text='{"de": {"title": "…", "intro": "…", "thanks": "…"}}'
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="anonymity_is_fixed_by_the_first_answer",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."is_anonymous" IS DISTINCT FROM (NEW."is_anonymous"))',
                            func="IF EXISTS (SELECT 1 FROM feedback_response WHERE survey_id = OLD.id) THEN RAISE EXCEPTION 'anonymity_is_fixed_by_the_first_answer' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
                            hash="6d749336dfe502e011b82c933a7b5f1d00b9a1f7",
                            operation='UPDATE OF "is_anonymous"',
                            pgid="pgtrigger_anonymity_is_fixed_by_the_first_answer_668d9",
                            table="feedback_survey",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_surveyevent" ("closes_at", "created_at", "id", "intro", "is_anonymous", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "thanks", "title", "translations", "upgrade_id") VALUES (NEW."closes_at", NEW."created_at", NEW."id", NEW."intro", NEW."is_anonymous", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state", NEW."thanks", NEW."title", NEW."translations", NEW."upgrade_id"); RETURN NULL;',
                            hash="2bcea5cd3f92e834f42fe5c251613bf1bb85f37c",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_9d53e",
                            table="feedback_survey",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_surveyevent" ("closes_at", "created_at", "id", "intro", "is_anonymous", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "thanks", "title", "translations", "upgrade_id") VALUES (NEW."closes_at", NEW."created_at", NEW."id", NEW."intro", NEW."is_anonymous", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state", NEW."thanks", NEW."title", NEW."translations", NEW."upgrade_id"); RETURN NULL;',
                            hash="5d4423a6e4a2720288957c69977d0c70a8d371ab",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e69c5",
                            table="feedback_survey",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_surveyevent" ("closes_at", "created_at", "id", "intro", "is_anonymous", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "thanks", "title", "translations", "upgrade_id") VALUES (OLD."closes_at", OLD."created_at", OLD."id", OLD."intro", OLD."is_anonymous", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."state", OLD."thanks", OLD."title", OLD."translations", OLD."upgrade_id"); RETURN NULL;',
                            hash="d923607157fd364971cb6060f19199fc3c3b74e2",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_82373",
                            table="feedback_survey",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyEvent",
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
                        to="feedback.survey",
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
                ("title", models.CharField(max_length=120)),
                (
                    "intro",
                    models.TextField(blank=True, help_text="Why you ask, and what will be done with the answers."),
                ),
                ("thanks", models.TextField(blank=True, help_text="Shown after the last answer.")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("open", "Open"), ("closed", "Closed")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                (
                    "is_anonymous",
                    models.BooleanField(
                        default=True,
                        help_text="Answers cannot be led back to a person; shown from five answers on.",
                        verbose_name="anonymous",
                    ),
                ),
                ("closes_at", models.DateTimeField(blank=True, null=True)),
                (
                    "translations",
                    models.JSONField(
                        blank=True, default=dict, help_text='{"de": {"title": "…", "intro": "…", "thanks": "…"}}'
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="feedback.survey"
                    ),
                ),
                ("key", models.SlugField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rating", "Agreement from 1 to 5"),
                            ("csat", "Satisfaction from 1 to 5"),
                            ("nps", "Recommendation from 0 to 10"),
                            ("single", "One of several"),
                            ("multiple", "Any of several"),
                            ("yes_no", "Yes or no"),
                            ("number", "A whole number"),
                            ("text", "Free text"),
                            ("referral", "Who else should know?"),
                        ],
                        max_length=10,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("texts", models.JSONField(help_text='{"en": "Was the information clear?"}')),
                (
                    "choices",
                    models.JSONField(blank=True, default=list, help_text='[{"value": "few", "en": "Too few"}]'),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="must be answered")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "key"), name="a_question_key_occurs_once_in_a_survey")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_questionevent" ("choices", "id", "is_required", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "survey_id", "texts") VALUES (NEW."choices", NEW."id", NEW."is_required", NEW."key", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."survey_id", NEW."texts"); RETURN NULL;',
                            hash="ad550a63586cfef152b3a33633564857bb5ab2b9",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c7f1d",
                            table="feedback_question",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_questionevent" ("choices", "id", "is_required", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "survey_id", "texts") VALUES (NEW."choices", NEW."id", NEW."is_required", NEW."key", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."survey_id", NEW."texts"); RETURN NULL;',
                            hash="a6c640a2c64a67b07dc50a8d4d70b34e6aa01975",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_05346",
                            table="feedback_question",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_questionevent" ("choices", "id", "is_required", "key", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "survey_id", "texts") VALUES (OLD."choices", OLD."id", OLD."is_required", OLD."key", OLD."kind", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."survey_id", OLD."texts"); RETURN NULL;',
                            hash="fa745473738ece0ad5711b5de199415ca73f822a",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_47db1",
                            table="feedback_question",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionEvent",
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
                        to="feedback.question",
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
                    "survey",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="feedback.survey",
                    ),
                ),
                ("key", models.SlugField(db_index=False, max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rating", "Agreement from 1 to 5"),
                            ("csat", "Satisfaction from 1 to 5"),
                            ("nps", "Recommendation from 0 to 10"),
                            ("single", "One of several"),
                            ("multiple", "Any of several"),
                            ("yes_no", "Yes or no"),
                            ("number", "A whole number"),
                            ("text", "Free text"),
                            ("referral", "Who else should know?"),
                        ],
                        max_length=10,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("texts", models.JSONField(help_text='{"en": "Was the information clear?"}')),
                (
                    "choices",
                    models.JSONField(blank=True, default=list, help_text='[{"value": "few", "en": "Too few"}]'),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="must be answered")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="feedback.survey"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "progress",
                    models.CharField(
                        choices=[("invited", "Invited"), ("finished", "Finished")], default="invited", max_length=10
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "person"), name="a_person_is_invited_to_a_survey_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="responses", to="feedback.survey"
                    ),
                ),
                (
                    "invitation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="response",
                        to="feedback.invitation",
                    ),
                ),
                ("answers", models.JSONField(default=dict)),
                ("language", models.CharField(default="en", max_length=5)),
                ("is_mixed", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="concerns", to="upgrades.upgrade"
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="concerns",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where it was raised.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="concerns",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who raised it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="concerns",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("concern", "Concern"),
                            ("objection", "Objection to the date"),
                            ("idea", "Idea"),
                        ],
                        default="question",
                        max_length=9,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("page", "Personal page"),
                            ("survey", "Survey"),
                            ("engagement", "Conversation"),
                            ("hand", "Entered by hand"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("answered", "Answered"), ("closed", "Closed without an answer")],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="concerns",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
                ("is_public", models.BooleanField(default=False, verbose_name="shown on the status page")),
                (
                    "public_wording",
                    models.TextField(
                        blank=True,
                        help_text="People write personal things: say it here without them. It names nobody.",
                        max_length=1000,
                        verbose_name="the question as everybody reads it",
                    ),
                ),
                ("close_reason", models.CharField(blank=True, help_text="Why it needs no answer.", max_length=300)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "indexes": [models.Index(fields=["upgrade", "state"], name="concern_by_upgrade")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("answered_by", None)),
                            models.Q(("answered_at__isnull", False), ("answered_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_answered_concern_has_who_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "answered"), _negated=True),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="what_is_answered_has_an_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_public", False),
                            models.Q(("state", "answered"), models.Q(("public_wording", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="what_is_public_is_answered_and_worded_for_everybody",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_concernevent" ("answer", "answered_at", "answered_by_id", "close_reason", "created_at", "due_on", "engagement_id", "id", "is_public", "kind", "milestone_id", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_wording", "source", "state", "text", "upgrade_id") VALUES (NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."close_reason", NEW."created_at", NEW."due_on", NEW."engagement_id", NEW."id", NEW."is_public", NEW."kind", NEW."milestone_id", NEW."owner_id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."public_wording", NEW."source", NEW."state", NEW."text", NEW."upgrade_id"); RETURN NULL;',
                            hash="3c958c697d64184f032ce7f5b48fb5fdb6df63b2",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_28983",
                            table="feedback_concern",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_concernevent" ("answer", "answered_at", "answered_by_id", "close_reason", "created_at", "due_on", "engagement_id", "id", "is_public", "kind", "milestone_id", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_wording", "source", "state", "text", "upgrade_id") VALUES (NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."close_reason", NEW."created_at", NEW."due_on", NEW."engagement_id", NEW."id", NEW."is_public", NEW."kind", NEW."milestone_id", NEW."owner_id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_wording", NEW."source", NEW."state", NEW."text", NEW."upgrade_id"); RETURN NULL;',
                            hash="66ed5836d798bdd12d69a17261587c5b6017d42c",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7d5a7",
                            table="feedback_concern",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_concernevent" ("answer", "answered_at", "answered_by_id", "close_reason", "created_at", "due_on", "engagement_id", "id", "is_public", "kind", "milestone_id", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_wording", "source", "state", "text", "upgrade_id") VALUES (OLD."answer", OLD."answered_at", OLD."answered_by_id", OLD."close_reason", OLD."created_at", OLD."due_on", OLD."engagement_id", OLD."id", OLD."is_public", OLD."kind", OLD."milestone_id", OLD."owner_id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_wording", OLD."source", OLD."state", OLD."text", OLD."upgrade_id"); RETURN NULL;',
                            hash="02c56cb1de4b4eccfd87c21b5f84974ee7b355f0",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d5e06",
                            table="feedback_concern",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConcernEvent",
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
                        to="feedback.concern",
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
                    "engagement",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Where it was raised.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Who raised it.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("concern", "Concern"),
                            ("objection", "Objection to the date"),
                            ("idea", "Idea"),
                        ],
                        default="question",
                        max_length=9,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("page", "Personal page"),
                            ("survey", "Survey"),
                            ("engagement", "Conversation"),
                            ("hand", "Entered by hand"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("answered", "Answered"), ("closed", "Closed without an answer")],
                        default="open",
                        max_length=8,
                    ),
                ),
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
                ("due_on", models.DateField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
                ("is_public", models.BooleanField(default=False, verbose_name="shown on the status page")),
                (
                    "public_wording",
                    models.TextField(
                        blank=True,
                        help_text="People write personal things: say it here without them. It names nobody.",
                        max_length=1000,
                        verbose_name="the question as everybody reads it",
                    ),
                ),
                ("close_reason", models.CharField(blank=True, help_text="Why it needs no answer.", max_length=300)),
                (
                    "answered_by",
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
                ("answered_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ObjectionWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "milestone",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="objection_window",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Counted from the day the date was first told.",
                        null=True,
                        verbose_name="days after the first notice",
                    ),
                ),
                (
                    "closes_on",
                    models.DateField(
                        blank=True,
                        help_text="A fixed day goes before days.",
                        null=True,
                        verbose_name="until the end of",
                    ),
                ),
            ],
            options={
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_objectionwindowevent" ("closes_on", "days", "id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."closes_on", NEW."days", NEW."id", NEW."milestone_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="aca30eec6ba7c63d1cbfc8b04816086badee6f02",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_bf47c",
                            table="feedback_objectionwindow",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_objectionwindowevent" ("closes_on", "days", "id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."closes_on", NEW."days", NEW."id", NEW."milestone_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="9071c29828ea7faaf24693bb412827751a126595",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d90e6",
                            table="feedback_objectionwindow",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_objectionwindowevent" ("closes_on", "days", "id", "milestone_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."closes_on", OLD."days", OLD."id", OLD."milestone_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="a4f7891617a2fd5a0fb7b533d0718c69fb86da2d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_a073d",
                            table="feedback_objectionwindow",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ObjectionWindowEvent",
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
                        to="feedback.objectionwindow",
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
                    "milestone",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Counted from the day the date was first told.",
                        null=True,
                        verbose_name="days after the first notice",
                    ),
                ),
                (
                    "closes_on",
                    models.DateField(
                        blank=True,
                        help_text="A fixed day goes before days.",
                        null=True,
                        verbose_name="until the end of",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="conflicts", to="upgrades.upgrade"
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="conflicts",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "about",
                    models.CharField(help_text="The name of the milestone, also when that is gone.", max_length=120),
                ),
                ("our_position", models.TextField(blank=True, max_length=2000, verbose_name="position of IT")),
                (
                    "their_position",
                    models.TextField(blank=True, max_length=2000, verbose_name="position of those who object"),
                ),
                ("root_cause", models.TextField(blank=True, help_text="Why it came to this.", max_length=2000)),
                (
                    "follow_up",
                    models.CharField(
                        blank=True, help_text="What is done so that it does not happen again.", max_length=300
                    ),
                ),
                (
                    "follow_up_owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conflict_follow_ups",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("follow_up_on", models.DateField(blank=True, null=True, verbose_name="follow-up by")),
                ("follow_up_done_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "follow_up_done_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accept", "Accepted: one of their dates"),
                            ("move", "Moved to another date"),
                            ("decline", "Declined: the date stays"),
                        ],
                        editable=False,
                        max_length=7,
                    ),
                ),
                ("answer", models.TextField(blank=True, editable=False, max_length=2000)),
                (
                    "collided",
                    models.JSONField(
                        default=list, editable=False, help_text="What collided when it was decided, in words."
                    ),
                ),
                ("was_start", models.DateTimeField(editable=False, null=True)),
                ("was_end", models.DateTimeField(editable=False, null=True)),
                ("became_start", models.DateTimeField(editable=False, null=True)),
                ("became_end", models.DateTimeField(editable=False, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("milestone",),
                        name="a_milestone_has_one_undecided_conflict",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_decision_has_who_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decision", "")),
                            models.Q(("decided_at__isnull", False), models.Q(("decision", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="what_is_decided_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", "decline"), _negated=True),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="who_is_declined_gets_an_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision__in", ["accept", "move"]), _negated=True),
                            ("became_start__isnull", False),
                            _connector="OR",
                        ),
                        name="what_moves_has_a_new_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("follow_up_done_at__isnull", True), ("follow_up_done_by__isnull", True)),
                            models.Q(("follow_up_done_at__isnull", False), ("follow_up_done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_done_conflict_follow_up_has_who_and_when",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_conflictevent" ("about", "answer", "became_end", "became_start", "collided", "created_at", "decided_at", "decided_by_id", "decision", "follow_up", "follow_up_done_at", "follow_up_done_by_id", "follow_up_on", "follow_up_owner_id", "id", "milestone_id", "our_position", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "root_cause", "their_position", "upgrade_id", "was_end", "was_start") VALUES (NEW."about", NEW."answer", NEW."became_end", NEW."became_start", NEW."collided", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."follow_up", NEW."follow_up_done_at", NEW."follow_up_done_by_id", NEW."follow_up_on", NEW."follow_up_owner_id", NEW."id", NEW."milestone_id", NEW."our_position", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."root_cause", NEW."their_position", NEW."upgrade_id", NEW."was_end", NEW."was_start"); RETURN NULL;',
                            hash="3ce22d88aac9a4168cdc87a6945417b50d1323ac",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_f3b65",
                            table="feedback_conflict",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_conflictevent" ("about", "answer", "became_end", "became_start", "collided", "created_at", "decided_at", "decided_by_id", "decision", "follow_up", "follow_up_done_at", "follow_up_done_by_id", "follow_up_on", "follow_up_owner_id", "id", "milestone_id", "our_position", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "root_cause", "their_position", "upgrade_id", "was_end", "was_start") VALUES (NEW."about", NEW."answer", NEW."became_end", NEW."became_start", NEW."collided", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."follow_up", NEW."follow_up_done_at", NEW."follow_up_done_by_id", NEW."follow_up_on", NEW."follow_up_owner_id", NEW."id", NEW."milestone_id", NEW."our_position", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."root_cause", NEW."their_position", NEW."upgrade_id", NEW."was_end", NEW."was_start"); RETURN NULL;',
                            hash="0a45c0bbb5ed96f17f137fdffa4e2f848d4b4d7c",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_fcd15",
                            table="feedback_conflict",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_conflictevent" ("about", "answer", "became_end", "became_start", "collided", "created_at", "decided_at", "decided_by_id", "decision", "follow_up", "follow_up_done_at", "follow_up_done_by_id", "follow_up_on", "follow_up_owner_id", "id", "milestone_id", "our_position", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "root_cause", "their_position", "upgrade_id", "was_end", "was_start") VALUES (OLD."about", OLD."answer", OLD."became_end", OLD."became_start", OLD."collided", OLD."created_at", OLD."decided_at", OLD."decided_by_id", OLD."decision", OLD."follow_up", OLD."follow_up_done_at", OLD."follow_up_done_by_id", OLD."follow_up_on", OLD."follow_up_owner_id", OLD."id", OLD."milestone_id", OLD."our_position", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."root_cause", OLD."their_position", OLD."upgrade_id", OLD."was_end", OLD."was_start"); RETURN NULL;',
                            hash="ed9889b821024885dbdf3e5ee1bf2e2010fe730b",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_58bee",
                            table="feedback_conflict",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConflictEvent",
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
                        to="feedback.conflict",
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
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "about",
                    models.CharField(help_text="The name of the milestone, also when that is gone.", max_length=120),
                ),
                ("our_position", models.TextField(blank=True, max_length=2000, verbose_name="position of IT")),
                (
                    "their_position",
                    models.TextField(blank=True, max_length=2000, verbose_name="position of those who object"),
                ),
                ("root_cause", models.TextField(blank=True, help_text="Why it came to this.", max_length=2000)),
                (
                    "follow_up",
                    models.CharField(
                        blank=True, help_text="What is done so that it does not happen again.", max_length=300
                    ),
                ),
                (
                    "follow_up_owner",
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
                ("follow_up_on", models.DateField(blank=True, null=True, verbose_name="follow-up by")),
                ("follow_up_done_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "follow_up_done_by",
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
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accept", "Accepted: one of their dates"),
                            ("move", "Moved to another date"),
                            ("decline", "Declined: the date stays"),
                        ],
                        editable=False,
                        max_length=7,
                    ),
                ),
                ("answer", models.TextField(blank=True, editable=False, max_length=2000)),
                (
                    "collided",
                    models.JSONField(
                        default=list, editable=False, help_text="What collided when it was decided, in words."
                    ),
                ),
                ("was_start", models.DateTimeField(editable=False, null=True)),
                ("was_end", models.DateTimeField(editable=False, null=True)),
                ("became_start", models.DateTimeField(editable=False, null=True)),
                ("became_end", models.DateTimeField(editable=False, null=True)),
                (
                    "decided_by",
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
                ("decided_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConflictOption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "conflict",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="options", to="feedback.conflict"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="option")),
                ("pros", models.TextField(blank=True, max_length=1000, verbose_name="what speaks for it")),
                ("cons", models.TextField(blank=True, max_length=1000, verbose_name="what speaks against it")),
            ],
            options={
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_conflictoptionevent" ("conflict_id", "cons", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pros", "text") VALUES (NEW."conflict_id", NEW."cons", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pros", NEW."text"); RETURN NULL;',
                            hash="ef7f986bccd88a1e7d53cef7a6633216d0425e48",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_a5b42",
                            table="feedback_conflictoption",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_conflictoptionevent" ("conflict_id", "cons", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pros", "text") VALUES (NEW."conflict_id", NEW."cons", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pros", NEW."text"); RETURN NULL;',
                            hash="c8b5667375cfd376fa0c5afcafe804787763fb60",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1bba3",
                            table="feedback_conflictoption",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_conflictoptionevent" ("conflict_id", "cons", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pros", "text") VALUES (OLD."conflict_id", OLD."cons", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."pros", OLD."text"); RETURN NULL;',
                            hash="4cbe54d279d0f183aaaf7aa7398c10252e93b226",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_a2e40",
                            table="feedback_conflictoption",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConflictOptionEvent",
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
                        to="feedback.conflictoption",
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
                    "conflict",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="feedback.conflict",
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="option")),
                ("pros", models.TextField(blank=True, max_length=1000, verbose_name="what speaks for it")),
                ("cons", models.TextField(blank=True, max_length=1000, verbose_name="what speaks against it")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "concern",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="objection", to="feedback.concern"
                    ),
                ),
                ("critical_name", models.CharField(blank=True, max_length=120, verbose_name="what happens then")),
                ("critical_from", models.DateField(blank=True, null=True)),
                ("critical_until", models.DateField(blank=True, null=True)),
                (
                    "alternative",
                    models.DateTimeField(blank=True, help_text="A start that they could live with.", null=True),
                ),
                (
                    "kept_as",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="objections",
                        to="upgrades.criticaldays",
                    ),
                ),
                (
                    "conflict",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="objections",
                        to="feedback.conflict",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True, help_text="For whom it speaks.", related_name="objections", to="stakeholders.group"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("critical_from", None), ("critical_until", None)),
                            models.Q(
                                ("critical_from__isnull", False), ("critical_until__gte", models.F("critical_from"))
                            ),
                            _connector="OR",
                        ),
                        name="days_of_an_objection_end_after_they_start",
                        violation_error_message="The last day must not be before the first.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_objectionevent" ("alternative", "concern_id", "conflict_id", "critical_from", "critical_name", "critical_until", "id", "kept_as_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."alternative", NEW."concern_id", NEW."conflict_id", NEW."critical_from", NEW."critical_name", NEW."critical_until", NEW."id", NEW."kept_as_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="22156a46786e5b6e3ce71c294ed32ec574852bba",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_eb7dc",
                            table="feedback_objection",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "feedback_objectionevent" ("alternative", "concern_id", "conflict_id", "critical_from", "critical_name", "critical_until", "id", "kept_as_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."alternative", NEW."concern_id", NEW."conflict_id", NEW."critical_from", NEW."critical_name", NEW."critical_until", NEW."id", NEW."kept_as_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="b66ce4d9c99efe4a28f94049d6ce088657f8006d",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_5759b",
                            table="feedback_objection",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "feedback_objectionevent" ("alternative", "concern_id", "conflict_id", "critical_from", "critical_name", "critical_until", "id", "kept_as_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."alternative", OLD."concern_id", OLD."conflict_id", OLD."critical_from", OLD."critical_name", OLD."critical_until", OLD."id", OLD."kept_as_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="d2337c1b99cadeca1b02741f125e0c9455df63c4",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_bb97f",
                            table="feedback_objection",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ObjectionEvent",
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
                        to="feedback.objection",
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
                    "concern",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="feedback.concern",
                    ),
                ),
                ("critical_name", models.CharField(blank=True, max_length=120, verbose_name="what happens then")),
                ("critical_from", models.DateField(blank=True, null=True)),
                ("critical_until", models.DateField(blank=True, null=True)),
                (
                    "alternative",
                    models.DateTimeField(blank=True, help_text="A start that they could live with.", null=True),
                ),
                (
                    "kept_as",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.criticaldays",
                    ),
                ),
                (
                    "conflict",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="feedback.conflict",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
