from datetime import time

from django import forms

from commsplan.lib.conflicts import Compared
from commsplan.lib.forms import Column, Fieldset, Row, lay_out
from feedback.models import Survey
from notices.enums import BY_HAND, Edge, Medium, NoticeKind, Unit
from notices.forms.audience import AudienceFields, audience_rows
from notices.models import PlanStep
from notices.pipeline.planning import Line
from stakeholders.enums import Channel
from upgrades.models import Milestone

DIRECTIONS = [("before", "before"), ("after", "after")]
NINE = time(9, 0)


class StepForm(Compared, AudienceFields):
    """One line of the plan. Fields of a notice count only when the medium is a notice."""

    name = forms.CharField(label="What", max_length=120)
    medium = forms.ChoiceField(label="How", choices=Medium.choices, initial=Medium.NOTICE)
    kind = forms.ChoiceField(
        label="Kind of notice",
        choices=BY_HAND,
        initial=NoticeKind.REMINDER,
        help_text="Decides the first words, the layout, and what people may decline.",
    )
    count = forms.IntegerField(label="How long", min_value=0, max_value=5000, initial=5)
    unit = forms.ChoiceField(label="Counted in", choices=Unit.choices, initial=Unit.BUSINESS_DAYS)
    direction = forms.ChoiceField(label="Direction", choices=DIRECTIONS, initial="before")
    edge = forms.ChoiceField(label="Which end", choices=Edge.choices, initial=Edge.START)
    milestone = forms.ModelChoiceField(queryset=Milestone.objects.none(), empty_label=None)
    at = forms.TimeField(
        label="Time of day",
        required=False,
        initial=NINE,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    objective = forms.CharField(
        label="Objective",
        max_length=200,
        required=False,
        help_text="What is different after people read this.",
    )
    channels = forms.MultipleChoiceField(
        choices=Channel.choices,
        required=False,
        initial=[Channel.EMAIL],
        widget=forms.CheckboxSelectMultiple,
    )
    survey = forms.ModelChoiceField(queryset=Survey.objects.none(), required=False, empty_label="No survey")
    needs_approval = forms.BooleanField(
        label="Somebody approves it before it goes out",
        required=False,
        initial=True,
        help_text="A mail about an outage, with something to do, or to more than 500 people is approved in any case.",
    )
    asks_acknowledgement = forms.BooleanField(label="Ask people to acknowledge that they have read it", required=False)

    helper = lay_out(
        "seen",
        Row(Column("name", css_class="col-md-6"), Column("medium", css_class="col-md-3"), Column("kind", css_class="col-md-3")),  # noqa: E501
        Fieldset(
            "When",
            Row(
                Column("count", css_class="col-12 col-sm-6 col-md-2"),
                Column("unit", css_class="col-12 col-sm-6 col-md-3"),
                Column("direction", css_class="col-12 col-sm-6 col-md-2"),
                Column("edge", css_class="col-12 col-sm-6 col-md-2"),
                Column("milestone", css_class="col-12 col-md-3"),
            ),
            Row(Column("at", css_class="col-12 col-sm-6 col-md-3")),
        ),
        *audience_rows(),
        Fieldset(
            "The notice",
            Row(Column("channels", css_class="col-md-4"), Column("survey", css_class="col-md-8")),
            "needs_approval",
            "asks_acknowledgement",
            "objective",
        ),
    )  # fmt: skip

    def __init__(self, *args, upgrade, step: PlanStep | None = None, **kwargs):
        self.step = step
        notice = getattr(step, "notice", None) if step else None
        initial = (_of_step(step) if step else {"affected": True}) | (_of_notice(notice) if notice else {})
        super().__init__(
            *args, rule=step.audience if step else None, initial=initial | kwargs.pop("initial", {}), **kwargs
        )
        self.fields["milestone"].queryset = upgrade.milestones.order_by("start", "pk")
        self.fields["survey"].queryset = upgrade.surveys.order_by("title", "pk")
        self.fields["at"].help_text = f"On the wall in {upgrade.time_zone}. Not used with minutes."

    @property
    def is_stored(self) -> bool:
        return self.step is not None

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("unit") == Unit.MINUTES:
            cleaned["at"] = None
        elif "at" in cleaned and cleaned["at"] is None:
            self.add_error("at", "Give a time of day (or count in minutes).")
        if cleaned.get("medium") == Medium.NOTICE:
            self._check_notice(cleaned)
        return cleaned

    def _check_notice(self, cleaned):
        if not cleaned.get("channels"):
            self.add_error("channels", "Choose at least one channel.")
        if Channel.EMAIL in cleaned.get("channels", ()) and not self.names_somebody():
            self.add_error("affected", "Choose at least one group of people: everybody affected, or some below.")
        if cleaned.get("kind") in (NoticeKind.SURVEY, NoticeKind.SURVEY_REMINDER) and not cleaned.get("survey"):
            self.add_error("survey", "An invitation needs the survey it invites to.")
        if cleaned.get("not_answered") and not cleaned.get("survey"):
            self.add_error("survey", "Which survey have they not answered?")

    def line(self) -> Line:
        """What was entered, in the words of the plan."""
        data = self.cleaned_data
        names = "name medium kind edge unit at milestone objective channels survey needs_approval asks_acknowledgement"
        sign = -1 if data["direction"] == "before" else 1
        return Line(**{name: data[name] for name in names.split()}, offset=sign * data["count"], audience=self.rule())


def _of_step(step: PlanStep) -> dict:
    names = ["name", "medium", "edge", "unit", "at", "milestone", "objective"]
    return {name: getattr(step, name) for name in names} | {
        "count": abs(step.offset),
        "direction": "after" if step.offset > 0 or (step.offset == 0 and step.edge == Edge.END) else "before",
    }


def _of_notice(notice) -> dict:
    return {
        name: getattr(notice, name) for name in ("kind", "channels", "survey", "needs_approval", "asks_acknowledgement")
    }
