from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0004_group_record")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="phone_code",
            field=models.CharField(
                blank=True,
                default="",
                db_default="",
                help_text="Of numbers that have none, as in +49.",
                max_length=4,
                verbose_name="code of the country",
            ),
        ),
    ]
