"""Personal links open pages, so they stay out of logs."""

import logging
import re

TOKENS = r"m|rsvp|answer|preferences|unsubscribe|calendar(?=/[\w-]{20})|password/reset/key"
SECRET_PART = re.compile(rf"/({TOKENS})/[\w-]{{8,}}")


class HideLinks(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(one) for one in record.args)
        return True


def _hidden(value: object) -> object:
    return SECRET_PART.sub(r"/\1/…", value) if isinstance(value, str) else value
