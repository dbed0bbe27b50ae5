"""Planning the conversation that a step of the plan is."""

from django import forms
from django.db.models import Q, QuerySet

from commsplan.lib import wallclock
from commsplan.lib.forms import Fieldset, lay_out
from engagement.enums import EngagementKind
from engagement.forms.planning import HOUR, PlanForm
from engagement.models import Engagement
from notices.enums import Medium
from notices.models import PlanStep
from notices.pipeline import audience, schedule
from notices.pipeline.audience import Audience
from stakeholders.models import Person

KINDS: dict[str, EngagementKind] = {
    Medium.MEETING: EngagementKind.MEETING,
    Medium.TOWN_HALL: EngagementKind.TOWN_HALL,
    Medium.TRAINING: EngagementKind.TRAINING,
}


class MeetingStepForm(PlanForm):
    """Filled in with what the step says: its name, its time, and those whom it is for."""

    of_the_step = forms.BooleanField(label="Those whom the step is for", required=False, initial=True)
    helper = lay_out(
        *PlanForm.helper.layout.fields[:-1],
        Fieldset("Who is asked to come", "of_the_step", *PlanForm.helper.layout.fields[-1].fields),
    )

    def __init__(self, *args, step: PlanStep, host, **kwargs):
        self.step = step
        zone = step.upgrade.time_zone
        start = wallclock.show(schedule.due_at(step) or step.milestone.start, zone=zone)
        kwargs["initial"] = {
            "title": step.name,
            "kind": KINDS.get(step.medium, EngagementKind.MEETING),
            "milestone": step.milestone_id,
            "topics": step.objective,
            "start": start,
            "end": start + HOUR,
            "host": host.pk,
        } | kwargs.get("initial", {})
        super().__init__(*args, instance=Engagement(upgrade=step.upgrade, time_zone=zone), **kwargs)
        self.fields["of_the_step"].help_text = Audience.from_json(step.audience).describe()

    def asked(self) -> QuerySet[Person]:
        chosen = super().asked()
        if not self.cleaned_data.get("of_the_step"):
            return chosen
        of_it = audience.resolve(self.step.audience, upgrade=self.step.upgrade, milestone=self.step.milestone)
        both = Q(pk__in=of_it.order_by().values("pk")) | Q(pk__in=chosen.order_by().values("pk"))
        return Person.objects.active().filter(both).in_order()
