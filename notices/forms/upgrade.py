from crispy_forms.layout import Field
from django import forms
from django.forms import BaseFormSet, formset_factory

from accounts.models import Account
from commsplan.lib import countries, time, wallclock
from commsplan.lib.forms import Column, Fieldset, Row, lay_out, lines
from notices.pipeline import planning, templates
from stakeholders.models import Site
from upgrades.enums import Impact, Phase
from upgrades.models import Service

ROWS = 3  # the second and third show for templates with waves


class UpgradeSearch(forms.Form):
    q = forms.CharField(
        label="Name", required=False, widget=forms.TextInput(attrs={"type": "search", "data-search": True})
    )
    phase = forms.ChoiceField(required=False, choices=[("", "All phases"), *Phase.choices])

    def filter(self, upgrades):
        if not self.is_valid():
            return upgrades
        if self.cleaned_data["phase"]:
            upgrades = upgrades.filter(phase=self.cleaned_data["phase"])
        return upgrades.found_by(self.cleaned_data["q"])


class NewUpgradeForm(forms.Form):
    """What a plan needs to be laid out. Everything else can be added later."""

    template = forms.ChoiceField(label="Plan template", widget=forms.RadioSelect)
    name = forms.CharField(label="Name of the upgrade", max_length=120)
    why = forms.CharField(
        label="Reason",
        required=False,
        widget=lines(3),
        help_text="Why it has to change, in words an end user understands. Notices quote it.",
    )
    services = forms.ModelMultipleChoiceField(
        label="Services that change",
        queryset=Service.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="People who use them are affected.",
    )
    sites = forms.ModelMultipleChoiceField(
        label="Sites",
        queryset=Site.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None means: everywhere.",
    )
    time_zone = forms.ChoiceField(help_text="All times of the plan are on the wall of this place.")
    country = forms.ChoiceField(
        label="Public holidays of", required=False, help_text="They are no business days: nothing is sent then."
    )
    subdivision = forms.CharField(
        label="State or region", max_length=6, required=False, help_text="As in ISO 3166-2, for example BY or CA."
    )
    impact = forms.TypedChoiceField(
        label="During the window", choices=Impact.choices, initial=Impact.OUTAGE, coerce=int
    )
    downtime = forms.IntegerField(
        label="Expected downtime in minutes",
        required=False,
        min_value=0,
        max_value=100_000,
        help_text="What one person goes without; often shorter than the window.",
    )
    sponsor_name = forms.CharField(
        label="Sponsor",
        max_length=120,
        required=False,
        help_text="Who wants it done. The first word to everybody is in their name.",
    )
    owner = forms.ModelChoiceField(queryset=Account.objects.none(), empty_label=None)
    contact_name = forms.CharField(label="Contact", max_length=120, help_text="Whom people ask.")
    contact_email = forms.EmailField(label="Contact's e-mail address")
    contact_phone = forms.CharField(label="Contact's phone", max_length=40, required=False)

    helper = lay_out(
        Field("template", template="notices/fields/template_cards.html"),
        Fieldset("What changes", "name", "why", Row(Column("services", css_class="col-md-6 choices-scroll"), Column("sites", css_class="col-md-6 choices-scroll")), Row(Column("impact", css_class="col-md-6"), Column("downtime", css_class="col-md-6"))),  # noqa: E501
        Fieldset("Where", Row(Column("time_zone", css_class="col-md-5"), Column("country", css_class="col-md-4"), Column("subdivision", css_class="col-md-3"))),  # noqa: E501
        Fieldset("Who answers questions", Row(Column("owner", css_class="col-md-6"), Column("sponsor_name", css_class="col-md-6")), Row(Column("contact_name", css_class="col-md-4"), Column("contact_email", css_class="col-md-4"), Column("contact_phone", css_class="col-md-4"))),  # noqa: E501
    )  # fmt: skip

    def __init__(self, *args, account: Account, **kwargs):
        kwargs["initial"] = {
            "owner": account.pk,
            "time_zone": account.time_zone,
            "contact_name": account.name,
            "contact_email": account.email,
        } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.cards = templates.known.everything()
        self.fields["template"].choices = [(template.key, template.name) for template in self.cards]
        self.fields["services"].queryset = Service.objects.order_by("name", "pk")
        self.fields["sites"].queryset = Site.objects.order_by("name", "pk")
        self.fields["owner"].queryset = Account.objects.to_choose_from()
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in time.zones()]
        self.fields["country"].choices = [("", "Weekends only"), *countries.countries()]

    def clean(self):
        super().clean()
        countries.check(self)
        return self.cleaned_data

    @property
    def plan_template(self) -> templates.shape.PlanTemplate:
        return templates.known.find(self.cleaned_data["template"])

    def upgrade_fields(self) -> dict:
        names = "name why time_zone country subdivision owner sponsor_name contact_name contact_email contact_phone"
        return {name: self.cleaned_data[name] for name in names.split(" ")}


class WindowForm(forms.Form):
    """One go-live. The times are on the wall of the upgrade's place."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Go-live, or Wave 1"}),
    )
    start = wallclock.WallClockField(label="Start", required=False)
    end = wallclock.WallClockField(label="End", required=False)
    site = forms.ModelChoiceField(
        label="Only at", queryset=Site.objects.none(), required=False, empty_label="All sites above"
    )

    helper = lay_out(
        Row(
            Column("name", css_class="col-12 col-md-3"),
            Column("start", css_class="col-12 col-sm-6 col-md-3"),
            Column("end", css_class="col-12 col-sm-6 col-md-3"),
            Column("site", css_class="col-12 col-md-3"),
        )
    )

    def __init__(self, *args, sites, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.all()
        self.fields["site"].choices = sites

    @property
    def is_filled(self) -> bool:
        return bool(self.cleaned_data.get("start"))

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("start"), cleaned.get("end")
        if end and not start and "start" not in self.errors:
            self.add_error("start", "When does it start?")
        if start and not end and "end" not in self.errors:
            self.add_error("end", "When does it end?")
        if start and end and end <= start:
            self.add_error("end", "The end must be after the start.")
        return cleaned


class Windows(BaseFormSet):
    def clean(self):
        if any(self.errors):
            return
        names = [name.casefold() for name, _ in self._named()]
        if not names:
            raise forms.ValidationError("Give at least one go-live window: the plan hangs on it.")
        if len(set(names)) < len(names):
            raise forms.ValidationError("Give each window its own name, so that people can tell them apart.")

    def _named(self) -> list[tuple[str, dict]]:
        """Those that were filled in, in the order of time. One without a name gets one."""
        filled = sorted((form.cleaned_data for form in self.forms if form.is_filled), key=lambda data: data["start"])
        usual = "Go-live" if len(filled) == 1 else "Wave {}"
        return [(data["name"] or usual.format(number), data) for number, data in enumerate(filled, start=1)]

    def windows(self, *, zone: str) -> list[planning.Window]:
        return [
            planning.Window(
                name=name,
                start=wallclock.read(data["start"], zone=zone),
                end=wallclock.read(data["end"], zone=zone),
                sites=[data["site"]] if data["site"] else [],
            )
            for name, data in self._named()
        ]


WindowFormSet = formset_factory(WindowForm, formset=Windows, extra=0, max_num=60, absolute_max=60)


class PhaseForm(forms.Form):
    phase = forms.ChoiceField(choices=Phase.choices)
