import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of people walks it page by page without looking at the table."""

    dependencies = [("stakeholders", "0003_people_by_address")]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                django.db.models.functions.text.Lower("name"),
                models.F("id"),
                condition=models.Q(("archived_at", None)),
                name="active_person_by_name",
            ),
        ),
    ]
