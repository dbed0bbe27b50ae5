from datetime import time

from django import forms
from django.db.models import Q

from accounts.models import Account
from commsplan.lib.conflicts import Compared
from commsplan.lib.forms import Column, Fieldset, Row, lay_out
from commsplan.lib.time import NAMES
from feedback.models import Survey
from notices.enums import BY_HAND, Clock, Edge, Event, Medium, NoticeKind, Sender, Trigger, Unit
from notices.forms.audience import AudienceFields, audience_rows
from notices.models import PlanStep
from notices.pipeline import planning
from notices.pipeline.outlets import offered
from notices.pipeline.planning import Line
from notices.pipeline.schedule.fate import TRUE_THOUGH_CANCELLED
from stakeholders.enums import Channel
from upgrades.models import Milestone

DIRECTIONS = [("before", "before"), ("after", "after")]
NINE = time(9, 0)
WEEKDAYS = NAMES["en"][0]
FRIDAY = 4
KEPT_WHEN_EMPTY = {
    "trigger": Trigger.OFFSET,
    "clock": Clock.PLACE,
    "every_weeks": 1,
    "delay": 0,
    "sender": Sender.CONTACT,
}
NOT_OF_IT = {  # by trigger: fields that the page does not show
    Trigger.OFFSET: {"weekdays", "every_weeks", "event", "delay"},
    Trigger.CADENCE: {"count", "unit", "direction", "edge", "event", "delay"},
    Trigger.EVENT: {"count", "unit", "direction", "edge", "weekdays", "every_weeks", "at", "clock"},
}


