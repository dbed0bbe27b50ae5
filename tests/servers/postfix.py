"""A Postfix of our own: its configuration, queue and mailboxes in a folder, its port on loopback."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from tests.fixtures.ports import free_port
from tests.servers.letters import Arrived

NOBODY = 65534  # virtual(8) wants somebody who is not root
MASTER = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = {
    "compatibility_level": "3.6",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "myhostname": "mail.example.org",
    "mydestination": "",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "virtual_mailbox_domains": "example.org",
    "virtual_mailbox_base": "{folder}/boxes",
    "virtual_mailbox_maps": "static:all/",
    "virtual_uid_maps": f"static:{NOBODY}",
    "virtual_gid_maps": f"static:{NOBODY}",
    "maillog_file": "{folder}/log",
    "maillog_file_prefixes": "{folder}",
    "mynetworks": "127.0.0.0/8",
    "smtpd_recipient_restrictions": "permit_mynetworks, reject_unauth_destination",
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
    "smtpd_peername_lookup": "no",
    "smtpd_client_event_limit_exceptions": "",
    "anvil_rate_time_unit": "5s",
    "queue_minfree": "0",
    "in_flow_delay": "0",
}


def why_not() -> str:
    """Why it cannot be tried on this machine; empty where it can."""
    if not shutil.which("postfix", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")):
        return "There is no Postfix here: apt-get install postfix."
    if os.geteuid() != 0:
        return "Postfix is started by root only."
    return ""


class Postfix:
    """`settings` go into main.cf, `services` into master.cf, `files` beside them; `{folder}` is where all that is.
    `screened`: postscreen stands before it; `wrapped`: encrypted from the start."""

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        services: str = "",
        files: Mapping[str, str] | None = None,
        screened: bool = False,
        wrapped: bool = False,
    ):
        self.folder = Path(tempfile.mkdtemp(prefix="commsplan-postfix-", dir="/tmp"))
        self.folder.chmod(0o755)  # its daemons are no root
        self.host, self.port = "127.0.0.1", free_port()
        self.log = self.folder / "log"
        self.arrived = Arrived(self.folder / "boxes" / "all")
        for name in ("etc", "queue", "data", "boxes"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        os.chown(self.folder / "boxes", NOBODY, NOBODY)
        for name, text in (files or {}).items():
            (self.folder / "etc" / name).parent.mkdir(exist_ok=True)
            (self.folder / "etc" / name).write_text(self._placed(text))
            (self.folder / "etc" / name).chmod(0o755)
        self._write(settings, services, screened, wrapped)

    def _placed(self, text: str) -> str:
        return text.replace("{folder}", str(self.folder))

    def _write(self, settings: Mapping[str, str], services: str, screened: bool, wrapped: bool) -> None:
        first = "1 postscreen" if screened else "- smtpd" + (" -o smtpd_tls_wrappermode=yes" if wrapped else "")
        passed = "smtpd pass - - n - - smtpd\n" if screened else ""
        master = f"127.0.0.1:{self.port} inet n - n - {first}\n{passed}{services}{MASTER}"
        folders = {"queue_directory": "{folder}/queue", "data_directory": "{folder}/data"}
        lines = [f"{name} = {value}" for name, value in (MAIN | folders | dict(settings)).items()]
        (self.folder / "etc" / "master.cf").write_text(self._placed(master))
        (self.folder / "etc" / "main.cf").write_text(self._placed("\n".join(lines) + "\n"))

    def again(self) -> None:
        """As an administrator restarts it."""
        self._run("stop")
        self._run("start")

    def _run(self, *command: str) -> None:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        said = subprocess.run(
            ["postfix", "-c", str(self.folder / "etc"), *command],
            capture_output=True, text=True, timeout=180, env=environment, check=False,
        )  # fmt: skip
        assert said.returncode == 0, said.stdout + said.stderr + self.logged

    @property
    def logged(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def __enter__(self) -> "Postfix":
        self._run("start")
        return self

    def __exit__(self, *_: object) -> None:
        """Without the courtesy of `postfix stop`, which takes seconds."""
        pid = int((self.folder / "queue" / "pid" / "master.pid").read_text())
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
        until = monotonic() + 60
        while Path(f"/proc/{pid}").exists() and monotonic() < until:
            sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)
