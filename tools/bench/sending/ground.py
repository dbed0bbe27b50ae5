"""100,000 people, groups of them, and notices to send, which the product fills and records as any other."""

from datetime import datetime, timedelta
from itertools import count

from django.core.management import call_command
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Account
from notices import wording
from notices.enums import OPEN, MessageState, NoticeKind, NoticeState
from notices.models import Message, Notice, Variant
from notices.pipeline import approve
from stakeholders.enums import Channel
from stakeholders.models import Group
from upgrades.enums import Impact, MilestoneKind, Phase, Status
from upgrades.models import Milestone, Service, Upgrade

PEOPLE = 100_000
SIZES = [20, 1_000, 2_000, 5_000, PEOPLE]
OLD = 1_000_000
PEOPLE_IN_GROUPS = """
INSERT INTO stakeholders_person (name, email, email_state, phone, external_id, department, job_title, time_zone,
    language, reader_level, wants_invitations, is_list, tags, works_on, preferred_channel, refused_channels,
    own_choices, created_at)
SELECT (ARRAY['Ana', 'Jörg', 'Zoë', 'Cai', 'Élise'])[1 + n %% 5] || ' ' || (ARRAY['Berg', 'Groß', 'Lang'])[1 + n %% 3]
       || ' ' || n, 'person' || n || '@example.org', 'working', '', '', '', '',
       (ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Europe/London'])[1 + n %% 4],
       (ARRAY['en', 'de', 'fr'])[1 + n %% 3], 'plain', false, false, '{}', '{1,2,3,4,5}', '', '{}', '{}', now()
FROM generate_series(1, %(people)s) n;
INSERT INTO stakeholders_group (name, category, description, created_at)
SELECT 'First ' || size, 'staff', '', now() FROM unnest(%(sizes)s::int[]) size;
INSERT INTO stakeholders_membership (group_id, person_id, is_representative)
SELECT whole.id, person.id, false
FROM stakeholders_group whole JOIN stakeholders_person person ON person.id <= substr(whole.name, 7)::int;
"""
HISTORY = """
INSERT INTO notices_message (notice_id, variant_id, person_id, channel, state, reason, address, "values", priority,
    not_before, created_at, sent_at, sha256, attempts)
SELECT %(notice)s, %(variant)s, person.id, 'email', 'sent', '', person.email,
       jsonb_build_object('name', person.name, 'zone', person.time_zone, 'outside', true), 10,
       %(at)s, %(at)s, %(at)s, decode(repeat('ab', 32), 'hex'), 1
FROM stakeholders_person person;
"""
_numbers = count(1)


def build() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no history of what nobody did
        cursor.execute(PEOPLE_IN_GROUPS, {"people": PEOPLE, "sizes": SIZES})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    ana = Account.objects.create_user("ana@example.org", None, name="Ana Abel", roles=[Role.COMMUNICATIONS_MANAGER])
    Account.objects.create_user("ben@example.org", None, name="Ben Brand", roles=[Role.APPROVER])
    _window(_upgrade(owner=ana))


def _upgrade(*, owner: Account) -> Upgrade:
    upgrade = Upgrade.objects.create(
        name="Mail migration",
        slug="mail-migration",
        phase=Phase.PLANNING,
        published_at=timezone.now(),
        owner=owner,
        contact_name="Service Desk",
        contact_email="help@example.org",
        time_zone="Europe/Berlin",
        country="DE",
        objective="Mail runs on the new system.",
        why="The old servers are no longer supported.",
        benefit="A bigger mailbox and faster search.",
    )
    upgrade.services.set([Service.objects.create(name="Mail"), Service.objects.create(name="Calendar")])
    return upgrade


def _window(upgrade: Upgrade) -> None:
    start = timezone.now().replace(microsecond=0) + timedelta(days=20)
    Milestone.objects.create(
        upgrade=upgrade,
        name="Wave 1",
        kind=MilestoneKind.GO_LIVE,
        status=Status.CONFIRMED,
        start=start,
        end=start + timedelta(hours=4),
        impact=Impact.OUTAGE,
        downtime=60,
        effect="You cannot send or receive mail.",
        action="Log out of webmail.",
    )


def notice(size: int, *, is_urgent: bool = False, now: datetime | None = None) -> Notice:
    """Approved, to the first so many people, and due in an hour: it goes out when somebody fills it."""
    now = now or timezone.now()
    milestone = Milestone.objects.get()
    ana, ben = Account.objects.order_by("pk")
    made = Notice.objects.create(
        upgrade=milestone.upgrade,
        milestone=milestone,
        title=f"Notice {next(_numbers)}",
        kind=NoticeKind.ANNOUNCEMENT,
        channels=[Channel.EMAIL],
        audience={"groups": [Group.objects.get(name=f"First {size}").pk]},
        words=wording.of(NoticeKind.ANNOUNCEMENT),
        send_at=now + timedelta(hours=1),
        author=ana,
        is_urgent=is_urgent,
    )
    if made.needs_approval:
        approve.approve(made, revision=approve.submit(made, by=ana, now=now), by=ben, now=now)
    else:
        approve.schedule(made, by=ana, now=now)
    made.refresh_from_db()
    return made


def grow_old() -> None:
    """A million messages that were sent long ago."""
    now = timezone.now()
    with connection.cursor() as cursor:
        for number in range(OLD // PEOPLE):
            old, at = notice(PEOPLE, now=now), now - timedelta(days=60 + number)
            variant = Variant.objects.filter(revision=old.approved_revision).order_by("pk")[0].pk
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(HISTORY, {"notice": old.pk, "variant": variant, "at": at})
            cursor.execute("SET session_replication_role = DEFAULT")
            Notice.objects.filter(pk=old.pk).update(
                state=NoticeState.RELEASED, send_at=at, released_at=at, release={"date": at.isoformat()}
            )
        cursor.execute("VACUUM ANALYZE notices_message")
        cursor.execute("CHECKPOINT")  # or it goes on beside what is measured next


def last(made: Notice) -> int | None:
    return Message.objects.filter(notice=made).aggregate(last=Max("pk"))["last"]


def is_under_way(message: int | None) -> bool:
    return message is not None and Message.objects.filter(pk=message, state__in=OPEN).exists()


def is_open(made: Notice) -> bool:
    return Message.objects.filter(notice=made).waiting().exists() or _of(made, MessageState.SENDING).exists()


def sent(made: Notice) -> int:
    return _of(made, MessageState.SENT).count()


def _of(made: Notice, state: str):
    return Message.objects.filter(notice=made, state=state)
