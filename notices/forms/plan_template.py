"""Forms of plan templates. What a step may say is checked where files are checked, so that both say the same."""

from datetime import time
from typing import Any

from crispy_forms.layout import HTML
from django import forms

from commsplan.lib import wallclock
from commsplan.lib.conflicts import Compared
from commsplan.lib.forms import Column, Fieldset, Row, lay_out, lines
from feedback import sets
from notices.enums import BY_HAND, Clock, Edge, Event, Medium, NoticeKind, Sender, Trigger, Unit
from notices.forms.audience import FILTERS, PARTS
from notices.pipeline import templates
from notices.pipeline.outlets import offered
from notices.pipeline.planning import Window
from notices.pipeline.templates.shape import DECISIONS, LETTERS, WEEKDAYS, PlanTemplate, Refused, TemplateStep
from stakeholders.enums import Category, Channel, ReaderLevel
from stakeholders.models import Group, Site
from upgrades.enums import Quadrant
from upgrades.models import Milestone, Upgrade

NINE = time(9, 0)
MOST = 400_000  # bytes of a file
DAYS = [(key, label) for key, label in zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True)]
LANGUAGES = {"en": "English", "de": "German", "fr": "French"}
ON = {"first": "The first window", "each": "Each window", "last": "The last window"}
FIELD_OF = {"offset": "count", "words": "subject_en", "acknowledge": "acknowledge", "audience": "affected"}


class TemplateForm(Compared):
    """What a template is called."""

    name = forms.CharField(max_length=120)
    description = forms.CharField(
        required=False, max_length=400, widget=lines(3), help_text="What it is for, in one or two sentences."
    )
    has_waves = forms.BooleanField(
        label="For several windows",
        required=False,
        help_text="Waves or rings: whoever uses it is asked for several windows.",
    )

    helper = lay_out("seen", "name", "description", "has_waves")

    def __init__(self, *args, template: PlanTemplate | None = None, **kwargs):
        self.template = template
        initial = (
            {"name": template.name, "description": template.description, "has_waves": template.has_waves}
            if template
            else {}
        )
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)

    @property
    def is_stored(self) -> bool:
        return bool(self.template and self.template.is_own)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if templates.own.is_taken(name, but=self.template.key if self.template else ""):
            raise forms.ValidationError("There is already a template of this name.")
        return name

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "description", "has_waves")}


class SaveAsTemplateForm(TemplateForm):
    """Whether it is for several windows shows in the upgrade."""

    helper = lay_out("seen", "name", "description")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["has_waves"]

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "description")}


class UploadForm(forms.Form):
    file = forms.FileField(
        label="TOML file",
        help_text="As it was downloaded here, or written by hand.",
        widget=forms.ClearableFileInput(attrs={"accept": ".toml,application/toml,text/plain"}),
    )

    helper = lay_out("file")

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST:
            raise forms.ValidationError(f"The file has {file.size // 1000} kB. A template has up to {MOST // 1000}.")
        try:
            text = file.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("This is no text in UTF-8. Save it as UTF-8 and try again.") from error
        return self._read(text)

    def _read(self, text: str) -> PlanTemplate:
        try:
            return templates.files.from_toml(text.lstrip("\ufeff"), key="")
        except Refused as refused:
            raise forms.ValidationError([str(problem) for problem in refused.problems]) from refused


