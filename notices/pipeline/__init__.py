"""From a plan to what came back, stage by stage. docs/architecture.md draws it.

    the stages      planning, schedule, approve, audience, render, outbox, deliver, coming_back, ledger, correcting
    the clock       clockwork, interruption
    by a person     byhand, kit
    to named people direct
    the way out     outlets, limits, hours
    beside          templates; public (dates that outsiders may see)

Which of them may know which is said in pyproject.toml, "The pipeline runs one way".
"""
