"""Checks the addresses that the user gave, before anything is started with them. Never repeats a password."""

from urllib.parse import urlsplit

import environ
import psycopg
import redis
from django.core.exceptions import ImproperlyConfigured

from commsplan import environment
from commsplan.embedded import NotStarted, ports

SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465, "smtps": 587}


def check_values() -> None:
    try:
        environment.check()
    except ImproperlyConfigured as error:
        raise NotStarted(str(error)) from error


def check_database(url: str) -> None:
    try:
        config = environment.database(url)
    except ImproperlyConfigured as error:
        raise NotStarted(str(error)) from error
    options = {"host": config["HOST"], "port": config["PORT"], "user": config["USER"], "password": config["PASSWORD"]}
    given = {name: value for name, value in options.items() if value}
    try:
        psycopg.connect(dbname=config["NAME"], connect_timeout=5, **given).close()
    except psycopg.Error as error:
        raise NotStarted(f"DATABASE_URL does not lead to a database: {_first_line(error)}") from error


def check_queue(url: str) -> None:
    try:
        redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5).ping()
    except ValueError as error:
        raise NotStarted("REDIS_URL must look like redis://host:6379/0 or unix:///path/to/socket.") from error
    except redis.RedisError as error:
        raise NotStarted(f"REDIS_URL does not lead to a Redis or Valkey: {_first_line(error)}") from error


def check_mail(url: str) -> None:
    try:
        backend = environ.Env.email_url_config(url)["EMAIL_BACKEND"]
        parts = urlsplit(url)
        port = parts.port or SMTP_PORTS.get(parts.scheme, 25)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise NotStarted("EMAIL_URL must look like smtp+tls://user:password@host:587.") from error
    if "smtp" in backend and (reason := ports.answers(parts.hostname or "localhost", port)):
        raise NotStarted(f"EMAIL_URL does not lead to a mail server: {parts.hostname}:{port}: {reason}.")


def server_of(url: str) -> str:
    """Of a checked EMAIL_URL, without the password."""
    parts = urlsplit(url)
    if not parts.hostname:
        return parts.scheme
    return f"{parts.hostname}:{parts.port or SMTP_PORTS.get(parts.scheme, 25)}"


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[0].split())[:300]