class StepForm(Compared, AudienceFields):
    """One line of the plan. Fields of a notice count only when the medium is a notice, and of the ways to be due only
    those fields that belong to the chosen one (the style sheet hides the others)."""

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
    trigger = forms.ChoiceField(
        label="It is due", choices=Trigger.choices, initial=Trigger.OFFSET, widget=forms.RadioSelect, required=False
    )
    clock = forms.ChoiceField(
        label="On the clock",
        choices=[(one.value, one.label.capitalize()) for one in Clock],
        initial=Clock.PLACE,
        required=False,
        help_text="Where each reader is: nine o'clock is nine o'clock for everybody.",
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="On these days",
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        required=False,
        initial=[FRIDAY],
        widget=forms.CheckboxSelectMultiple,
    )
    every_weeks = forms.IntegerField(
        label="Every … weeks",
        min_value=1,
        max_value=52,
        initial=1,
        required=False,
        help_text="1 is every week, 2 every other week, counted from the week in which it starts.",
    )
    event = forms.ChoiceField(
        label="When",
        choices=[("", "Choose …"), *((one.value, one.label.capitalize()) for one in Event)],
        required=False,
        help_text="It can be written and approved beforehand. It goes out by itself when that happens.",
    )
    delay = forms.IntegerField(
        label="Minutes later",
        min_value=0,
        max_value=40_000,
        initial=0,
        required=False,
        help_text="0 is at once. If it is taken back within that time, nobody is told.",
    )
    after = forms.ModelChoiceField(
        label="Waits for",
        queryset=PlanStep.objects.none(),
        required=False,
        empty_label="Nothing",
        help_text="A decision or meeting that has to be ticked off first. If it is not in time, nothing goes out.",
    )
    owner = forms.ModelChoiceField(
        label="Who sees to it", queryset=Account.objects.none(), required=False, empty_label="The owner of the upgrade"
    )
    sender = forms.ChoiceField(label="In whose name", choices=Sender.choices, initial=Sender.CONTACT, required=False)
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
                Column("trigger", css_class="col-12 col-md-6"),
                Column("milestone", css_class="col-12 col-md-6"),
            ),
            Row(
                Column("count", css_class="col-12 col-sm-6 col-md-3"),
                Column("unit", css_class="col-12 col-sm-6 col-md-3"),
                Column("direction", css_class="col-12 col-sm-6 col-md-3"),
                Column("edge", css_class="col-12 col-sm-6 col-md-3"),
                css_class="for-offset",
            ),
            Row(
                Column("weekdays", css_class="col-12 col-md-8 choices-in-line"),
                Column("every_weeks", css_class="col-12 col-sm-6 col-md-4"),
                css_class="for-cadence",
            ),
            Row(
                Column("event", css_class="col-12 col-sm-6"),
                Column("delay", css_class="col-12 col-sm-6"),
                css_class="for-event",
            ),
            Row(
                Column("at", css_class="col-12 col-sm-6 col-md-3"),
                Column("clock", css_class="col-12 col-sm-6 col-md-4"),
                css_class="not-for-event",
            ),
            Row(Column("after", css_class="col-12 col-md-6"), Column("owner", css_class="col-12 col-md-6")),
        ),
        *audience_rows(),
        Fieldset(
            "The notice",
            Row(Column("channels", css_class="col-md-6"), Column("survey", css_class="col-md-6")),
            Row(Column("sender", css_class="col-md-4")),
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
        self.fields["channels"].choices = offered.choices(self.initial.get("channels", ()))
        self.fields["milestone"].queryset = upgrade.milestones.order_by("start", "pk")
        self.fields["survey"].queryset = upgrade.surveys.order_by("title", "pk")
        self.fields["at"].help_text = f"In {upgrade.time_zone}, or where each reader is. Not used with minutes."
        self.fields["after"].queryset = planning.decisions_for(upgrade, step).order_by("milestone__start", "name", "pk")
        kept = [step.owner_id] if step and step.owner_id else []
        active = Account.objects.filter(Q(is_active=True) | Q(pk__in=kept))
        self.fields["owner"].queryset = active.order_by("name", "pk")
        sponsor = upgrade.sponsor_name or "this upgrade names none yet, so the contact's name stands"
        self.fields[
            "sender"
        ].help_text = f"A mail shows the name as its sender. Answers go to the contact. The sponsor: {sponsor}."

    @property
    def is_stored(self) -> bool:
        return self.step is not None

    def clean(self):
        cleaned = super().clean()
        for name, initial in KEPT_WHEN_EMPTY.items():
            if cleaned.get(name) in (None, ""):
                cleaned[name] = initial
        self._leave_out(cleaned)
        CHECKS[cleaned["trigger"]](self, cleaned)
        if cleaned.get("medium") == Medium.NOTICE:
            self._check_notice(cleaned)
        elif cleaned["trigger"] != Trigger.OFFSET:
            self.add_error("trigger", "People do this on a day. Only a notice can come again or wait for something.")
        return cleaned

    def _leave_out(self, cleaned):
        """What does not belong to the chosen way to be due does not count, whatever stands in it."""
        trigger = cleaned["trigger"]
        for name in NOT_OF_IT[trigger] & self.errors.keys():
            del self.errors[name]
        if trigger != Trigger.CADENCE:
            cleaned |= {"weekdays": [], "every_weeks": 1}
        if trigger != Trigger.EVENT:
            cleaned["event"] = ""
        if trigger != Trigger.OFFSET:
            cleaned |= {"count": 0, "direction": "before", "edge": Edge.START, "unit": Unit.BUSINESS_DAYS}
        if trigger == Trigger.EVENT or cleaned.get("medium") != Medium.NOTICE:
            cleaned["clock"] = Clock.PLACE

    def _check_offset(self, cleaned):
        if cleaned.get("unit") == Unit.MINUTES:
            cleaned["at"] = None
            if cleaned["clock"] == Clock.READER:
                self.add_error(
                    "clock", "Minutes are the same everywhere. Count in days, or take the clock of the place."
                )
        elif "at" in cleaned and cleaned["at"] is None:
            self.add_error("at", "Give a time of day (or count in minutes).")

    def _check_cadence(self, cleaned):
        if "at" in cleaned and cleaned["at"] is None:
            self.add_error("at", "Give a time of day.")
        if "weekdays" in cleaned and not cleaned["weekdays"]:
            self.add_error("weekdays", "Choose at least one day of the week.")

    def _check_event(self, cleaned):
        """Its delay is kept as an offset: in minutes, or in days where a template has it so."""
        kept = self._kept_delay(cleaned)
        cleaned |= kept or {"count": cleaned.get("delay", 0), "unit": Unit.MINUTES, "at": None, "direction": "after"}
        if "event" in cleaned and not cleaned["event"]:
            self.add_error("event", "Say what has to happen.")
        if cleaned.get("event") == Event.CANCELLED and cleaned.get("kind") not in TRUE_THOUGH_CANCELLED:
            self.add_error(
                "kind", "When it is cancelled only what is still true goes out. Choose the kind “Cancelled”."
            )

    def _kept_delay(self, cleaned) -> dict:
        step = self.step
        if step is None or step.trigger != Trigger.EVENT or step.unit == Unit.MINUTES or cleaned.get("delay"):
            return {}
        return {"count": step.offset, "unit": step.unit, "at": step.at, "direction": "after"}

    def _check_notice(self, cleaned):
        if cleaned["sender"] == Sender.MANAGER:
            self.add_error(
                "sender", "A mail comes from the contact or the sponsor. Managers pass on a manager cascade."
            )
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
        names = (
            "name medium kind edge unit at milestone objective channels survey needs_approval asks_acknowledgement "
            "trigger clock weekdays every_weeks event after owner sender"
        )
        sign = -1 if data["direction"] == "before" else 1
        return Line(**{name: data[name] for name in names.split()}, offset=sign * data["count"], audience=self.rule())


def _of_step(step: PlanStep) -> dict:
    names = ["name", "medium", "edge", "unit", "at", "milestone", "objective"]
    names += ["trigger", "clock", "every_weeks", "event", "after", "owner", "sender"]
    return {name: getattr(step, name) for name in names} | {
        "weekdays": step.weekdays or [FRIDAY],
        "delay": step.offset if step.trigger == Trigger.EVENT and step.unit == Unit.MINUTES else 0,
        "count": abs(step.offset),
        "direction": "after" if step.offset > 0 or (step.offset == 0 and step.edge == Edge.END) else "before",
    }


def _of_notice(notice) -> dict:
    return {
        name: getattr(notice, name) for name in ("kind", "channels", "survey", "needs_approval", "asks_acknowledgement")
    }


CHECKS = {
    Trigger.OFFSET: StepForm._check_offset,
    Trigger.CADENCE: StepForm._check_cadence,
    Trigger.EVENT: StepForm._check_event,
}
