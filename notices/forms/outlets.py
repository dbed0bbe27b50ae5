"""How channels leave the house: what an administrator may set, and the test of an outlet."""

import re
from typing import Any

from django import forms

from commsplan.lib.conflicts import Clash, Compared, NothingOverwritten
from commsplan.lib.forms import Column, Fieldset, Row, day_input, lay_out, lines
from notices.channels import KINDS, Field, Kind, Wrong, guard
from notices.models import DomainLimit, Outlet

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
MOST = 10_000_000
RATES = ("per_second", "per_minute", "per_hour", "per_day")


def number(label: str, help_text: str = "", *, most: int = MOST, least: int = 1, required: bool = False):
    return forms.IntegerField(label=label, help_text=help_text, min_value=least, max_value=most, required=required)


class OutletLimitsForm(NothingOverwritten):
    per_second = number("Messages per second")
    per_minute = number("Messages per minute")
    per_hour = number("Messages per hour")
    per_day = number("Messages in 24 hours")
    connections = number("Connections", "At the same time, over all workers.", most=200, required=True)
    per_connection = number("Messages per connection", "Then a new one is opened.")
    warm_up_start = number("Messages on its first day", "Each day twice as many, until the limits above are reached.")
    stop_after = number("Stop after errors in a row", "0: go on whatever happens.", least=0, most=10_000, required=True)

    helper = lay_out(
        "seen",
        Fieldset(
            "How fast",
            Row(*(Column(name, css_class="col-6 col-md-3") for name in RATES)),
        ),
        Fieldset(
            "How it connects",
            Row(Column("connections", css_class="col-md-6"), Column("per_connection", css_class="col-md-6")),
        ),
        Fieldset(
            "Warm-up of a new address or server",
            Row(Column("warm_up_from", css_class="col-md-6"), Column("warm_up_start", css_class="col-md-6")),
        ),
        Fieldset("When it goes wrong", Row(Column("stop_after", css_class="col-md-6"))),
    )

    class Meta:
        model = Outlet
        fields = [*RATES, "connections", "per_connection", "warm_up_from", "warm_up_start", "stop_after"]
        labels = {"warm_up_from": "First day"}
        help_texts = {"warm_up_from": "Leave both empty for an address that servers know already."}
        widgets = {"warm_up_from": day_input()}

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("warm_up_from") is None) != (cleaned.get("warm_up_start") is None) and not self.errors:
            raise forms.ValidationError("Give both the first day of the warm-up and how many go out on it, or neither.")
        return cleaned


class DomainLimitForm(NothingOverwritten):
    per_second = number("Messages per second")
    per_minute = number("Messages per minute")
    per_hour = number("Messages per hour")
    connections = number(
        "At the same time",
        "So many messages may be under way to it, over all workers.",
        most=200,
    )

    helper = lay_out(
        "seen",
        "domain",
        Row(*(Column(name, css_class="col-6 col-md-3") for name in (*RATES[:3], "connections"))),
    )

    class Meta:
        model = DomainLimit
        fields = ["domain", *RATES[:3], "connections"]
        help_texts = {"domain": "What stands after the @ of an address, like example.org. Each subdomain is its own."}

    def clean_domain(self) -> str:
        domain = self.cleaned_data["domain"].strip().lower().removeprefix("@").rstrip(".")
        if not DOMAIN.fullmatch(domain):
            raise forms.ValidationError("This is no domain. It looks like example.org.")
        return domain

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not any(cleaned.get(name) for name in (*RATES[:3], "connections")):
            raise forms.ValidationError("Give at least one limit.")
        return cleaned

    def _get_validation_exclusions(self):
        """The outlet is known, so that a second limit for the domain is refused beside the field."""
        return super()._get_validation_exclusions() - {"outlet"}  # type: ignore[misc]  # not in the stubs


