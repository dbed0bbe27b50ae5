"""Where the embedded servers keep things, and who they run as."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from commsplan.embedded import NotStarted

CHECKOUT = Path(__file__).resolve().parents[2]
ACCOUNT_NAME = "commsplan"
ROOM_TO_BEGIN = 200 << 20
ROOM_TO_RUN = 30 << 20
LONGEST_SOCKET = 90  # the system allows about 107 bytes


class Account(NamedTuple):
    uid: int
    gid: int


@dataclass(frozen=True)
class Places:
    """One data folder. `servers` is a link to elsewhere where the servers' account could not reach it."""

    data: Path

    @property
    def servers(self) -> Path:
        """Resolved, because the servers' account may not pass through the data folder to get there."""
        return (self.data / "servers").resolve()

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def mail(self) -> Path:
        return self.data / "mail"

    @property
    def addresses(self) -> Path:
        """Where the site and its mail were when it last ran: BASE_URL, ORGANISATION, EMAIL_URL and CATCHER as JSON."""
        return self.data / "addresses.json"

    @cached_property
    def account(self) -> Account | None:
        """PostgreSQL refuses to run as root, so root hands both servers to an account without rights."""
        if os.geteuid() != 0:
            return None
        if self.servers.exists() and (owner := self.servers.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
        return _system_account()

    @cached_property
    def sockets(self) -> Path:
        """A private folder for both sockets: in the data folder, or a short one where that path is long or unusual."""
        inside = self.servers / "run"
        if len(str(inside)) < LONGEST_SOCKET - 16 and re.fullmatch(r"[\w/.-]+", str(inside), re.ASCII):
            return inside
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(f"/tmp/commsplan-{os.geteuid()}-{digest}")  # noqa: S108 (its owner is checked)

    def lock(self, name: str) -> Path:
        return self.data / f"{name}.lock"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make the folders that are missing; one clear sentence where that is not possible."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.account:
                self.data.chmod(self.data.stat().st_mode | 0o011)  # all that is private in it has its own permissions
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self._check_room()
            self._make_servers_folder()
            self._own(self.sockets)
        except OSError as error:
            raise NotStarted(f"Cannot write to the data folder {self.data}: {error.strerror}.") from error
        info = self.sockets.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != (self.account.uid if self.account else os.geteuid()):
            raise NotStarted(f"{self.sockets} belongs to somebody else. Remove it, or choose another DATA_DIR.")

    def forget_sockets(self) -> None:
        if not self.sockets.is_relative_to(self.servers):
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _check_room(self) -> None:
        with tempfile.TemporaryFile(dir=self.data) as probe:
            probe.write(b"\0" * 65536)
        needed = ROOM_TO_RUN if (self.servers / "postgres").exists() else ROOM_TO_BEGIN
        free = shutil.disk_usage(self.data).free
        if free < needed:
            raise NotStarted(
                f"The disk of {self.data} is full: {free >> 20} MB are free, and {needed >> 20} MB are needed."
            )

    def own_folder(self, name: str) -> Path:
        folder = self.servers / name
        self._own(folder)
        return folder

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account and folder.stat().st_uid == 0:
            os.chown(folder, *self.account)

    def _make_servers_folder(self) -> None:
        if self.servers.exists():
            return
        link = self.data / "servers"
        if self.account and not reachable(self.data, self.account):
            home = Path("/var/lib/commsplan")
            home.mkdir(mode=0o755, parents=True, exist_ok=True)
            elsewhere = tempfile.mkdtemp(prefix=f"{self.data.name}-", dir=home)
            os.chown(elsewhere, *self.account)
            link.unlink(missing_ok=True)  # to a folder that is gone
            link.symlink_to(elsewhere)
        else:
            self._own(link)

    def programs(self, package: str, *parts: str) -> Path:
        """A package's folder of server programs; a copy of it if the servers' account cannot read the original."""
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise NotStarted(
                f"The package {package} is not installed. Run `make demo`, or set DATABASE_URL and REDIS_URL."
            )
        home = Path(spec.origin).parent
        if self.account is None or reachable(home.joinpath(*parts), self.account):
            return home.joinpath(*parts)
        return self._copy(home, parts)

    def _copy(self, home: Path, parts: tuple[str, ...]) -> Path:
        stamp = hashlib.sha256(f"{home}{home.stat().st_mtime_ns}".encode()).hexdigest()[:8]
        target = self.servers / f"programs-{stamp}"
        if not (target / home.name).exists():
            making = Path(tempfile.mkdtemp(prefix=".programs-", dir=self.servers))
            libraries = home.with_name(f"{home.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, making / libraries.name)
            shutil.copytree(home.joinpath(*parts), (making / home.name).joinpath(*parts), symlinks=True)
            making.chmod(0o755)
            target.mkdir(mode=0o755, exist_ok=True)
            for made in making.iterdir():
                made.rename(target / made.name)
            making.rmdir()
        return (target / home.name).joinpath(*parts)


def places(data_dir: str | os.PathLike | None = None) -> Places:
    """The data folder: given, from DATA_DIR, or `data` in the checkout. A relative one starts at the checkout."""
    chosen = Path(data_dir or os.environ.get("DATA_DIR") or "data").expanduser()
    return Places((CHECKOUT / chosen).absolute())


def reachable(path: Path, account: Account) -> bool:
    check = ["test", "-x", str(path)]
    found = subprocess.run(check, user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False)
    return found.returncode == 0


def _system_account() -> Account:
    for name in (ACCOUNT_NAME, "nobody"):
        if name == ACCOUNT_NAME:
            _make_account()
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise NotStarted("PostgreSQL refuses to run as root here. Start CommsPlan as an ordinary user.")


def _make_account() -> None:
    try:
        pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program:
            command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
            subprocess.run([*command, "--shell", "/bin/false", ACCOUNT_NAME], capture_output=True, check=False)
