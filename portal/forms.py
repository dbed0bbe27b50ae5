from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commsplan.lib.forms import day_input
from commsplan.lib.wallclock import ZoneField
from engagement.enums import Rsvp
from notices.pipeline.outlets import offered
from stakeholders.enums import Channel, ReaderLevel, Topic, Weekday
from stakeholders.models import Person

TOPICS = {
    Topic.PROGRESS: (_("Progress and completion"), _("How work goes that was announced to you, and when it is done.")),
    Topic.SURVEY: (_("Surveys"), _("Invitations to say how it went, and one reminder.")),
    Topic.NEWS: (_("News"), _("Newsletters and summaries.")),
}
LEVELS = {
    ReaderLevel.PLAIN: _("Plain words"),
    ReaderLevel.TECHNICAL: _("Technical details, where there are any"),
}


ANSWERS = {Rsvp.YES: _("I will come"), Rsvp.MAYBE: _("Perhaps"), Rsvp.NO: _("I cannot")}


class AnswerForm(forms.Form):
    """Whether somebody who is invited comes."""

    rsvp = forms.ChoiceField(
        label=_("Will you come?"), choices=[(each.value, words) for each, words in ANSWERS.items()]
    )
    remark = forms.CharField(
        label=_("Anything we should know?"), max_length=300, required=False, widget=forms.TextInput
    )
    shown = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)


WEEKDAYS = {
    Weekday.MONDAY: _("Monday"),
    Weekday.TUESDAY: _("Tuesday"),
    Weekday.WEDNESDAY: _("Wednesday"),
    Weekday.THURSDAY: _("Thursday"),
    Weekday.FRIDAY: _("Friday"),
    Weekday.SATURDAY: _("Saturday"),
    Weekday.SUNDAY: _("Sunday"),
}


NAMES = {Channel.EMAIL: _("E-mail"), Channel.SMS: _("Text message")}  # others have one name in every language


def ways_to(person: Person) -> list[Channel]:
    """Channels that come to this person by themselves, and what they chose before."""
    own = {Channel.EMAIL, *person.addresses.values_list("channel", flat=True)} if person.pk else {Channel.EMAIL}
    before = {*person.refused_channels, person.preferred_channel}
    may = offered.sending()
    return [channel for channel in Channel if (channel in may and channel in own) or channel in before]


def clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class PreferencesForm(forms.Form):
    """Ticked topics are wanted. What cannot be declined is not a field: the page says why."""

    topics = forms.MultipleChoiceField(
        label=_("You also get"),
        choices=[(topic.value, words[0]) for topic, words in TOPICS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = ZoneField(label=_("Your time zone"))
    reader_level = forms.ChoiceField(
        label=_("How messages are written"), choices=list(LEVELS.items()), widget=forms.RadioSelect
    )
    wants_invitations = forms.BooleanField(label=_("Put announced windows into my calendar"), required=False)
    works_from = forms.TimeField(label=_("I work from"), required=False, widget=clock())
    works_until = forms.TimeField(label=_("until"), required=False, widget=clock())
    works_on = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        choices=[(weekday.value, words) for weekday, words in WEEKDAYS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    preferred_channel = forms.ChoiceField(label=_("I prefer"), choices=[("", _("No preference"))], required=False)
    refused_channels = forms.MultipleChoiceField(
        label=_("Not for what can be declined"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, person: Person, **kwargs):
        super().__init__(*args, **kwargs)
        pushing = ways_to(person)
        if len(pushing) < 2:  # nothing to choose between
            del self.fields["preferred_channel"], self.fields["refused_channels"]
            return
        may = [(channel.value, NAMES.get(channel, channel.label)) for channel in pushing]
        self.fields["preferred_channel"].choices = [("", _("No preference")), *may]  # type: ignore[attr-defined]
        self.fields["refused_channels"].choices = may  # type: ignore[attr-defined]

    def clean(self):
        super().clean()
        if bool(self.cleaned_data.get("works_from")) != bool(self.cleaned_data.get("works_until")):
            self.add_error("works_until", _("Give both the beginning and the end, or neither."))
        if not self.cleaned_data.get("works_on"):
            self.cleaned_data.pop("works_on", None)
        return self.cleaned_data

    @property
    def topic_rows(self):
        """(tick box, what it is about) for the page."""
        about = {topic.value: words[1] for topic, words in TOPICS.items()}
        return [(box, about[box.data["value"]]) for box in self["topics"]]

    @property
    def declined(self) -> list[str]:
        return [topic for topic in Topic.values if topic not in self.cleaned_data["topics"]]


class AwayForm(forms.Form):
    """Whether the address belongs to anybody is never said."""

    start_on = forms.DateField(label=_("First day"), widget=day_input())
    end_on = forms.DateField(label=_("Last day"), widget=day_input())
    deputy = forms.EmailField(label=_("E-mail address of who stands in"), required=False, max_length=110)

    def __init__(self, data=None, *, own_address: str = ""):
        super().__init__(data, prefix="away")
        self.own_address = own_address

    def clean_deputy(self):
        address = self.cleaned_data["deputy"]
        if address and address.casefold() == self.own_address.casefold():
            raise forms.ValidationError(_("Choose somebody else."))
        return address

    def clean(self):
        super().clean()
        start, end = self.cleaned_data.get("start_on"), self.cleaned_data.get("end_on")
        if start and end and end < start:
            self.add_error("end_on", _("The last day must not be before the first."))
        return self.cleaned_data
