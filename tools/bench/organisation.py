"""A large organisation: 100,000 people in 2,000 groups, and 50 upgrades that run at the same time."""

from datetime import UTC, datetime, time, timedelta

from django.core.management import call_command
from django.db import connection

from accounts.enums import Role
from accounts.models import Account
from notices import wording
from notices.enums import Edge, NoticeKind, Unit
from notices.models import Notice, PlanStep
from notices.pipeline import schedule
from stakeholders.enums import Category, Channel
from upgrades.enums import Impact, MilestoneKind, Phase, Quadrant, Status
from upgrades.models import Assessment, Milestone, Service, Stakeholder, Upgrade

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE, GROUPS, MEMBERSHIPS, SITES, SERVICES = 100_000, 2_000, 170_000, 40, 200
UPGRADES, MILESTONES, STEPS, STAKES = 50, 4, 200, 40
KINDS = [NoticeKind.ANNOUNCEMENT, NoticeKind.REMINDER, NoticeKind.FINAL, NoticeKind.STARTED, NoticeKind.COMPLETED]
PEOPLE_AND_GROUPS = """
INSERT INTO stakeholders_site (name, time_zone, country, subdivision)
SELECT 'Site ' || n, (ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Europe/London'])[1 + n %% 4],
       (ARRAY['DE', 'US', 'JP', 'GB'])[1 + n %% 4], '' FROM generate_series(1, %(sites)s) n;
INSERT INTO stakeholders_group (name, category, description, created_at)
SELECT 'Group ' || n, CASE WHEN n %% 20 = 0 THEN 'it' ELSE 'staff' END, '', now() FROM generate_series(1, %(groups)s) n;
INSERT INTO stakeholders_person (name, email, email_state, phone, external_id, department, job_title, site_id,
    time_zone, language, reader_level, wants_invitations, is_list, tags, works_on, preferred_channel, refused_channels,
    own_choices, created_at, archived_at)
SELECT 'Person ' || n, 'person' || n || '@example.org', 'working', '', '', 'Department ' || n %% 300, '',
       CASE WHEN n %% 50 = 0 THEN NULL ELSE 1 + n %% %(sites)s END,
       (ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Europe/London'])[1 + n %% 4],
       (ARRAY['en', 'de', 'fr'])[1 + n %% 3], 'plain', false, false, '{}', '{1,2,3,4,5}', '', '{}', '{}', now(),
       CASE WHEN n %% 40 = 0 THEN now() END
FROM generate_series(1, %(people)s) n;
INSERT INTO stakeholders_membership (group_id, person_id, is_representative)
SELECT 1 + (n * 7919 + n / %(people)s) %% %(groups)s, 1 + n %% %(people)s, n %% 100 = 0
FROM generate_series(1, %(memberships)s) n
ON CONFLICT DO NOTHING;
INSERT INTO stakeholders_absence (person_id, deputy_id, start_on, end_on, note)
SELECT n, CASE WHEN n %% 2 = 0 THEN n + 1 END, date '2026-03-01' + n %% 120, date '2026-03-01' + n %% 120 + 7, ''
FROM generate_series(1, %(people)s - 1, 5) n;
ANALYZE;
"""


def build() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no history of what nobody did
        cursor.execute(
            PEOPLE_AND_GROUPS,
            {"people": PEOPLE, "groups": GROUPS, "memberships": MEMBERSHIPS, "sites": SITES},
        )
        planner = Account.objects.create_user("ana@example.org", None, name="Ana", roles=[Role.COMMUNICATIONS_MANAGER])
        services = _services()
        for number in range(UPGRADES):
            _upgrade(number, services, planner)
        cursor.execute("SET session_replication_role = DEFAULT; ANALYZE")


def _services() -> list[Service]:
    made = Service.objects.bulk_create(Service(name=f"Service {number}") for number in range(SERVICES))
    through = Service.users.through
    through.objects.bulk_create(
        through(service=service, group_id=1 + (number * 37 + group * 11) % GROUPS)
        for number, service in enumerate(made)
        for group in range(60)
    )
    return made


def _upgrade(number: int, services: list[Service], planner: Account) -> None:
    upgrade = Upgrade.objects.create(
        name=f"Upgrade {number}",
        slug=f"upgrade-{number}",
        phase=Phase.PLANNING,
        owner=planner,
        contact_name="Service Desk",
        contact_email="help@example.org",
        time_zone="Europe/Berlin",
        country="DE",
        why="The old one is no longer supported.",
    )
    upgrade.services.set(services[(number * 4) % SERVICES :][:4])
    milestones = [_milestone(upgrade, number, wave) for wave in range(MILESTONES)]
    milestones[0].sites.set(range(1, 4))
    stakes = Stakeholder.objects.bulk_create(
        Stakeholder(upgrade=upgrade, group_id=1 + (number * 53 + stake * 17) % GROUPS, impact_on_them=Impact.DEGRADED)
        for stake in range(STAKES)
    )
    Assessment.objects.bulk_create(
        Assessment(stakeholder=stake, influence=30 + place, interest=90 - place, at=NOW - DAY, by=planner)
        for place, stake in enumerate(stakes)
    )
    _lines(upgrade, milestones, number, planner)


def _milestone(upgrade: Upgrade, number: int, wave: int) -> Milestone:
    start = NOW + (20 + 14 * wave + number % 14) * DAY + timedelta(hours=12)
    return Milestone.objects.create(
        upgrade=upgrade,
        name=f"Wave {wave + 1}",
        kind=MilestoneKind.GO_LIVE,
        status=Status.CONFIRMED,
        start=start,
        end=start + timedelta(hours=4),
        impact=Impact.OUTAGE,
        downtime=60,
        effect="Nothing works.",
    )


def _lines(upgrade: Upgrade, milestones: list[Milestone], number: int, planner: Account) -> None:
    audiences = _audiences(number)
    steps = PlanStep.objects.bulk_create(
        PlanStep(
            upgrade=upgrade,
            milestone=milestones[line % MILESTONES],
            name=f"Line {line}",
            edge=Edge.START,
            offset=-1 - line % 15,
            unit=Unit.BUSINESS_DAYS,
            at=time(9 + line % 8),
            audience=audiences[line % len(audiences)],
            objective="People know.",
        )
        for line in range(STEPS)
    )
    Notice.objects.bulk_create(
        Notice(
            upgrade=upgrade,
            milestone=step.milestone,
            step=step,
            title=step.name,
            kind=KINDS[line % len(KINDS)],
            channels=[Channel.EMAIL, Channel.PORTAL],
            audience=step.audience,
            words=wording.of(KINDS[line % len(KINDS)]),
            send_at=schedule.due_at(step),
            author=planner,
        )
        for line, step in enumerate(steps)
    )


def _audiences(number: int) -> list[dict]:
    groups = [1 + (number * 29 + step * 3) % GROUPS for step in range(40)]
    return [
        {"affected": True},
        {"affected": True, "representatives_only": True},
        {"groups": groups},
        {"groups": groups[:10], "people": [number + 1, number + 2]},
        {"quadrants": [Quadrant.MANAGE_CLOSELY]},
        {"quadrants": [Quadrant.KEEP_INFORMED, Quadrant.MONITOR]},
        {"categories": [Category.IT]},
        {"affected": True, "groups": groups[:2]},
    ]
