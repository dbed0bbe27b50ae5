import json

from notices.channels import story
from notices.channels.base import Envelope
from notices.channels.trying import TEST

LONGEST_TEXT = 100_000


def build(envelope: Envelope) -> bytes:
    letter = story.of(envelope)
    data = {
        "subject": letter.subject,
        "text": story.cut(letter.words, LONGEST_TEXT),
        "language": envelope.language,
        "facts": [{"label": row.label, "value": row.value} for row in letter.rows],
        "links": [{"label": link.label, "url": link.url} for link in letter.links],
        "to": envelope.name,
        "thread": envelope.thread_id.strip("<>"),
        "list": envelope.list_id.strip("<>"),
    }
    payload = {
        "type": "test" if TEST in envelope.extra else "notice.sent",
        "timestamp": envelope.date.isoformat(),
        "data": data,
    }
    return json.dumps(payload, ensure_ascii=False).encode()
