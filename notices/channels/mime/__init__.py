"""From an envelope to the bytes on the wire. Deterministic: no clock, no random number, no setting.

Bodies are quoted-printable or base64, so no line is long, none starts with a dot that matters, and no boundary can
occur inside: "=_" exists in neither encoding. Header values with line breaks or control characters are refused.

`build` makes one message. `Stamp` makes many that share most of their bytes, each the same as `build` would make it.
"""

from notices.channels.mime.bodies import Cut, Pieces
from notices.channels.mime.building import build
from notices.channels.mime.headers import wire_address
from notices.channels.mime.stamp import Own, Stamp

__all__ = ["Cut", "Own", "Pieces", "Stamp", "build", "wire_address"]
