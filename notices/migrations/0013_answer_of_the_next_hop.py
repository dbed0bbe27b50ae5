from django.db import migrations, models

# The answer to a message moves to the message: a row of its own for each one cost as much as the sending.
MOVE = """
UPDATE notices_message message SET answer = left(receipt.detail, 300)
FROM notices_receipt receipt
WHERE receipt.message_id = message.id AND receipt.kind = 'accepted' AND receipt.event = '' AND receipt.detail <> '';
DELETE FROM notices_receipt WHERE kind = 'accepted' AND event = '';
"""
MOVE_BACK = """
INSERT INTO notices_receipt (message_id, kind, event, detail, at)
SELECT id, 'accepted', '', answer, sent_at FROM notices_message WHERE sent_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0012_delivery")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="answer",
            field=models.CharField(blank=True, db_default="", default="", help_text="Of the next hop.", max_length=300),
        ),
        migrations.RunSQL(sql=MOVE, reverse_sql=MOVE_BACK),
    ]
