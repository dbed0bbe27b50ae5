"""What people say back on their personal page: ask, object to a date, propose, and name who else should know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commsplan.lib import limits, time
from engagement import nominating
from engagement.enums import Source
from feedback import concerns, objections
from feedback.enums import ConcernKind, ConcernState, Decision
from feedback.models import Concern
from notices.models import Message
from stakeholders.models import Person

HOUR = 3600
PER_PERSON = 5  # in an hour
PER_ADDRESS = 60  # in an hour: a whole campus may share one
MOST_SHOWN = 20
KINDS = {
    ConcernKind.QUESTION: _("I have a question"),
    ConcernKind.OBJECTION: _("This date does not work for us"),
    ConcernKind.CONCERN: _("Something worries me"),
    ConcernKind.IDEA: _("I have an idea"),
}
SAID = {
    ConcernState.OPEN: _("Not answered yet"),
    ConcernState.ANSWERED: _("Answered"),
    ConcernState.CLOSED: _("Closed"),
}
DECIDED = {
    Decision.ACCEPT: _("The date moves, as was proposed: %(date)s"),
    Decision.MOVE: _("The date moves: %(date)s"),
    Decision.DECLINE: _("The date stays: %(date)s"),
}


class ConcernForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is it?"), choices=list(KINDS.items()), initial=ConcernKind.QUESTION, widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("Your words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class NominationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=160)
    email = forms.EmailField(label=_("E-mail address, if you know it"), max_length=254, required=False)
    why = forms.CharField(label=_("Why should this person know?"), max_length=300, required=False)


FORMS: dict[str, type[forms.Form]] = {"ask": ConcernForm, "nominate": NominationForm}


@dataclass(frozen=True)
class Mine:
    """Something this person raised, and what became of it."""

    text: str
    kind: str
    said: str
    is_answered: bool
    decided: str
    answer: str
    at: str


def allows(request: HttpRequest, message: Message) -> bool:
    """Counts this try, for the person and for the address it comes from."""
    by_person = limits.allows("say-back", str(message.person.pk), limit=PER_PERSON, seconds=HOUR)
    by_address = limits.allows("say-back-from", limits.address_of(request), limit=PER_ADDRESS, seconds=HOUR)
    return by_person and by_address


@transaction.atomic
def ask(message: Message, *, kind: str, text: str) -> None:
    person, notice = Person.objects.held(message.person_id), message.notice
    if person.erased_at:
        return
    if kind == ConcernKind.OBJECTION and notice.milestone:
        objections.object_(notice.milestone, person=person, text=text, source=Source.PAGE)
    else:
        concerns.raise_(
            notice.upgrade, text=text, kind=kind, source=Source.PAGE, person=person, milestone=notice.milestone
        )


@transaction.atomic
def nominate(message: Message, *, name: str, email: str, why: str) -> None:
    """The answer is the same whether we know the person or not."""
    person = Person.objects.held(message.person_id)
    if not person.erased_at:
        nominating.nominate(message.notice.upgrade, name=name, email=email, why=why, source=Source.PAGE, by=person)


ACTS: dict[str, Callable[..., None]] = {"ask": ask, "nominate": nominate}


def forms_for(bound: Mapping[str, forms.Form]) -> dict[str, Any]:
    return {name: bound.get(name) or form(prefix=name) for name, form in FORMS.items()}


def mine(message: Message, *, language: str) -> list[Mine]:
    """What this person wrote, and what was noted elsewhere as theirs once it has an answer."""
    person = message.person
    found = Concern.objects.filter(upgrade=message.notice.upgrade, person=person)
    found = found.select_related("objection__conflict__upgrade").filter(
        Q(source=Source.PAGE) | Q(state=ConcernState.ANSWERED)
    )
    return [
        Mine(
            text=one.text,
            kind=str(KINDS[ConcernKind(one.kind)]),
            said=str(SAID[ConcernState(one.state)]),
            is_answered=one.state == ConcernState.ANSWERED,
            decided=_decided(one, language),
            answer=one.answer if one.state == ConcernState.ANSWERED else "",
            at=time.full(one.answered_at or one.created_at, zone=person.time_zone, language=language),
        )
        for one in found.order_by("-created_at", "-pk")[:MOST_SHOWN]
    ]


def _decided(concern: Concern, language: str) -> str:
    """What became of the date that somebody objected to."""
    said = getattr(concern, "objection", None)
    if said is None or said.conflict is None or not said.conflict.is_decided:
        return ""
    conflict = said.conflict
    date = time.window(conflict.became_start, conflict.became_end, zone=conflict.upgrade.time_zone, language=language)
    return str(DECIDED[Decision(conflict.decision)]) % {"date": date}
