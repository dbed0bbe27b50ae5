"""What is looked at in the ledger: which facts, which people, which moment."""

from datetime import datetime

from django import forms

from commsplan.lib import wallclock
from commsplan.lib.filters import Filter, SearchField
from notices.enums import Standing
from notices.insight.ledger import Board
from notices.insight.ledger_words import name_of, name_of_subject
from upgrades import fact_words
from upgrades.models import Upgrade


class MomentForm(Filter):
    """A moment that has passed, on the wall of the place."""

    at = wallclock.WallClockField(label="What did they believe on")

    def __init__(self, data=None, *, upgrade: Upgrade, now: datetime):
        super().__init__(data)
        self.zone, self.now = upgrade.time_zone, now
        latest = wallclock.show(now, zone=self.zone).strftime(wallclock.SHAPE)
        self.fields["at"].widget.attrs |= {"max": latest, "class": "form-control"}

    def clean_at(self):
        typed = self.cleaned_data["at"]
        if typed and wallclock.read(typed, zone=self.zone) > self.now:
            raise forms.ValidationError("That moment is still to come.")
        return typed

    @property
    def moment(self) -> datetime | None:
        typed = self.chosen.get("at")
        return wallclock.read(typed, zone=self.zone) if typed else None


class MatrixFilter(Filter):
    milestone = forms.ChoiceField(label="Milestone")
    fact = forms.ChoiceField(label="Fact")
    wrong = forms.BooleanField(label="Only where somebody is wrong")

    def __init__(self, data, *, board: Board):
        super().__init__(data)
        subjects = [(one, name_of_subject(board.plan, one)) for one in board.subjects]
        names = {name_of(fact): fact_words.label(fact) for fact in board.facts}
        ordered = sorted(names.items(), key=lambda pair: fact_words.place(f"upgrade.{pair[0]}"))
        self.fields["milestone"].choices = [("", "All milestones"), *subjects]  # type: ignore[attr-defined]
        self.fields["fact"].choices = [("", "All facts"), *ordered]  # type: ignore[attr-defined]


STANDINGS = [("", "However they stand"), *Standing.choices]


class BelieversFilter(Filter):
    """Who, of what and how they stand come from the cell; all can be changed here."""

    q = SearchField(label="Search", placeholder="Name, address or department")
    fact = forms.ChoiceField(label="Fact")
    who = forms.ChoiceField(label="Audience")

    def __init__(self, data, *, board: Board, audiences):
        super().__init__(data)
        self.fields["is"] = forms.ChoiceField(
            label="Standing",
            choices=STANDINGS,
            required=False,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields["who"].choices = [(one.key, one.name) for one in audiences]  # type: ignore[attr-defined]
        self.fields["fact"].choices = [("", "Anything"), *facts_by_milestone(board)]  # type: ignore[attr-defined]


def facts_by_milestone(board: Board) -> list:
    return [
        (
            name_of_subject(board.plan, subject),
            [
                (subject, f"{name_of_subject(board.plan, subject)}: all facts"),
                *((fact, fact_words.label(fact)) for fact in board.facts_of(subject)),
            ],
        )
        for subject in board.subjects
    ]
