"""One plain function for each thing a test needs. Every argument has a default that makes sense; names are unique."""

from datetime import UTC, datetime, time, timedelta
from itertools import count

from accounts.enums import Role
from accounts.models import Account
from commsplan.lib import clock, secrets
from engagement.enums import Source
from engagement.models import Engagement, FollowUp, Participant
from feedback import objections
from feedback.enums import QuestionKind, SurveyState
from feedback.models import Concern, Question, Survey
from notices.enums import Edge, MessageState, NoticeKind, Unit
from notices.lint import checking, waiving
from notices.models import Message, Notice, Outlet, PlanStep
from notices.pipeline import approve, outbox
from stakeholders.enums import Channel
from stakeholders.models import Address, Group, Membership, Person, Site
from upgrades.enums import Attitude, Impact, Status
from upgrades.models import Assessment, CriticalDays, Milestone, Service, Stakeholder, Upgrade

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
WORDS = [
    {
        "language": "en",
        "level": "plain",
        "subject": "{{ services }} stop on {{ day }}",
        "body": "Hello {{ first_name }},\n\n{{ services }} will not be available: {{ window }}.\n",
    }
]
_numbers = count(1)


def account(name="Ana Abel", *, role: Role | None = Role.COMMUNICATIONS_MANAGER, **fields) -> Account:
    roles = fields.pop("roles", [role] if role else [])
    email = fields.pop("email", f"account{next(_numbers)}@example.org")
    return Account.objects.create_user(email, fields.pop("password", None), name=name, roles=roles, **fields)


def site(name="", **fields) -> Site:
    return Site.objects.create(name=name or f"Site {next(_numbers)}", **fields)


def person(name="", *, groups=(), **fields) -> Person:
    number = next(_numbers)
    made = Person.objects.create(name=name or f"Person {number}", **{"email": f"person{number}@example.org", **fields})
    Membership.objects.bulk_create([Membership(group=one, person=made) for one in groups])
    return made


def group(name="", *, people=(), representatives=(), **fields) -> Group:
    made = Group.objects.create(name=name or f"Group {next(_numbers)}", **fields)
    Membership.objects.bulk_create(
        [Membership(group=made, person=one) for one in people]
        + [Membership(group=made, person=one, is_representative=True) for one in representatives]
    )
    return made


def service(name="", *, users=(), **fields) -> Service:
    made = Service.objects.create(name=name or f"Service {next(_numbers)}", **fields)
    made.users.set(users)
    return made


def upgrade(name="", *, services=(), owner=None, **fields) -> Upgrade:
    number = next(_numbers)
    made = Upgrade.objects.create(
        name=name or f"Upgrade {number}",
        owner=owner or account("Olga Owner", role=Role.APPROVER),
        **{
            "slug": f"upgrade-{number}",
            "contact_name": "Service Desk",
            "contact_email": "help@example.org",
            "time_zone": "Europe/Berlin",
            "country": "DE",
            "subdivision": "BE",
            "why": "The old one is no longer supported.",
            **fields,
        },
    )
    made.services.set(services)
    return made


def milestone(of: Upgrade | None = None, *, services=(), sites=(), **fields) -> Milestone:
    """Two weeks after NOW, for four hours."""
    start = fields.setdefault("start", NOW + timedelta(days=14))
    fields.setdefault("end", start + timedelta(hours=4))
    made = Milestone.objects.create(
        upgrade=of or upgrade(), **{"name": "Go-live", "status": Status.CONFIRMED, "impact": Impact.DEGRADED, **fields}
    )
    made.services.set(services)
    made.sites.set(sites)
    return made


def stakeholder(who: Person | Group, *, of: Upgrade, **fields) -> Stakeholder:
    return Stakeholder.objects.create(upgrade=of, **{"person" if isinstance(who, Person) else "group": who}, **fields)


def assessment(of: Stakeholder, *, influence=50, interest=50, attitude=Attitude.NEUTRAL, at=NOW, by=None) -> Assessment:
    return Assessment.objects.create(
        stakeholder=of, influence=influence, interest=interest, attitude=attitude, at=at, by=by or account()
    )


def step(on: Milestone | None = None, **fields) -> PlanStep:
    """Five business days before the start, at nine."""
    on = on or milestone()
    defaults = {
        "name": "Announcement",
        "edge": Edge.START,
        "offset": -5,
        "unit": Unit.BUSINESS_DAYS,
        "at": None if fields.get("unit") == Unit.MINUTES else time(9),
        "audience": {"affected": True},
    }
    return PlanStep.objects.create(milestone=on, upgrade=on.upgrade, **{**defaults, **fields})


