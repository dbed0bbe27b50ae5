import subprocess

import pytest

from notices.channels.email import relay
from tests.fixtures.scripted import scripted

__all__ = ["scripted"]


@pytest.fixture(autouse=True)
def _unprejudiced():
    """What a process remembers of a server does not belong to the next test's."""
    relay._slower.clear()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject]
    subprocess.run(command, check=True, capture_output=True)
    return key, cert