class TemplateStepForm(Compared):
    """The same fields as a step of a plan. Those of a notice count only when the medium is a notice."""

    name = forms.CharField(label="What", max_length=120)
    medium = forms.ChoiceField(label="How", choices=Medium.choices, initial=Medium.NOTICE)
    kind = forms.ChoiceField(
        label="Kind of notice",
        choices=BY_HAND,
        initial=NoticeKind.REMINDER,
        help_text="Decides the first words, the layout, and what people may decline.",
    )
    trigger = forms.ChoiceField(
        label="When it is due", choices=Trigger.choices, initial=Trigger.OFFSET, widget=forms.RadioSelect
    )
    count = forms.IntegerField(label="How long", min_value=0, max_value=5000, initial=5, required=False)
    unit = forms.ChoiceField(label="Counted in", choices=Unit.choices, initial=Unit.BUSINESS_DAYS)
    direction = forms.ChoiceField(choices=[("before", "before"), ("after", "after")], initial="before")
    edge = forms.ChoiceField(label="Which end", choices=Edge.choices, initial=Edge.START)
    weekdays = forms.MultipleChoiceField(
        label="On these days", choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    every_weeks = forms.IntegerField(label="Every how many weeks", min_value=1, max_value=52, initial=1, required=False)
    event = forms.ChoiceField(label="When", choices=[("", "Choose"), *Event.choices], required=False)
    on = forms.ChoiceField(label="Of", choices=())
    at = forms.TimeField(
        label="Time of day",
        required=False,
        initial=NINE,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Not used with minutes.",
    )
    clock = forms.ChoiceField(label="On whose wall", choices=Clock.choices, initial=Clock.PLACE)
    after = forms.ChoiceField(
        label="Waits for", required=False, help_text="It does not go out before this is ticked off."
    )
    sender = forms.ChoiceField(label="In whose name", choices=Sender.choices, initial=Sender.CONTACT)
    affected = forms.BooleanField(
        label="Everybody affected",
        required=False,
        help_text="People who use the window's services, at its sites, and stakeholders it has an impact on.",
    )
    quadrants = forms.MultipleChoiceField(
        label="Stakeholders to", choices=Quadrant.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    categories = forms.MultipleChoiceField(
        choices=Category.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    named = forms.CharField(
        label="Groups, by name",
        required=False,
        widget=lines(4),
        help_text="One on each line. A group of that name is told wherever there is one.",
    )
    otherwise = forms.MultipleChoiceField(
        label="Where there is none of that name",
        choices=Category.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    representatives_only = forms.BooleanField(label="Only those who represent their group", required=False)
    not_answered = forms.BooleanField(label="Only those who have not answered the survey", required=False)
    not_acknowledged = forms.BooleanField(label="Only those who have not acknowledged", required=False)
    channels = forms.MultipleChoiceField(
        choices=Channel.choices, required=False, initial=[Channel.EMAIL], widget=forms.CheckboxSelectMultiple
    )
    survey = forms.ChoiceField(required=False)
    approval = forms.BooleanField(
        label="Somebody approves it before it goes out",
        required=False,
        initial=True,
        help_text="A mail about an outage, with something to do, or to more than 500 people is approved in any case.",
    )
    acknowledge = forms.BooleanField(label="Ask people to acknowledge that they have read it", required=False)
    objective = forms.CharField(max_length=200, required=False, help_text="What is different after people read this.")

    def __init__(self, *args, template: PlanTemplate, at: int | None = None, **kwargs):
        self.template, self.position = template, at
        self.step = template.steps[at] if at is not None else None
        initial = (
            _initial(self.step) if self.step else {"affected": True, "on": "each" if template.has_waves else "first"}
        )
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.fields["channels"].choices = offered.choices(self.initial.get("channels", ()))  # type: ignore[attr-defined]
        self._choose()
        for language, label in LANGUAGES.items():
            self.fields[f"subject_{language}"] = forms.CharField(
                label=f"Subject, {label}", required=False, max_length=200
            )
            self.fields[f"body_{language}"] = forms.CharField(label=f"Text, {label}", required=False, widget=lines(8))
        self.initial["seen"] = self.fingerprint()

    def _choose(self):
        template = self.template
        windows = list(ON.items()) if template.has_waves else [("first", "The go-live"), *list(ON.items())[1:]]
        self.fields["on"].choices = [*windows, *((one.name, one.name) for one in template.milestones)]
        decided = [one.name for one in template.steps if one.medium in DECISIONS and one is not self.step]
        self.fields["after"].choices = [("", "Nothing"), *((name, name) for name in dict.fromkeys(decided))]
        known = [(one.key, one.title.replace("{service}", "…")) for one in sets.all_sets()]
        self.fields["survey"].choices = [("", "No survey"), *known, (sets.EMPTY, "An empty survey")]
        names = Group.objects.order_by("name").values_list("name", flat=True)[:8]
        if names:
            self.fields["named"].help_text += f" Here for example: {', '.join(names)}."

    @property
    def is_stored(self) -> bool:
        return self.step is not None

    @property
    def helper(self):
        return lay_out(
            "seen",
            Row(Column("name", css_class="col-md-6"), Column("medium", css_class="col-md-3"), Column("kind", css_class="col-md-3 of-a-notice")),  # noqa: E501
            Fieldset("When", "trigger", *_when_rows()),
            Fieldset(
                "Who is told",
                "affected",
                Row(Column("quadrants", css_class="col-md-4"), Column("categories", css_class="col-md-4")),
                Row(Column("named", css_class="col-md-6"), Column("otherwise", css_class="col-md-4")),
            ),
            Fieldset("Of these", *FILTERS),
            Fieldset(
                "How it is said",
                Row(Column("sender", css_class="col-md-6"), Column("after", css_class="col-md-6")),
                "objective",
            ),
            Fieldset(
                "The notice",
                Row(Column("channels", css_class="col-md-6"), Column("survey", css_class="col-md-6")),
                "approval",
                "acknowledge",
                HTML(f'<details class="own-words"{" open" if self._has_words() else ""}><summary>Own words, instead of those of its kind</summary>'),  # noqa: E501
                *(f"{part}_{language}" for language in LANGUAGES for part in ("subject", "body")),
                HTML("</details>"),
                css_class="of-a-notice",
            ),
        )  # fmt: skip

    def _has_words(self) -> bool:
        typed = any(self[f"{part}_{language}"].value() for language in LANGUAGES for part in ("subject", "body"))
        return typed or any(name.startswith(("subject_", "body_")) for name in self.errors)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("trigger") == Trigger.CADENCE and not cleaned.get("weekdays"):
            self.add_error("weekdays", "Choose at least one day of the week.")
        if cleaned.get("trigger") == Trigger.EVENT and not cleaned.get("event"):
            self.add_error("event", "Say what has to happen.")
        if self.errors:
            return cleaned
        names = [one.name for one in self.template.milestones]
        others = [
            templates.files.row_of(one) for number, one in enumerate(self.template.steps) if number != self.position
        ]
        for problem in templates.checking.check_step(self.row(), steps=others, milestones=names):
            self.add_error(self._field(problem.path), f"{problem.said[0].upper()}{problem.said[1:]} {problem.remedy}")
        return cleaned

    def _field(self, path) -> str | None:
        name = FIELD_OF.get(str(path[0]), str(path[0])) if path else ""
        return name if name in self.fields else None

    def row(self) -> dict[str, Any]:
        """As it stands in a file; nothing of it that is usual."""
        data = self.cleaned_data
        row = {"name": data["name"], "medium": data["medium"], "on": data["on"], "sender": data["sender"]}
        row |= {"objective": data["objective"], "audience": self._audience()} | self._time()
        row |= {"after": data["after"]} if data["after"] else {}
        if data["medium"] == Medium.NOTICE:
            row |= {name: data[name] for name in ("kind", "channels", "survey", "approval", "acknowledge")}
            row |= {"words": words} if (words := self._words()) else {}
        return row

    def _time(self) -> dict[str, Any]:
        data = self.cleaned_data
        is_exact = data["unit"] == Unit.MINUTES and data["trigger"] != Trigger.CADENCE
        wall = {} if is_exact else {"at": f"{data['at'] or NINE:%H:%M}", "clock": data["clock"]}
        offset = f"{data['count'] or 0}{LETTERS.get(data['unit'], '')}"
        if data["trigger"] == Trigger.CADENCE:
            return {"weekdays": data["weekdays"], "every_weeks": data["every_weeks"] or 1} | wall
        if data["trigger"] == Trigger.EVENT:
            later = {"offset": offset} | wall if data["count"] else {}
            return {"event": data["event"]} | later
        is_before = data["direction"] == "before" and bool(data["count"])
        return {"offset": f"-{offset}" if is_before else offset, "edge": data["edge"]} | wall

    def _audience(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = [line.strip() for line in data["named"].splitlines() if line.strip()]
        rule = {name: data[name] for name in (*PARTS, *FILTERS, "otherwise") if data.get(name)}
        return rule | ({"named": names} if names else {})

    def _words(self) -> list[dict[str, str]]:
        """What was typed, and texts of other languages or levels as they were."""
        typed = [
            {"language": language, "subject": self.cleaned_data[f"subject_{language}"].strip(),
             "body": self.cleaned_data[f"body_{language}"].replace("\r\n", "\n").strip() + "\n"}
            for language in LANGUAGES
            if self.cleaned_data[f"subject_{language}"].strip() or self.cleaned_data[f"body_{language}"].strip()
        ]  # fmt: skip
        kept = [dict(one) for one in self.step.words if not _is_shown(one)] if self.step else []
        return typed + (kept if typed else [])


def _when_rows() -> list:
    """`step-when` with the way: which of them shows is a matter of style."""
    small, third = "col-12 col-sm-6 col-md-2", "col-12 col-sm-6 col-md-3"
    return [
        Row(Column("weekdays", css_class="col-md-6"), Column("every_weeks", css_class=third), css_class="when-cadence"),
        Row(Column("event", css_class="col-md-6"), css_class="when-event"),
        Row(
            Column("count", css_class=f"{small} when-counted"),
            Column("unit", css_class=f"{third} when-counted"),
            Column("direction", css_class=f"{small} when-offset"),
            Column("edge", css_class=f"{small} when-offset"),
            Column("on", css_class=third),
        ),
        Row(Column("at", css_class=third), Column("clock", css_class="col-12 col-sm-6 col-md-4")),
    ]


def _is_shown(words) -> bool:
    return words["language"] in LANGUAGES and words.get("level", ReaderLevel.PLAIN) == ReaderLevel.PLAIN


def _initial(step: TemplateStep) -> dict[str, Any]:
    counted = step.counted
    same = ("name", "medium", "on", "edge", "event", "every_weeks", "clock", "after", "sender", "survey", "objective")
    rule = {name: step.audience.get(name) for name in (*PARTS, *FILTERS, "otherwise") if name != "groups"}
    words = {
        f"{part}_{one['language']}": one[part] for one in step.words if _is_shown(one) for part in ("subject", "body")
    }
    return {name: getattr(step, name) for name in same} | rule | words | {
        "kind": step.kind or NoticeKind.REMINDER,
        "trigger": step.trigger,
        "weekdays": list(step.weekdays),
        "count": abs(counted.count),
        "unit": counted.unit,
        "direction": "after" if counted.count > 0 or (not counted.count and step.edge == Edge.END) else "before",
        "at": counted.at or NINE,
        "named": "\n".join(step.audience.get("named", ())),
        "channels": list(step.channels),
        "approval": step.approval,
        "acknowledge": step.acknowledge,
    }  # fmt: skip


class WaveForm(forms.Form):
    """A further window of an upgrade, with the steps of another one."""

    like = forms.ModelChoiceField(
        label="With the steps of",
        queryset=Milestone.objects.none(),
        empty_label=None,
        help_text="Those that every window has. What goes once for all windows stays where it is.",
    )
    name = forms.CharField(max_length=120)
    start = wallclock.WallClockField(label="Start")
    end = wallclock.WallClockField(label="End")
    sites = forms.ModelMultipleChoiceField(
        queryset=Site.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None means: the same as the other window.",
    )

    helper = lay_out(
        Row(Column("name", css_class="col-md-6"), Column("like", css_class="col-md-6")),
        Row(Column("start", css_class="col-12 col-sm-6"), Column("end", css_class="col-12 col-sm-6")),
        "sites",
    )

    def __init__(self, *args, upgrade: Upgrade, windows: list[Milestone], **kwargs):
        self.upgrade = upgrade
        super().__init__(*args, **kwargs)
        self.fields["like"].queryset = Milestone.objects.filter(pk__in=[one.pk for one in windows]).order_by("-start")
        self.fields["sites"].queryset = Site.objects.order_by("name", "pk")
        for name in ("start", "end"):
            self.fields[name].help_text = f"On the clock in {upgrade.time_zone.replace('_', ' ')}."

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if self.upgrade.milestones.filter(name__iexact=name).exists():
            raise forms.ValidationError("Another window or milestone is called that. Give each its own name.")
        return name

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and end <= start:
            self.add_error("end", "The end must be after the start.")
        return cleaned

    def window(self) -> Window:
        data = self.cleaned_data
        zone = self.upgrade.time_zone
        return Window(
            name=data["name"],
            start=wallclock.read(data["start"], zone=zone),
            end=wallclock.read(data["end"], zone=zone),
            sites=list(data["sites"]),
        )
