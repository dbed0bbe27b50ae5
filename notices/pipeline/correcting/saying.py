"""What a correction is called."""

from notices.pipeline.correcting.needing import Letter, wrong_by_subject
from notices.pipeline.ledger import Plan

NAMES = {
    "start": "start",
    "end": "end",
    "downtime": "downtime",
    "impact": "impact",
    "status": "status",
    "services": "services",
    "sites": "sites",
    "action": "what to do",
    "action_deadline": "deadline",
    "contact_name": "contact",
    "contact_email": "contact",
    "contact_phone": "contact",
}


def title(letter: Letter, plan: Plan) -> str:
    """ "Correction: start of Go-live"."""
    said = [f"{_names(names)} of {_subject(key, plan)}" for key, names in wrong_by_subject(letter).items()]
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    return f"Correction: {said[0][: 105 - len(more)]}{more}" if said else "Correction"


def _names(names: list[str]) -> str:
    """Who hears of another start expects another end."""
    those = [name for name in NAMES if name in names]
    if "start" in those and "end" in those:
        those.remove("end")
    shown = list(dict.fromkeys(NAMES[name] for name in those))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _subject(key: str, plan: Plan) -> str:
    return str(plan.milestones[key]) if key in plan.milestones else str(plan.upgrade)
