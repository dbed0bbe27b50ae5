"""How a pack calls people: by number, name and address, or by a pseudonym that only this house can resolve."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from notices.proof.chain import canonical

WITHHELD = ("systems",)  # facts that never leave the house: names of machines
CODES = re.compile(r"\b[245]\d\d\b(?:[ -][245]\.\d{1,3}\.\d{1,3}\b)?|\b[245]\.\d{1,3}\.\d{1,3}\b")
ADDRESS = re.compile(r"\S+@\S+")
ERASED = {"erased": True}

Facts = Mapping[str, Any]


class Named:
    has_names = True

    def __init__(self, *, key: str | None = None):
        self.key = (key or settings.LINK_KEYS[0]).encode()

    def who(self, pk: int, *, name: str | None = None, address: str | None = None, erased: bool = False) -> dict:
        if erased:
            return ERASED
        return {"id": pk} | ({"name": name or "", "address": address or ""} if name is not None else {})

    def reader(self, person: int, values: Mapping[str, Any], address: str, *, erased: bool) -> dict:
        """Of a message, as they were then: who was merged since has the number that they had."""
        if erased:
            return ERASED
        return self.who(values.get("thread") or person, name=values.get("name", ""), address=address)

    def number(self, pk: int) -> int | str:
        return pk

    def server(self, words: str) -> str:
        """What a mail server said."""
        return words

    def text(self, words: str) -> str:
        """What our own people wrote, or we, about one person."""
        return words

    def audience(self, rule: Mapping[str, Any]) -> Mapping[str, Any]:
        return rule

    def facts(self, facts: Facts, *, about_one: bool = False) -> dict[str, Any]:
        """`about_one`: they hold what one person asked."""
        return {key: self.withheld(value) if self._stays(key, about_one) else value for key, value in facts.items()}

    def _stays(self, key: str, about_one: bool) -> bool:
        return key.rpartition(".")[2] in WITHHELD

    def withheld(self, value: Any) -> Any:
        """Nobody outside can read or guess it; we can show that it was this."""
        return {"withheld": self._digest("value", canonical(value))} if value else value

    @property
    def mark(self) -> str:
        """Tells keys apart, and tells nobody what they are."""
        return self._digest("mark", b"")

    def _digest(self, purpose: str, value: bytes) -> str:
        return hmac.new(self.key, f"proof:{purpose}\0".encode() + value, hashlib.sha256).hexdigest()[:32]


class Nameless(Named):
    """The salt of the pseudonyms is a key of this house, so it is in no pack, and the same person has one pseudonym in
    all of them."""

    has_names = False

    def who(self, pk: int, *, name: str | None = None, address: str | None = None, erased: bool = False) -> dict:
        return ERASED if erased else {"pseudonym": self.number(pk)}

    def number(self, pk: int) -> str:
        return self._digest("person", str(pk).encode())

    def server(self, words: str) -> str:
        """Only the codes of SMTP: the rest likes to repeat the address."""
        return " ".join(CODES.findall(words))

    def text(self, words: str) -> str:
        return self.withheld(words)

    def audience(self, rule: Mapping[str, Any]) -> Mapping[str, Any]:
        people: Iterable[int] = rule.get("people", ())
        return {**rule, "people": sorted(self.number(pk) for pk in people)} if people else rule

    def _stays(self, key: str, about_one: bool) -> bool:
        return super()._stays(key, about_one) or (about_one and key.startswith("concern:"))


def of(*, names: bool, key: str | None = None) -> Named:
    return Named(key=key) if names else Nameless(key=key)
