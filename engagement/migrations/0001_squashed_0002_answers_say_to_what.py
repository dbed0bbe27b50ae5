import uuid

import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("engagement", "0001_initial"), ("engagement", "0002_answers_say_to_what")]

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("stakeholders", "0002_working_life_and_ties"),
        ("upgrades", "0003_strategies"),
    ]

    operations = [
        migrations.CreateModel(
            name="Engagement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="engagements", to="upgrades.upgrade"
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        help_text="If it is about one.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="engagements",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("meeting", "Meeting"),
                            ("call", "Call"),
                            ("interview", "Interview"),
                            ("focus_group", "Focus group"),
                            ("one_to_one", "One-to-one"),
                            ("town_hall", "Town hall"),
                            ("training", "Training session"),
                            ("board", "Advisory board"),
                        ],
                        default="meeting",
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "Planned"), ("held", "Held"), ("cancelled", "Cancelled")],
                        default="planned",
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("place", models.CharField(blank=True, help_text="A room, or how to call in.", max_length=200)),
                ("link", models.URLField(blank=True, verbose_name="link to join")),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hosted_engagements",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("topics", models.TextField(blank=True, help_text="What it is about. The invitation says it.")),
                ("notes", models.TextField(blank=True, help_text="What was said. Only people who log in see it.")),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Empty: no limit.", null=True, verbose_name="places"
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("series", models.UUIDField(editable=False, null=True)),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["upgrade", "start"], name="engagement_by_upgrade"),
                    models.Index(fields=["start"], name="engagement_by_start"),
                    models.Index(
                        condition=models.Q(("series__isnull", False)),
                        fields=["series", "start"],
                        name="engagement_series",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))),
                        name="an_engagement_ends_after_it_starts",
                        violation_error_message="The end must be after the start.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_engagementevent" ("cancel_reason", "capacity", "created_at", "end", "host_id", "id", "kind", "link", "milestone_id", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "sequence", "series", "start", "state", "time_zone", "title", "topics", "uid", "upgrade_id") VALUES (NEW."cancel_reason", NEW."capacity", NEW."created_at", NEW."end", NEW."host_id", NEW."id", NEW."kind", NEW."link", NEW."milestone_id", NEW."notes", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."sequence", NEW."series", NEW."start", NEW."state", NEW."time_zone", NEW."title", NEW."topics", NEW."uid", NEW."upgrade_id"); RETURN NULL;',
                            hash="476fc4abc4505a94cb8a421093d8fd0d492d2263",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_fdff0",
                            table="engagement_engagement",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "engagement_engagementevent" ("cancel_reason", "capacity", "created_at", "end", "host_id", "id", "kind", "link", "milestone_id", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "sequence", "series", "start", "state", "time_zone", "title", "topics", "uid", "upgrade_id") VALUES (NEW."cancel_reason", NEW."capacity", NEW."created_at", NEW."end", NEW."host_id", NEW."id", NEW."kind", NEW."link", NEW."milestone_id", NEW."notes", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."sequence", NEW."series", NEW."start", NEW."state", NEW."time_zone", NEW."title", NEW."topics", NEW."uid", NEW."upgrade_id"); RETURN NULL;',
                            hash="290bade920f7802cca29face5788fa53b8f8e042",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e0d06",
                            table="engagement_engagement",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_engagementevent" ("cancel_reason", "capacity", "created_at", "end", "host_id", "id", "kind", "link", "milestone_id", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "sequence", "series", "start", "state", "time_zone", "title", "topics", "uid", "upgrade_id") VALUES (OLD."cancel_reason", OLD."capacity", OLD."created_at", OLD."end", OLD."host_id", OLD."id", OLD."kind", OLD."link", OLD."milestone_id", OLD."notes", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."place", OLD."sequence", OLD."series", OLD."start", OLD."state", OLD."time_zone", OLD."title", OLD."topics", OLD."uid", OLD."upgrade_id"); RETURN NULL;',
                            hash="b6a92672f4e6350c3a31baa225d57bb4f8a627b6",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_f0ba7",
                            table="engagement_engagement",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EngagementEvent",
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
                        to="engagement.engagement",
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
                        help_text="If it is about one.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="upgrades.milestone",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("meeting", "Meeting"),
                            ("call", "Call"),
                            ("interview", "Interview"),
                            ("focus_group", "Focus group"),
                            ("one_to_one", "One-to-one"),
                            ("town_hall", "Town hall"),
                            ("training", "Training session"),
                            ("board", "Advisory board"),
                        ],
                        default="meeting",
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "Planned"), ("held", "Held"), ("cancelled", "Cancelled")],
                        default="planned",
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("place", models.CharField(blank=True, help_text="A room, or how to call in.", max_length=200)),
                ("link", models.URLField(blank=True, verbose_name="link to join")),
                (
                    "host",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("topics", models.TextField(blank=True, help_text="What it is about. The invitation says it.")),
                ("notes", models.TextField(blank=True, help_text="What was said. Only people who log in see it.")),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Empty: no limit.", null=True, verbose_name="places"
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, editable=False, max_length=300)),
                ("series", models.UUIDField(editable=False, null=True)),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participations",
                        to="stakeholders.person",
                    ),
                ),
                ("is_invited", models.BooleanField(default=True)),
                (
                    "rsvp",
                    models.CharField(
                        choices=[
                            ("none", "No answer"),
                            ("yes", "Comes"),
                            ("maybe", "Perhaps"),
                            ("no", "Does not come"),
                        ],
                        default="none",
                        max_length=5,
                    ),
                ),
                ("rsvp_at", models.DateTimeField(blank=True, null=True)),
                ("remark", models.CharField(blank=True, help_text="What came with the answer.", max_length=300)),
                ("answered_start", models.DateTimeField(blank=True, editable=False, null=True)),
                ("answered_end", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "found_full_at",
                    models.DateTimeField(
                        blank=True, editable=False, help_text="Wanted to come when no place was left.", null=True
                    ),
                ),
                ("attended", models.BooleanField(null=True)),
                (
                    "seen",
                    models.CharField(
                        blank=True,
                        choices=[("hand", "Ticked by the host"), ("list", "Pasted list"), ("self", "Checked in")],
                        max_length=4,
                    ),
                ),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("engagement", "person"), name="a_person_is_in_an_engagement_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rsvp", "none"), ("rsvp_at__isnull", False), _connector="OR"),
                        name="an_answer_says_when",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_participantevent" ("answered_end", "answered_start", "attended", "engagement_id", "found_full_at", "id", "is_invited", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "remark", "rsvp", "rsvp_at", "seen", "seen_at") VALUES (NEW."answered_end", NEW."answered_start", NEW."attended", NEW."engagement_id", NEW."found_full_at", NEW."id", NEW."is_invited", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."remark", NEW."rsvp", NEW."rsvp_at", NEW."seen", NEW."seen_at"); RETURN NULL;',
                            hash="bcbca32455215fa2a46620d7e80c6a842f25c312",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d4079",
                            table="engagement_participant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "engagement_participantevent" ("answered_end", "answered_start", "attended", "engagement_id", "found_full_at", "id", "is_invited", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "remark", "rsvp", "rsvp_at", "seen", "seen_at") VALUES (NEW."answered_end", NEW."answered_start", NEW."attended", NEW."engagement_id", NEW."found_full_at", NEW."id", NEW."is_invited", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."remark", NEW."rsvp", NEW."rsvp_at", NEW."seen", NEW."seen_at"); RETURN NULL;',
                            hash="508c1b69e5ef765fba614ee0eecc7d3d0333ab99",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_fc770",
                            table="engagement_participant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_participantevent" ("answered_end", "answered_start", "attended", "engagement_id", "found_full_at", "id", "is_invited", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "remark", "rsvp", "rsvp_at", "seen", "seen_at") VALUES (OLD."answered_end", OLD."answered_start", OLD."attended", OLD."engagement_id", OLD."found_full_at", OLD."id", OLD."is_invited", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."remark", OLD."rsvp", OLD."rsvp_at", OLD."seen", OLD."seen_at"); RETURN NULL;',
                            hash="6b9b1b9d18a4414fcdb86ab1080e1ae9e84f684f",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ca8aa",
                            table="engagement_participant",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ParticipantEvent",
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
                        to="engagement.participant",
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
                    "engagement",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="engagement.engagement",
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
                ("is_invited", models.BooleanField(default=True)),
                (
                    "rsvp",
                    models.CharField(
                        choices=[
                            ("none", "No answer"),
                            ("yes", "Comes"),
                            ("maybe", "Perhaps"),
                            ("no", "Does not come"),
                        ],
                        default="none",
                        max_length=5,
                    ),
                ),
                ("rsvp_at", models.DateTimeField(blank=True, null=True)),
                ("remark", models.CharField(blank=True, help_text="What came with the answer.", max_length=300)),
                ("answered_start", models.DateTimeField(blank=True, editable=False, null=True)),
                ("answered_end", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "found_full_at",
                    models.DateTimeField(
                        blank=True, editable=False, help_text="Wanted to come when no place was left.", null=True
                    ),
                ),
                ("attended", models.BooleanField(null=True)),
                (
                    "seen",
                    models.CharField(
                        blank=True,
                        choices=[("hand", "Ticked by the host"), ("list", "Pasted list"), ("self", "Checked in")],
                        max_length=4,
                    ),
                ),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tellings", to="engagement.engagement"
                    ),
                ),
                ("facts", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "voided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("void_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("voided_at__isnull", True), ("voided_by__isnull", True)),
                            models.Q(("voided_at__isnull", False), ("voided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_void_telling_has_who_and_when",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="what_was_told_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='RAISE EXCEPTION \'pgtrigger: Cannot update of "facts", "at", "engagement_id", "recorded_by_id", "recorded_at" rows from % table\', TG_TABLE_NAME;',
                            hash="1f37c0a556e45aa2a62342d6bde7b4852a74a073",
                            operation='UPDATE OF "facts", "at", "engagement_id", "recorded_by_id", "recorded_at"',
                            pgid="pgtrigger_what_was_told_never_changes_557f7",
                            table="engagement_telling",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_tellingevent" ("at", "engagement_id", "facts", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "void_reason", "voided_at", "voided_by_id") VALUES (NEW."at", NEW."engagement_id", NEW."facts", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."void_reason", NEW."voided_at", NEW."voided_by_id"); RETURN NULL;',
                            hash="1d5bb93864be3c15ba7e0191ab92c6e084d48e14",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_b497f",
                            table="engagement_telling",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "engagement_tellingevent" ("at", "engagement_id", "facts", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "void_reason", "voided_at", "voided_by_id") VALUES (NEW."at", NEW."engagement_id", NEW."facts", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."void_reason", NEW."voided_at", NEW."voided_by_id"); RETURN NULL;',
                            hash="259511b1f84093c40185398710c1445a7cacc033",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_93a46",
                            table="engagement_telling",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TellingEvent",
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
                        to="engagement.telling",
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
                    "engagement",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="engagement.engagement",
                    ),
                ),
                ("facts", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "voided_by",
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
                ("void_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("follow_up", "Follow-up"), ("ours", "We promised"), ("theirs", "They promised")],
                        default="follow_up",
                        max_length=9,
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="To whom, or by whom, it was promised.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="follow_ups",
                        to="stakeholders.person",
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
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
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["due_on"], name="follow_up_open")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_done_follow_up_has_who_and_when",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_followupevent" ("done_at", "done_by_id", "due_on", "engagement_id", "id", "kind", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (NEW."done_at", NEW."done_by_id", NEW."due_on", NEW."engagement_id", NEW."id", NEW."kind", NEW."owner_id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."text"); RETURN NULL;',
                            hash="078e8a620cd8d9d971eefac3fae33b0bc4ab70cc",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_0114f",
                            table="engagement_followup",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "engagement_followupevent" ("done_at", "done_by_id", "due_on", "engagement_id", "id", "kind", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (NEW."done_at", NEW."done_by_id", NEW."due_on", NEW."engagement_id", NEW."id", NEW."kind", NEW."owner_id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."text"); RETURN NULL;',
                            hash="50639b06fe239e954bf8a0fafdc94a182b162ae8",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_efcfb",
                            table="engagement_followup",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_followupevent" ("done_at", "done_by_id", "due_on", "engagement_id", "id", "kind", "owner_id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (OLD."done_at", OLD."done_by_id", OLD."due_on", OLD."engagement_id", OLD."id", OLD."kind", OLD."owner_id", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."text"); RETURN NULL;',
                            hash="40afd461fdc012055c097cdc7cbd2471fa62d256",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_85126",
                            table="engagement_followup",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUpEvent",
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
                        to="engagement.followup",
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
                    "engagement",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="engagement.engagement",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("follow_up", "Follow-up"), ("ours", "We promised"), ("theirs", "They promised")],
                        default="follow_up",
                        max_length=9,
                    ),
                ),
                ("text", models.CharField(max_length=300)),
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
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="To whom, or by whom, it was promised.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
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
            name="Nomination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "upgrade",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="nominations", to="upgrades.upgrade"
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                ("why", models.CharField(blank=True, max_length=300)),
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
                    "by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who nominated.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="nominations",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who was nominated.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="nominated",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_decided_nomination_has_who_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("verdict", "waiting")),
                            models.Q(models.Q(("verdict", "waiting"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_nomination_that_waits_is_not_decided",
                    ),
                    models.UniqueConstraint(
                        models.F("upgrade"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("verdict", "waiting"), models.Q(("email", ""), _negated=True)),
                        name="one_nomination_per_address_waits",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_nominationevent" ("by_id", "created_at", "decided_at", "decided_by_id", "email", "id", "name", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "upgrade_id", "verdict", "why") VALUES (NEW."by_id", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."email", NEW."id", NEW."name", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."source", NEW."upgrade_id", NEW."verdict", NEW."why"); RETURN NULL;',
                            hash="b4c5987819bb64acaad1757ecb0e7fc69788de07",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_31346",
                            table="engagement_nomination",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "engagement_nominationevent" ("by_id", "created_at", "decided_at", "decided_by_id", "email", "id", "name", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "upgrade_id", "verdict", "why") VALUES (NEW."by_id", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."email", NEW."id", NEW."name", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."source", NEW."upgrade_id", NEW."verdict", NEW."why"); RETURN NULL;',
                            hash="f6fa3379bfcfa9d18099a89337171528eb727509",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_c4884",
                            table="engagement_nomination",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "engagement_nominationevent" ("by_id", "created_at", "decided_at", "decided_by_id", "email", "id", "name", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "upgrade_id", "verdict", "why") VALUES (OLD."by_id", OLD."created_at", OLD."decided_at", OLD."decided_by_id", OLD."email", OLD."id", OLD."name", OLD."person_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."source", OLD."upgrade_id", OLD."verdict", OLD."why"); RETURN NULL;',
                            hash="aeefae19de3b666d24f5a2dae38f31760e7f6c2d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ea0ea",
                            table="engagement_nomination",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NominationEvent",
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
                        to="engagement.nomination",
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
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                ("why", models.CharField(blank=True, max_length=300)),
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
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Who nominated.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Who was nominated.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="stakeholders.person",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "decided_by",
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
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
