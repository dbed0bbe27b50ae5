"""Which upgrades the clock has to look at: cheap, because nearly always nothing differs. A handful of queries, whatever
the number of upgrades; only then is anybody asked who believes what."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Value

from engagement.models import Telling as Conversation
from notices.enums import PUT_RIGHT
from notices.models import Call, Notice
from notices.pipeline.correcting import quiet
from notices.pipeline.ledger import Belief, Plan, Source, Telling, is_wrong, plans_of, reliable
from upgrades.facts import Facts
from upgrades.models import Upgrade

NOBODYS = Telling(key=0, on=date.min, differences=0, by="")


def differing(*, now: datetime) -> list[Upgrade]:
    """Those of which something that anybody may have been told is otherwise now, unless it is remembered that all of
    them know; and those that have proposals or calls: these may be of no more use."""
    return [plan.upgrade for plan, _ in plans_to_look_at(now=now)]


def plans_to_look_at(*, now: datetime) -> list[tuple[Plan, str]]:
    """Each with the fingerprint under which to remember that nobody turned out to be wrong; empty where none can be."""
    told, busy = _told(), _under_way()
    upgrades = Upgrade.objects.filter(pk__in=told.keys() | busy).select_related("owner").prefetch_related("services")
    plans = plans_of(list(upgrades.order_by("pk")), now=now)
    others = [one for one in plans if one.upgrade.pk not in busy]
    suspects = [one for one in others if may_be_wrong(told.get(one.upgrade.pk, []), one)]
    prints = quiet.fingerprints(suspects, told, now=now)
    worth = busy | {one.upgrade.pk for one in suspects} - quiet.known(prints, now=now)
    return [(one, prints.get(one.upgrade.pk, "")) for one in plans if one.upgrade.pk in worth]


def may_be_wrong(tellings: Iterable[Facts], plan: Plan) -> bool:
    """Whether anybody who was told just one of these would be wrong. Says yes rather too often."""
    for facts in tellings:
        source = Source(NOBODYS, facts)
        if any(is_wrong(Belief(fact, value, source), plan) for fact, value in facts.items()):
            return True
    return False


def _told() -> dict[int, list[Facts]]:
    """By upgrade what was told, as long as any of its milestones may still come or was told to."""
    found: dict[int, list[Facts]] = defaultdict(list)
    released = Notice.objects.filter(released_at__isnull=False, approved_revision__isnull=False).order_by()
    conversations = Conversation.objects.valid().order_by()
    of_letters = released.values_list("upgrade_id", "approved_revision__facts", Value(0), "pk")
    of_talks = conversations.values_list("engagement__upgrade_id", "facts", Value(1), "pk")
    for key, facts, _, _ in sorted(of_letters.union(of_talks, all=True), key=lambda row: row[2:]):
        if (kept := reliable(facts)) and kept not in found[key]:
            found[key].append(kept)
    return found


def _under_way() -> set[int]:
    letters = (Notice.objects.waiting() | Notice.objects.missed()).filter(kind__in=PUT_RIGHT).order_by()
    calls = Call.objects.open().order_by().values_list("upgrade_id", flat=True)
    return set(letters.values_list("upgrade_id", flat=True).union(calls))
