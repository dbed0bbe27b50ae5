from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0017_domains_in_trouble")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="losses",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="Workers that died with it in hand."
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("losses__gt", 0), ("state__in", ["queued", "deferred"])),
                fields=["channel", "losses", "priority", "not_before"],
                name="message_suspected",
            ),
        ),
    ]