def notice(on: Milestone | Upgrade | None = None, *, people=(), **fields) -> Notice:
    """A draft by hand for `people`, due an hour after NOW. With `step=`, of that step."""
    if of_step := fields.get("step"):
        on = of_step.milestone
    on = on or milestone()
    defaults = {
        "upgrade": on.upgrade if isinstance(on, Milestone) else on,
        "milestone": on if isinstance(on, Milestone) else None,
        "title": "Announcement",
        "kind": NoticeKind.ANNOUNCEMENT,
        "channels": [Channel.EMAIL],
        "audience": {"people": [one.pk for one in people]},
        "words": WORDS,
        "send_at": NOW + timedelta(hours=1),
    }
    author = fields.pop("author", None) or account()
    return Notice.objects.create(author=author, **{**defaults, **fields})


def approved_notice(on: Milestone | Upgrade | None = None, *, by=None, people=(), now=NOW, **fields) -> Notice:
    """Approved by somebody else than its author; due an hour after NOW."""
    made = notice(on, people=people, **fields)
    if made.needs_approval:
        revision = approve.submit(made, by=made.author, now=now)
        approve.approve(made, revision=revision, by=by or account("Ben Brand", role=Role.APPROVER), now=now)
    else:
        approve.schedule(made, by=made.author, now=now)
    made.refresh_from_db()
    return made


def released_notice(on: Milestone | Upgrade | None = None, *, now=NOW, **fields) -> Notice:
    """Its messages wait in the outbox."""
    made = approved_notice(on, now=now, **{"send_at": now, **fields})
    outbox.fill(made, now=now)
    made.refresh_from_db()
    return made


def survey(of: Upgrade | None = None, *, questions=1, **fields) -> Survey:
    made = Survey.objects.create(
        upgrade=of or upgrade(), **{"title": "How was it?", "state": SurveyState.OPEN, **fields}
    )
    Question.objects.bulk_create(
        Question(
            survey=made,
            key=f"question-{number}",
            kind=QuestionKind.RATING,
            position=number,
            texts={"en": f"Question {number}?"},
        )
        for number in range(1, questions + 1)
    )
    return made


def critical_days(*, groups=(), sites=(), services=(), **fields) -> CriticalDays:
    """Two weeks after NOW, for a day, a soft freeze; for everybody unless it says for whom."""
    start = fields.setdefault("start", NOW + timedelta(days=14))
    fields.setdefault("end", start + timedelta(days=1))
    entered_by = fields.pop("entered_by", None) or account("Dora Dean", role=Role.DEPARTMENT_CONTACT)
    made = CriticalDays.objects.create(entered_by=entered_by, **{"name": "Examinations", **fields})
    made.groups.set(groups)
    made.sites.set(sites)
    made.services.set(services)
    return made


def engagement(of: Upgrade | None = None, *, people=(), **fields) -> Engagement:
    """Planned, an hour long, a day after NOW; `people` are invited."""
    start = fields.setdefault("start", NOW + timedelta(days=1))
    fields.setdefault("end", start + timedelta(hours=1))
    host = fields.pop("host", None) or account("Hana Host")
    made = Engagement.objects.create(
        upgrade=of or upgrade(), host=host, **{"title": "Town hall", "time_zone": "Europe/Berlin", **fields}
    )
    for one in people:
        participant(made, one)
    return made


def participant(of: Engagement, who: Person, **fields) -> Participant:
    return Participant.objects.create(engagement=of, person=who, **fields)


def follow_up(of: Engagement | None = None, **fields) -> FollowUp:
    return FollowUp.objects.create(engagement=of or engagement(), **{"text": "Send the slides", **fields})


def waive_errors(upgrade: Upgrade, *, by: Account, now: datetime = NOW) -> None:
    """The plan has its gaps; what is tested is something else."""
    for error in checking.check(upgrade, now=now).errors:
        waiving.waive(upgrade, error, reason="Not what this is about.", by=by, now=now)


def objection(on: Milestone, who: Person | None = None, *, text="We have examinations then.", **details) -> Concern:
    """On the personal page; `details` are those of feedback.objections.Details."""
    made = objections.object_(on, person=who, text=text, source=Source.PAGE, details=objections.Details(**details))
    assert made is not None
    return made


def outlet(channel: str, **fields) -> Outlet:
    """So that the channel can be chosen."""
    return Outlet.objects.create(channel=channel, **{"config": {"is": "set up"}} | fields)


def address(of: Person, channel: str, text: str = "", *, secret: str = "", **fields) -> Address:
    kept = secrets.encrypt(secret) if secret else None
    return Address.objects.create(
        person=of, channel=channel, address=text or f"{channel}-{of.pk}", secret=kept, **fields
    )


def names(claimed) -> list[str]:
    """Of those whose messages were claimed, in that order."""
    people = Person.objects.in_bulk(one.person_id for one in claimed)
    return [people[one.person_id].name for one in claimed]


def leases_end() -> None:
    """As if somebody had waited: leases run on the clock of the database, which no test can set."""
    Message.objects.filter(state=MessageState.SENDING).update(lease_until=clock.of_database() - timedelta(seconds=1))