class SetUpForm(Compared):
    """What a kind of channel asks for. A secret is never shown again: it is replaced, kept or cleared."""

    def __init__(self, *args, outlet: Outlet, kept: dict[str, str], **kwargs):
        self.outlet, self.kept = outlet, kept
        self.kind: Kind = KINDS[outlet.channel]
        kwargs["initial"] = dict(outlet.config)
        super().__init__(*args, **kwargs)
        for one in self.kind.fields:
            self.fields[one.name] = self._field(one)
            if one.is_secret and not one.is_required and kept.get(one.name):
                self.fields[clear(one)] = forms.BooleanField(label=f"Clear: {one.label}", required=False)
            self._mark(one)
        self.initial["seen"] = self.fingerprint()
        self.helper = lay_out(*self.fields)

    @property
    def is_stored(self) -> bool:
        return self.outlet.pk is not None

    def _mark(self, one: Field) -> None:
        """What only some choices call for is hidden by a script until one of them is made."""
        if one.only_if:
            marks = {"data-only-if": one.only_if[0], "data-only-values": " ".join(sorted(one.only_if[1]))}
            for name in {one.name, clear(one)} & self.fields.keys():
                self.fields[name].widget.attrs |= marks

    def _field(self, one: Field) -> forms.Field:
        # What is needed depends on the other fields, so the kind itself says what is missing.
        common: dict[str, Any] = {"label": one.label, "required": False, "help_text": self._help(one)}
        if one.is_secret:
            return forms.CharField(widget=secret_widget(one), strip=not one.is_long, **common)
        if one.choices:
            return forms.ChoiceField(choices=one.choices, initial=one.default or None, **common)
        example = {"placeholder": one.example} if one.example else None
        widget = lines(4) if one.is_long else forms.TextInput(example)
        return forms.CharField(widget=widget, initial=one.default or None, **common)

    def _help(self, one: Field) -> str:
        words = [one.help]
        if one.is_secret and self.kept.get(one.name):
            words.append("It is set, and never shown again. Leave this empty to keep it, unless the server changes.")
        elif not one.is_required:
            words.append("Optional.")
        return " ".join(word for word in words if word)

    def _said(self, name: str, value) -> str:
        if any(one.is_secret and one.name == name for one in self.kind.fields):
            return "a new one" if value else ""
        return super()._said(name, value)

    def changes(self) -> list[Clash]:
        """Of what is kept, not of what was typed beside it."""
        return [
            Clash(one.label, before, after)
            for one in self.kind.fields
            for before, after in [self._secret_change(one) if one.is_secret else self._config_change(one)]
            if before != after
        ]

    def _config_change(self, one: Field) -> tuple[str, str]:
        before, after = self.initial.get(one.name) or "", self.config.get(one.name) or ""
        return dict(one.choices).get(before, before), dict(one.choices).get(after, after)

    def _secret_change(self, one: Field) -> tuple[str, str]:
        """It is never shown, neither the old nor the new one."""
        before, after = self.kept.get(one.name), self.secrets.get(one.name)
        had = "set" if before else ""
        if before == after:
            return had, had
        return had, ("another one" if before else "set") if after else ""

    def clean(self):
        cleaned = super().clean()
        kept = {
            one.name: self.kept[one.name]
            for one in self.kind.fields
            if self.kept.get(one.name) and not cleaned.get(clear(one)) and not self._leads_elsewhere(cleaned)
        }
        self._ask_again(cleaned, kept)
        entered = {one.name: cleaned.get(one.name) or "" for one in self.kind.fields}
        try:
            self.config, self.secrets = self.kind.entered(entered, kept=kept)
        except Wrong as wrong:
            for name, sentence in wrong.sentences.items():
                self.add_error(name or None, sentence)
        return cleaned

    def _ask_again(self, cleaned: dict[str, Any], kept: dict[str, str]) -> None:
        """One that is needed is asked for anyway; one that is not must not vanish unsaid."""
        for one in self.kind.fields:
            is_lost = self.kept.get(one.name) and one.name not in kept and not cleaned.get(clear(one))
            if (
                is_lost
                and one.is_secret
                and not one.is_required
                and one.is_asked(cleaned)
                and not cleaned.get(one.name)
            ):
                said = "The server changes, and this does not go there by itself."
                self.add_error(one.name, f"{said} Enter it again, or tick “Clear: {one.label}”.")

    def _leads_elsewhere(self, cleaned: dict[str, Any]) -> bool:
        """Then a secret is entered again: else whoever sets up a channel could have it sent to a server of theirs."""
        places = (one for one in self.kind.fields if one.check is guard.check_url or one.choices)
        return any((cleaned.get(one.name) or "") != self.outlet.config.get(one.name, "") for one in places)


def clear(one: Field) -> str:
    return f"clear_{one.name}"


def secret_widget(one: Field) -> forms.Widget:
    attrs = {"autocomplete": "new-password", "spellcheck": "false"}
    return forms.Textarea(attrs={**attrs, "rows": 4}) if one.is_long else forms.PasswordInput(attrs=attrs)


class StopForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=300, help_text="Everybody who uses CommsPlan sees it until it is started again."
    )
    helper = lay_out("reason")


A_NAME = "Test"  # of a room that is reached by its secret address alone


class TryOutForm(forms.Form):
    """An address as the kind of the channel wants it."""

    def __init__(self, *args, outlet: Outlet, **kwargs):
        super().__init__(*args, **kwargs)
        self.place = KINDS[outlet.channel].address
        label, help_text, example = self.place.for_anybody
        self.fields["address"] = forms.CharField(
            label=label,
            max_length=254,
            required=not KINDS[outlet.channel].needs_secret_address,
            help_text=help_text,
            widget=forms.TextInput(attrs={"placeholder": example} if example else {}),
        )
        if secret := self.place.secret:
            self.fields["secret"] = forms.CharField(
                label=secret.label, required=secret.is_required, help_text=secret.help, widget=secret_widget(secret)
            )
        self.helper = lay_out(*self.fields)

    def clean_address(self) -> str:
        return checked(self.place.check, self.cleaned_data["address"].strip() or A_NAME)

    def clean_secret(self) -> str:
        text = self.cleaned_data["secret"].strip()
        return checked(self.place.secret.check, text) if text else ""


def checked(check, text: str) -> str:
    try:
        return check(text)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error
