"""Where people and rooms are reached over other channels than mail. What an address looks like is said by its kind."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings

from commsplan.lib.conflicts import Compared
from commsplan.lib.forms import Column, Row, lay_out
from commsplan.lib.picking import PickManyField
from commsplan.lib.wallclock import ZoneField
from notices.channels import KINDS
from notices.channels.kind import Kind
from notices.register import reachable
from notices.register.rooms import Room
from stakeholders import zones
from stakeholders.enums import ReaderLevel
from stakeholders.models import Address, Person
from stakeholders.sources import GROUPS

LONGEST = Address._meta.get_field("address").max_length
RECORD = ("language", "time_zone", "reader_level")


class AddressesForm(Compared):
    """A field for each channel that reaches people. An empty one takes the address away."""

    is_stored = True

    def __init__(self, *args, person: Person, **kwargs):
        self.person = person
        self.stored = {one.channel: one for one in person.addresses.order_by("channel", "pk")}
        initial = {channel: one.address for channel, one in self.stored.items()}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.kinds = {kind.channel: kind for kind in reachable.kinds(self.stored)}
        for channel, kind in self.kinds.items():
            self.fields[channel] = _field(kind, is_in_use=channel in self.stored)
        self.helper = lay_out("seen", *self.kinds)
        self.initial["seen"] = self.fingerprint()

    def clean(self):
        cleaned = super().clean()
        for channel, kind in self.kinds.items():
            if cleaned.get(channel) and (sentence := _wrong(kind, cleaned, channel)):
                self.add_error(channel, sentence)
        return cleaned

    @property
    def addresses(self) -> dict[str, str]:
        return {channel: self.cleaned_data.get(channel, "") for channel in self.kinds}


def _field(kind: Kind, *, is_in_use: bool) -> forms.CharField:
    about = [kind.address.help, "" if not is_in_use else "Empty it to take it away."]
    return forms.CharField(
        label=f"{kind.label}: {kind.address.label}",
        max_length=LONGEST,
        required=False,
        help_text=" ".join(filter(None, about)),
        widget=forms.TextInput(attrs={"placeholder": kind.address.example, "autocomplete": "off"}),
    )


def _wrong(kind: Kind, cleaned: dict[str, Any], name: str) -> str:
    """Puts what is kept in the place of what was entered. Returns what is wrong with it."""
    try:
        cleaned[name] = kind.address.check(cleaned[name].strip())
    except ValueError as error:
        return str(error)
    return ""


class RoomForm(Compared):
    name = forms.CharField(max_length=160, help_text="As people know it.")
    address = forms.CharField(max_length=LONGEST)
    secret = forms.CharField(required=False)
    groups = PickManyField(
        GROUPS,
        add="Add a group",
        required=False,
        help_text="The room is told what these groups are told.",
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, initial="en")
    time_zone = ZoneField(initial=zones.usual, help_text="Quiet hours and days off count on this clock.")
    reader_level = forms.ChoiceField(label="Reads", choices=ReaderLevel.choices, initial=ReaderLevel.PLAIN)

    def __init__(self, *args, channel: str, person: Person | None = None, **kwargs):
        self.channel, self.person, self.kind = channel, person, KINDS[channel]
        self.stored = person.addresses.get(channel=channel) if person else None
        super().__init__(*args, initial=self._values() | kwargs.pop("initial", {}), **kwargs)
        place = self.kind.address
        label, help_text, example = place.for_room
        self.fields["address"].label, self.fields["address"].help_text = label, help_text
        self.fields["address"].widget.attrs |= {"placeholder": example, "autocomplete": "off"}
        if self.kind.needs_secret_address:
            self.fields["address"].required = False
            self.fields["address"].help_text = f"{help_text} Optional: without it, its name above.".strip()
        self._ask_for_secret()
        place_and_language = Row(Column("language"), Column("time_zone"), Column("reader_level"))
        names = [name for name in ("name", "address", "secret", "groups") if name in self.fields]
        self.helper = lay_out("seen", *names, place_and_language)
        self.initial["seen"] = self.fingerprint()

    def _ask_for_secret(self) -> None:
        """It is never shown: neither in the page nor after an error."""
        asked = self.kind.address.secret
        if asked is None:
            del self.fields["secret"]
            return
        kept = " Leave it empty to keep the one that is stored." if self._has_secret else ""
        self.fields["secret"] = forms.CharField(
            label=asked.label,
            required=asked.is_required and not self._has_secret,
            max_length=4000,
            help_text=f"{asked.help} It is encrypted, and never shown again.{kept}".strip(),
            widget=forms.PasswordInput(attrs={"placeholder": asked.example, "autocomplete": "off"}),
        )

    @property
    def is_stored(self) -> bool:
        return self.person is not None

    @property
    def _has_secret(self) -> bool:
        return bool(self.stored and self.stored.secret)

    def _shown(self):
        """Nor where two people edit at once."""
        return [(name, field) for name, field in super()._shown() if name != "secret"]

    def _values(self) -> dict[str, Any]:
        if self.person is None or self.stored is None:
            return {}
        own = {"name": self.person.name, "address": self.stored.address}
        return (
            own
            | {name: getattr(self.person, name) for name in RECORD}
            | {"groups": list(self.person.groups.order_by("pk"))}
        )

    def clean(self):
        cleaned = super().clean()
        if self.kind.needs_secret_address:
            cleaned["address"] = cleaned.get("address") or cleaned.get("name", "")
        if cleaned.get("address") and (sentence := _wrong(self.kind, cleaned, "address")):
            self.add_error("address", sentence)
        asked = self.kind.address.secret
        if asked and cleaned.get("secret"):
            try:
                cleaned["secret"] = asked.check(cleaned["secret"].strip())
            except ValueError as error:
                self.add_error("secret", str(error))
        return cleaned

    @property
    def room(self) -> Room:
        data: Mapping[str, Any] = self.cleaned_data
        record = {name: data[name] for name in RECORD}
        return Room(data["name"], self.channel, data["address"], data.get("secret") or "", data["groups"], record)
