"""What smtplib does not do when it logs in: letters beyond ASCII in a name or password (RFC 4616, as UTF-8), and the
reason where a server says no and hangs up, before the next mechanism is tried."""

import smtplib
from collections.abc import Callable
from typing import Any


class Words(str):
    """Is sent as UTF-8, whatever smtplib wants."""

    __slots__ = ()

    def encode(self, *_: str, **__: str) -> bytes:
        return super().encode("utf-8")


class Client(smtplib.SMTP):
    _refusal: smtplib.SMTPAuthenticationError | None = None

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> Any:
        return super().login(Words(user), Words(password), initial_response_ok=initial_response_ok)

    def auth(self, mechanism: str, authobject: Callable[..., Any], *, initial_response_ok: bool = True) -> Any:
        def answer(*challenge: Any) -> Any:
            said = authobject(*challenge)
            return None if said is None else Words(said)

        try:
            return super().auth(mechanism, answer, initial_response_ok=initial_response_ok)
        except smtplib.SMTPAuthenticationError as error:
            self._refusal = self._refusal or error
            raise self._refusal from None
        except smtplib.SMTPServerDisconnected:
            if self._refusal:
                raise self._refusal from None
            raise


class EncryptedClient(Client, smtplib.SMTP_SSL):
    """Encrypted from the start."""
