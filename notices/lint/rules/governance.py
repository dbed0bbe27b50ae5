"""Whether somebody stands behind it."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from notices.audiences.crowds import size
from notices.enums import Medium, NoticeKind, NoticeState, Sender, Severity
from notices.lint import telling
from notices.lint.findings import Fix, Found, rule
from notices.lint.line import Line
from notices.lint.phrases import listed
from notices.lint.plan import LoadedPlan
from notices.models import Notice, Revision
from notices.pipeline import approve, render

GREW = 0.1
GREW_AT_LEAST = 5
REASONS = ("why", "why_now", "risk")


@rule(
    "GOV001",
    Severity.ERROR,
    "Nobody is there who owns or approves it",
    source="listmonk 3220; notifications-admin 3522",
)
def somebody_owns_and_approves(plan: LoadedPlan) -> Iterator[Found]:
    owner = plan.upgrade.owner
    problems = [] if owner.is_active else [f"its owner {owner} cannot log in any more"]
    if not plan.people.approvers and any(_is_to_be_approved(line) for line in plan.lines):
        problems.append("no account may approve notices")
    if problems:
        yield Found(
            place=plan.place,
            sentence=f"“{plan.upgrade}” has nobody behind it: {listed(problems)}.",
            facts={"owner": owner.pk, "problems": problems},
            fix=_another(plan)
            if not owner.is_active
            else Fix("open", "Give somebody that role", {"url": reverse("accounts")}),
        )
    for line in plan.lines:
        if found := _own_owner(line) or _own_approver(plan, line):
            yield found


def _another(plan: LoadedPlan) -> Fix:
    return Fix("open", "Choose another owner", {"url": reverse("upgrade_edit", args=[plan.upgrade.slug])})


def _is_to_be_approved(line: Line) -> bool:
    waits = line.notice and line.notice.state in (NoticeState.DRAFT, NoticeState.IN_REVIEW)
    return bool(waits and line.notice and line.notice.needs_approval)


def _own_owner(line: Line) -> Found | None:
    owner = line.step.owner if line.step and not line.is_done and line.is_alive else None
    if owner is None or owner.is_active:
        return None
    return Found(
        place=line.place,
        sentence=f"{owner}, who sees to “{line.name}”, cannot log in any more.",
        facts={"line": str(line.place), "owner": owner.pk},
        fix=Fix("give_to_owner", "Give it to the owner of the upgrade", {"step": line.place.pk}),
    )


def _own_approver(plan: LoadedPlan, line: Line) -> Found | None:
    """Of two who could approve, one is always left."""
    notice = line.notice
    if notice is None or not _is_to_be_approved(line) or plan.people.approvers - {notice.author_id}:
        return None
    why = approve.four_eyes(notice, size=size(plan.crowd(line)))
    if not why or not plan.people.approvers:
        return None
    return Found(
        place=line.place,
        sentence=f"“{line.name}” needs a second pair of eyes ({why}), and only {notice.author}, who wrote it, "
        "may approve.",
        facts={"line": str(line.place), "author": notice.author_id},
        fix=Fix("open", "Give somebody else that role", {"url": reverse("accounts")}),
    )


@rule("GOV002", Severity.ERROR, "It is not what was approved", source="Approval binds to a revision")
def it_is_what_was_approved(plan: LoadedPlan) -> Iterator[Found]:
    """Only of what is approved at this moment: what went back to review asks for itself."""
    for line in plan.lines:
        notice = line.notice
        revision = plan.told.approved.get(notice.pk) if notice and notice.state == NoticeState.APPROVED else None
        if notice is None or revision is None:
            continue
        if differs := [*_differs(notice, revision), *_grew(plan, line, notice)]:
            yield Found(
                place=line.place,
                sentence=f"“{line.name}” is approved, and since then {listed(differs)} changed.",
                facts={
                    "line": str(line.place),
                    "revision": revision.pk,
                    "differs": [one.split(" (")[0] for one in differs],
                    "now": _by_now(notice, revision),
                },
                fix=Fix("ask_again", "Ask for approval again", {"notice": notice.pk}),
            )


def _differs(notice: Notice, revision: Revision) -> list[str]:
    names = approve.changed_facts(notice, revision.facts)
    found = sorted({name.split(".", 1)[1].replace("_", " ") for name in names})
    found += ["who gets it"] if revision.audience != notice.audience else []
    return found + (["the channels"] if sorted(revision.channels) != sorted(notice.channels) else [])


def _by_now(notice: Notice, revision: Revision) -> dict[str, Any]:
    """What nobody has approved, as it is."""
    current = render.facts_of(notice)
    facts = {name: current.get(name) for name in approve.changed_facts(notice, revision.facts)}
    return facts | {"audience": notice.audience, "channels": sorted(notice.channels)}


def _grew(plan: LoadedPlan, line: Line, notice: Notice) -> list[str]:
    before, by_now = notice.approved_size or 0, size(plan.crowd(line))
    if notice.approved_size is None or by_now - before < max(GREW_AT_LEAST, GREW * before):
        return []
    return [f"its audience (from {before:,} to {by_now:,} people)"]


@rule("GOV003", Severity.WARNING, "The reason comes from the wrong person", source="Prosci: preferred senders")
def the_sponsor_says_why(plan: LoadedPlan) -> Iterator[Found]:
    """Where the sponsor is known, and people have to change something, they hear from the sponsor; and a notice in the
    name of the sponsor needs one."""
    sponsor = plan.upgrade.sponsor_name
    nameless = (
        [] if sponsor else [one for one in plan.lines if _is_by_sponsor(one) and one.is_alive and not one.is_done]
    )
    if nameless:
        names = listed([f"“{name}”" for name in dict.fromkeys(one.name for one in nameless)])
        yield Found(
            place=plan.place,
            sentence=f"{names} should come from the sponsor, and nobody has said who that is.",
            facts={"has_sponsor": False},
            fix=Fix("open", "Name the sponsor", {"url": reverse("upgrade_edit", args=[plan.upgrade.slug])}),
        )
    says_why = [line for line in plan.lines if _says_why(plan, line)] if sponsor and _asks_to_change(plan) else []
    is_said = any(_is_by_sponsor(line) and line.is_alive for line in plan.lines) or any(one.is_out for one in says_why)
    if says_why and not is_said:
        first = says_why[0]
        yield Found(
            place=first.place,
            sentence=f"“{first.name}” says why it is done. People listen to {sponsor} about that, more than "
            "to the contact.",
            facts={"line": str(first.place), "sponsor": sponsor},
            fix=Fix("let_sponsor_say", f"Send it in the name of {sponsor}", {"step": first.place.pk}),
        )


def _asks_to_change(plan: LoadedPlan) -> bool:
    """People have to do or learn something, or to keep a date in mind: more than maintenance."""
    windows = telling.ahead(plan)
    has_date = bool(plan.notices(NoticeKind.SAVE_THE_DATE))
    has_training = any(line.medium == Medium.TRAINING for line in plan.lines)
    return bool(windows) and (has_date or has_training or any(one.action for one in windows))


def _is_by_sponsor(line: Line) -> bool:
    return bool(line.step and line.step.sender == Sender.SPONSOR and line.notice)


def _says_why(plan: LoadedPlan, line: Line) -> bool:
    if not line.step or not line.notice or line.kind not in telling.ANNOUNCES or not telling.tells(line, now=plan.now):
        return False
    printed = {name for text in line.notice.words for name in render.asserted(text["body"])}
    return any(name in printed and getattr(plan.upgrade, name) for name in REASONS)


@rule("GOV004", Severity.WARNING, "Nobody is named whom people can ask", source="Responsibility matrix")
def somebody_can_be_asked(plan: LoadedPlan) -> Iterator[Found]:
    """Every line has an owner: its own, or that of the upgrade."""
    upgrade = plan.upgrade
    missing = [] if upgrade.contact_name.strip() else ["a name"]
    missing += [] if upgrade.contact_email or upgrade.contact_phone else ["an address or phone number"]
    if missing and telling.ahead(plan):
        yield Found(
            place=plan.place,
            sentence=f"The contact of “{upgrade}” lacks {listed(missing)}: people do not know whom to ask.",
            facts={"missing": missing},
            fix=Fix("open", "Enter the contact", {"url": reverse("upgrade_edit", args=[upgrade.slug])}),
        )
