""" "This date does not work for us": said on a page of its own, which the letter with a tentative date links to."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from commsplan.lib import time, wallclock
from engagement.enums import Source
from feedback import objections
from feedback.models import Concern, Objection
from feedback.objection_forms import FAR, DetailsForm
from notices.insight.objections import last_day
from notices.models import Message
from notices.pipeline.direct import objections as deciding
from portal import windows
from portal.windows import When
from stakeholders.models import Group
from upgrades import slots
from upgrades.models import Milestone
from upgrades.slots import Slot

OPEN, CLOSED, FIXED, OVER = "open", "closed", "fixed", "over"
OWN = "own"
SOONEST = 3


@dataclass(frozen=True)
class Page:
    """`state` is one of those above: only an open one takes objections, each of them takes a concern."""

    milestone: Milestone
    state: str
    when: When
    until: str
    changed_from: str
    said: Concern | None
    details: Objection | None
    language: str
    now: datetime

    @property
    def takes_objections(self) -> bool:
        return self.state == OPEN


class ObjectForm(DetailsForm):
    """`chosen` is one of the next free windows, a date of one's own, or none."""

    chosen = forms.ChoiceField(label=_("Which date would work?"), required=False, widget=forms.RadioSelect)
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(), label=_("For whom do you speak?"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, groups, free, language: str, reader_zone: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
        offered = [(one.start.isoformat(), one) for one in free]
        dates = [(key, _said(one, self.milestone, reader_zone, language)) for key, one in offered]
        typed = str(self.data.get(self.add_prefix("chosen"), "")) if self.is_bound else ""
        if typed not in ("", OWN, *dict(dates)) and (kept := _kept(typed, self.milestone, now=self.now)):
            dates.append((typed, _said(kept, self.milestone, reader_zone, language)))
        choices = [*dates, (OWN, _("Another date")), ("", _("I cannot say"))]
        self.fields["chosen"].choices = choices  # type: ignore[attr-defined]

    def clean(self):
        cleaned = super().clean()
        chosen = cleaned.get("chosen")
        if chosen == OWN and not cleaned.get("alternative") and "alternative" not in self.errors:
            self.add_error("alternative", _("Which date would work for you?"))
        if chosen and chosen != OWN:
            self.errors.pop("alternative", None)
            cleaned["alternative"] = datetime.fromisoformat(chosen)
        elif not chosen:
            self.errors.pop("alternative", None)
            cleaned["alternative"] = None
        return cleaned


class WorryForm(forms.Form):
    """Once the date is fixed or the window is closed."""

    text = forms.CharField(label=_("Your words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


def _said(slot: Slot, milestone: Milestone, reader_zone: str, language: str) -> str:
    zone = milestone.upgrade.time_zone
    shown = windows.when(slot.start, slot.end, zone=zone, reader_zone=reader_zone, language=language)
    return f"{shown.said} ({shown.said_to_reader})" if shown.said_to_reader else shown.said


def _kept(typed: str, milestone: Milestone, *, now: datetime) -> Slot | None:
    """A window that was free when the page was opened: what somebody chose is not lost."""
    try:
        start = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if start.tzinfo is None or start.year not in wallclock.YEARS or not now < start <= now + FAR:
        return None
    return Slot(start, milestone.end and start + (milestone.end - milestone.start))


def page_for(message: Message, *, language: str, now: datetime) -> Page | None:
    """None for a letter that is about no date."""
    milestone = message.notice.milestone
    if milestone is None or message.variant is None:
        return None
    zone, reader_zone = milestone.upgrade.time_zone, message.person.time_zone
    closes = deciding.windows_of([milestone])[milestone.pk]
    last, said = last_day(closes, zone=zone), objections.open_of(milestone, message.person)
    told = windows.of_told(message.variant.revision.facts, reader_zone=reader_zone, language=language, now=now)
    shown = windows.when(milestone.start, milestone.end, zone=zone, reader_zone=reader_zone, language=language)
    return Page(
        milestone=milestone,
        state=state_of(milestone, closes=closes, now=now),
        when=shown,
        until=f"{time.day(last, language=language)} ({zone})" if last else "",
        changed_from=told.when.said if told and told.when.said != shown.said else "",
        said=said,
        details=objections.details_of(said),
        language=language,
        now=now,
    )


def state_of(milestone: Milestone, *, closes: datetime | None, now: datetime) -> str:
    if milestone.is_over or milestone.upgrade.is_cancelled or milestone.start <= now:
        return OVER
    if not milestone.is_tentative:
        return FIXED
    return OPEN if deciding.takes_objections(milestone, closes=closes, now=now) else CLOSED


def form_for(page: Page, message: Message, data=None) -> forms.Form:
    if not page.takes_objections:
        return WorryForm(data)
    return ObjectForm(
        data,
        milestone=page.milestone,
        now=page.now,
        groups=groups_of(message),
        free=free_for(page),
        language=page.language,
        reader_zone=message.person.time_zone,
        initial=_initial(page),
    )


def groups_of(message: Message):
    return Group.objects.filter(memberships__person=message.person).order_by("name", "pk")


def free_for(page: Page) -> list[Slot]:
    """Free of critical days and other windows, and of the days that this person has named."""
    zone = page.milestone.upgrade.time_zone
    days = objections.blocks([page.details], zone=zone) if page.details else []
    free = slots.next_free_of([page.milestone], now=page.now, also={page.milestone.pk: days}, limit=SOONEST)
    return free[page.milestone.pk]


def _initial(page: Page) -> dict:
    said = page.details
    if page.said is None:
        return {}
    values: dict = {"text": page.said.text}
    if said:
        values |= {name: getattr(said, name) for name in ("critical_name", "critical_from", "critical_until")}
        values["groups"] = list(said.groups.all())
        if said.alternative:
            values["alternative"] = wallclock.show(said.alternative, zone=page.milestone.upgrade.time_zone)
            values["chosen"] = OWN
    return values


def object_(page: Page, message: Message, form: ObjectForm) -> None:
    objections.object_(
        page.milestone,
        person=message.person,
        text=form.cleaned_data["text"],
        details=form.details,
        source=Source.PAGE,
    )
