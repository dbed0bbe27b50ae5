"""Logs are events with ids: JSON for machines, lines for people. Personal links, addresses and passwords stay out.

What says `log.info("notice filled: notice=%s messages=%s", …)` becomes the event "notice filled" with these two fields.
"""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

TOKENS = r"m|rsvp|answer|preferences|unsubscribe|calendar(?=/[\w-]{20})|password/reset/key"
SECRET_PART = re.compile(rf"/({TOKENS})/[\w-]{{8,}}")
PASSWORD = re.compile(r"://[^/\s@:]*:[^/\s@]*@")
IN_A_NAME = r"[\w.!#$%&'*+=?^`{|}~-]"
ADDRESS = re.compile(rf"(?<!{IN_A_NAME}){IN_A_NAME}+@(?=[\w-]+\.[\w.-]+)")
WITH_FIELDS = re.compile(r"(?P<event>[^:%]+): (?P<fields>\w+=%[sdr](?: \w+=%[sdr])*)")
FIELD = re.compile(r"(\w+)=%[sdr]")
OF_EVERY_RECORD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime"}

Event = MutableMapping[str, Any]


class HideLinks(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(one) for one in record.args)
        return True


def _hidden(value: object) -> object:
    return SECRET_PART.sub(r"/\1/…", value) if isinstance(value, str) else value


def without_secrets(value: Any) -> Any:
    """Of everything that is written: fields, lists and tracebacks, too."""
    if isinstance(value, str):
        return ADDRESS.sub("…@", PASSWORD.sub("://…@", SECRET_PART.sub(r"/\1/…", value)))
    if isinstance(value, Mapping):
        return {key: without_secrets(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else without_secrets(str(value))


# What each event goes through


def hide(_logger: Any, _name: str, event: Event) -> Event:
    return without_secrets(event)


def read_fields(_logger: Any, _name: str, event: Event) -> Event:
    """Those of an event of the standard library: of its words, and of `extra`."""
    given = event.pop("positional_args", ())
    record = event.get("_record")
    if record is None or event.get("_from_structlog"):
        return event
    if isinstance(record.msg, str) and (found := WITH_FIELDS.fullmatch(record.msg)):
        names = FIELD.findall(found["fields"])
        event.update({"event": found["event"], **dict(zip(names, given, strict=False))})
    extra = {key: value for key, value in record.__dict__.items() if key not in OF_EVERY_RECORD}
    return {key: value for key, value in extra.items() if isinstance(value, str | int | float)} | dict(event)


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def set_up() -> None:
    """What says structlog.get_logger() goes where everything else goes."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def formatter(kind: str) -> ProcessorFormatter:
    """`kind`: json or lines."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
    if kind == "lines":
        renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    return ProcessorFormatter(
        foreign_pre_chain=[*SHARED, read_fields],
        pass_foreign_args=True,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide,
            renderer,
        ],
    )
