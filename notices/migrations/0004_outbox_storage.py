from django.db import migrations, models

SETTINGS = {
    # Every message changes three or four times: room for the new versions on the same page, and early vacuums.
    "fillfactor": 70,
    "autovacuum_vacuum_scale_factor": 0.02,
    "autovacuum_vacuum_insert_scale_factor": 0.05,
    "autovacuum_analyze_scale_factor": 0.02,
    "autovacuum_vacuum_cost_delay": 0,
}


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_initial")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_ready"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "deferred"])),
                fields=["channel", "notice", "not_before", "id"],
                name="message_ready",
            ),
        ),
        migrations.RunSQL(
            sql=f"ALTER TABLE notices_message SET ({', '.join(f'{name} = {value}' for name, value in SETTINGS.items())})",
            reverse_sql=f"ALTER TABLE notices_message RESET ({', '.join(SETTINGS)})",
        ),
    ]
