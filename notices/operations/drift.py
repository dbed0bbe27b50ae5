"""How many people believe something wrong: asked of the ledger now and then, and carried on in between."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from notices.models import Reading
from notices.pipeline import ledger
from notices.pipeline.correcting import looking

EVERY = timedelta(minutes=10)
MOST = 20  # upgrades


def carried_on(last: Reading | None, *, now: datetime) -> Mapping[str, Any]:
    known = last.values if last else {}
    if "drift_at" in known and now - datetime.fromisoformat(known["drift_at"]) < EVERY:
        return {"drift": known["drift"], "drift_at": known["drift_at"]}
    return {"drift": people(now=now), "drift_at": now.isoformat()}


def people(*, now: datetime) -> int:
    """A person who is wrong about two upgrades counts twice."""
    plans = looking.plans_to_look_at(now=now)[:MOST]
    return sum(len(group.people) for plan, _ in plans for group in ledger.wrong(plan.upgrade, now=now, plan=plan))
