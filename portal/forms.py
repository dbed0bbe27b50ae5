from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commsplan.lib.wallclock import ZoneField
from engagement.enums import Rsvp
from stakeholders.enums import ReaderLevel, Topic

TOPICS = {
    Topic.PROGRESS: (_("Progress and completion"), _("How work goes that was announced to you, and when it is done.")),
    Topic.SURVEY: (_("Surveys"), _("Invitations to say how it went, and one reminder.")),
    Topic.NEWS: (_("News"), _("Newsletters and summaries.")),
}
LEVELS = {
    ReaderLevel.PLAIN: _("Plain words"),
    ReaderLevel.TECHNICAL: _("Technical details, where there are any"),
}


ANSWERS = {Rsvp.YES: _("I come"), Rsvp.MAYBE: _("Perhaps"), Rsvp.NO: _("I cannot")}


class AnswerForm(forms.Form):
    """Whether somebody who is invited comes."""

    rsvp = forms.ChoiceField(label=_("Do you come?"), choices=[(each.value, words) for each, words in ANSWERS.items()])
    remark = forms.CharField(
        label=_("Anything we should know?"), max_length=300, required=False, widget=forms.TextInput
    )


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

    @property
    def topic_rows(self):
        """(tick box, what it is about) for the page."""
        about = {topic.value: words[1] for topic, words in TOPICS.items()}
        return [(box, about[box.data["value"]]) for box in self["topics"]]

    @property
    def declined(self) -> list[str]:
        return [topic for topic in Topic.values if topic not in self.cleaned_data["topics"]]
