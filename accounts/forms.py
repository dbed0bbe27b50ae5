from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password

from accounts import tokens
from accounts.enums import Role, TokenUse
from accounts.models import AccessToken, Account
from commsplan.lib.conflicts import NothingOverwritten
from commsplan.lib.forms import Column, NameField, Row, lay_out
from commsplan.lib.wallclock import ZoneField

ROLES_HELP = {
    Role.ADMINISTRATOR: "everything, and manages accounts",
    Role.COMMUNICATIONS_MANAGER: "plans upgrades, writes, approves and sends notices",
    Role.APPROVER: "approves notices, pauses and resumes sending",
    Role.DEPARTMENT_CONTACT: "enters critical days",
    Role.READER: "reads",
}


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in {"login": "E-mail address", "password": "Password", "remember": "Stay signed in"}.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)


class SetupForm(forms.ModelForm):
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    time_zone = ZoneField(
        widget=forms.Select(attrs={"data-own-zone": ""}), help_text="Every time is shown to you in this zone."
    )
    helper = lay_out("name", "email", "password", "time_zone")

    class Meta:
        model = Account
        fields = ["name", "email", "time_zone"]
        field_classes = {"name": NameField}
        labels = {"name": "Your name", "email": "E-mail address"}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "username"}),
        }

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password, Account(name=self.data.get("name", ""), email=self.data.get("email", "")))
        return password


class ProfileForm(forms.ModelForm):
    time_zone = ZoneField(help_text="Every time is shown to you in this zone, with the place's own beside it.")
    helper = lay_out(Row(Column("name"), Column("time_zone")), "theme", "shortcuts")

    class Meta:
        model = Account
        fields = ["name", "time_zone", "theme", "shortcuts"]
        field_classes = {"name": NameField}
        labels = {"name": "Your name", "shortcuts": "Use single keys as shortcuts"}
        help_texts = {
            "shortcuts": "Press ? on any page to see them. Switch them off if you dictate or press keys by accident."
        }
        widgets = {"theme": forms.RadioSelect, "name": forms.TextInput(attrs={"autocomplete": "name"})}


class ThemeForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = ["theme"]


class TokenForm(forms.ModelForm):
    use = forms.ChoiceField(
        label="For",
        choices=[
            (TokenUse.API, "Programs: they read as JSON what you may read"),
            (TokenUse.CALENDAR, "Calendars: they subscribe to windows, engagements and critical days"),
        ],
        widget=forms.RadioSelect,
        initial=TokenUse.API,
    )
    helper = lay_out("name", "use")

    class Meta:
        model = AccessToken
        fields = ["name", "use"]
        help_texts = {"name": "What will use it, so that you know later what to revoke: “Outlook on my laptop”."}

    def clean_name(self):
        name = self.cleaned_data["name"]
        if tokens.in_use(self.instance.account).filter(name__iexact=name).exists():
            raise forms.ValidationError("You have a token of this name. Revoke it first, or take another name.")
        return name


class SubscriptionForm(TokenForm):
    use = None  # type: ignore[assignment]  # how a form leaves out a field of its parent
    helper = lay_out("name")

    class Meta(TokenForm.Meta):
        fields = ["name"]


class AccountForm(NothingOverwritten):
    """What an administrator decides about an account."""

    roles = forms.MultipleChoiceField(
        choices=[(role.value, f"{role.label}: {ROLES_HELP[role]}") for role in Role],
        widget=forms.CheckboxSelectMultiple,
        initial=[Role.READER],
    )
    time_zone = ZoneField(initial="UTC")
    helper = lay_out("seen", Row(Column("name"), Column("email")), "roles", "time_zone", "is_active")

    class Meta:
        model = Account
        fields = ["name", "email", "roles", "time_zone", "is_active"]
        field_classes = {"name": NameField}
        help_texts = {"is_active": "Switch off to sign them out at once; what they did stays on record."}

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewAccountForm(AccountForm):
    helper = lay_out(Row(Column("name"), Column("email")), "roles", "time_zone")

    class Meta(AccountForm.Meta):
        fields = ["name", "email", "roles", "time_zone"]
