"""What the environment says, read with care: a variable that is set but empty counts as not set.

A value that cannot be used is told in one sentence with the variable's name.
"""

import logging
import os
import warnings
import zoneinfo
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

NAMES = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "LINK_KEYS", "SECRETS_KEYS", "DEBUG", "BASE_URL"),
    *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "ALLOWED_PRIVATE_NETWORKS", "OUTGOING_PROXY"),
    *("DATABASE_URL", "CONN_MAX_AGE", "REDIS_URL", "REDIS_PREFIX", "EMAIL_URL", "EMAIL_FALLBACK_URL"),
    *("DEFAULT_FROM_EMAIL", "BOUNCE_DOMAIN", "ORGANISATION", "TIME_ZONE", "TICK_SECONDS", "IMPORT_MAX_MB"),
    *("BOUNCE_IMAP_URL", "MAIL_REPORTS_FROM", "MAIL_REPORTS_SECRET"),
    *("STATIC_ROOT", "STATIC_STORAGE", "STATIC_FROM_SOURCE", "BEHIND_PROXY", "SECURE_HSTS_SECONDS"),
    *("LOG_LEVEL", "LOG_FORMAT", "METRICS_TOKEN", "METRICS_ALLOW", "ALERT_EMAILS", "ALERT_QUEUE_MINUTES"),
    *("EMAIL_TIMEOUT", "HOST", "PORT", "DATA_DIR", "CATCHER_PORT", "CATCHER_SMTP_PORT"),
)
WORDS = dict.fromkeys(environ.Env.BOOLEAN_TRUE_STRINGS, True) | dict.fromkeys(("false", "off", "n", "no", "0"), False)
POSTGRESQL = "django.db.backends.postgresql"
# Of libpq, unless the address says otherwise: a database behind a cut cable is noticed in half a minute, not in hours.
LIVELY = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def file_of(checkout: Path) -> Path:
    """ENV_FILE names another one; the tests have none, whatever the installation they run in says."""
    return Path(os.environ.get("ENV_FILE") or checkout / ".env")


def read(file: Path) -> None:
    """Add what the file says to the environment, which wins where both say something."""
    _forget_empty()
    environ.Env.read_env(file)
    _forget_empty()


def value(name: str, default: Any) -> Any:
    given = os.environ.get(name)
    if not given:
        return default
    kind, reader = KINDS[name]
    try:
        return reader(given.strip())
    except (ValueError, KeyError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ImproperlyConfigured(f"{name} must be {kind}, not “{given}”.") from error


def check() -> None:
    for name in KINDS:
        value(name, None)


def database(url: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with it is said below
        try:
            config = dict(environ.Env.db_url_config(url))
        except ValueError as error:
            raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}.") from error
    if config.get("ENGINE") != POSTGRESQL:
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/name."
        )
    config["OPTIONS"] = LIVELY | config.get("OPTIONS", {})
    return config


def _forget_empty() -> None:
    for name in NAMES:
        if not os.environ.get(name, "set").strip():
            del os.environ[name]


def _truth(text: str) -> bool:
    return WORDS[text.lower()]


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError
    return text.rstrip("/")


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _megabytes(text: str) -> int:
    number = int(text)
    if not 0 < number <= 1000:
        raise ValueError
    return number


def _zone(text: str) -> str:
    return zoneinfo.ZoneInfo(text).key


def _minutes(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError
    return number


def _log_format(text: str) -> str:
    return {"json": "json", "lines": "lines"}[text.lower()]


def _level(text: str) -> str:
    return logging.getLevelName(logging.getLevelNamesMapping()[text.upper()])


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def _mail_server(text: str) -> str:
    try:
        config = environ.Env.email_url_config(text)
    except ImproperlyConfigured as error:
        raise ValueError from error
    if not config["EMAIL_HOST"]:
        raise ValueError
    return text


TRUTH = ("true or false", _truth)
SECONDS = ("a whole number of seconds", _whole)
KINDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "DEBUG": TRUTH,
    "BEHIND_PROXY": TRUTH,
    "STATIC_FROM_SOURCE": TRUTH,
    "BASE_URL": ("an address like https://commsplan.example.org", _address),
    "TICK_SECONDS": ("a number of seconds above 0", _above_zero),
    "CONN_MAX_AGE": SECONDS,
    "EMAIL_FALLBACK_URL": ("an address like smtp+tls://user:password@host:587", _mail_server),
    "EMAIL_TIMEOUT": SECONDS,
    "SECURE_HSTS_SECONDS": SECONDS,
    "IMPORT_MAX_MB": ("a whole number of megabytes from 1 to 1000", _megabytes),
    "TIME_ZONE": ("a time zone like Europe/Berlin", _zone),
    "ALLOWED_PRIVATE_NETWORKS": ("a comma-separated list of networks like 10.20.0.0/16", _networks),
    "OUTGOING_PROXY": ("an address like http://proxy.example.org:3128", _address),
    "LOG_FORMAT": ("json or lines", _log_format),
    "METRICS_ALLOW": ("a comma-separated list of networks like 10.20.0.0/16", _networks),
    "ALERT_QUEUE_MINUTES": ("a whole number of minutes above 0", _minutes),
    "LOG_LEVEL": ("one of DEBUG, INFO, WARNING, ERROR and CRITICAL", _level),
}
