"""What is told of people, groups and sites."""

from django.urls import reverse

from accounts.trails import Part, Trail
from stakeholders.models import Absence, Address, Group, Membership, OptOut, Person, Relation, Site

RECORD = (
    *("name", "email", "phone", "external_id", "department", "job_title", "site_id", "time_zone", "language"),
    *("reader_level", "is_list", "tags", "works_from", "works_until", "works_on"),
)


def why_not(person: Person) -> str:
    if person.erased_at:
        return "Erased: nothing from before is kept."
    return "This record was merged into another one." if person.merged_into_id else ""


TRAILS = (
    Trail(
        kind="person",
        model=Person,
        noun="Person",
        edits="people.edit",
        plain=RECORD,
        hides=("own_choices",),
        parts=(
            Part.of(Membership, "person_id", "Group", name="group_id"),
            Part.of(OptOut, "person_id", "Opt-out", name="topic", hides=("at",)),
            Part.of(Address, "person_id", "Address", name="channel", hides=("secret",)),
            Part.of(Absence, "person_id", "Absence"),
            Part.of(Relation, "person_id", "Tie", name="tie"),
        ),
        zone=lambda row: "",
        why_not=why_not,
    ),
    Trail(
        kind="group",
        model=Group,
        noun="Group",
        edits="people.edit",
        plain=("name", "category", "description"),
        parts=(Part.of(Membership, "group_id", "Member", name="person_id"),),
    ),
    Trail(
        kind="site",
        model=Site,
        noun="Site",
        edits="people.edit",
        plain=("name",),
        url=lambda row: reverse("site_edit", args=[row.pk]),
        zone=lambda row: "",
    ),
)
