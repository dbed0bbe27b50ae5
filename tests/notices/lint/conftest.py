import pytest


@pytest.fixture
def findings_of(db):
    """The findings of one rule in an upgrade, by place."""
    from notices.lint import checking, loading  # noqa: PLC0415  settings are not there yet when this file is read
    from tests.factories import NOW  # noqa: PLC0415

    def find(rule, upgrade, *, now=NOW):
        found = checking.run(loading.load(upgrade, now=now))
        return {str(one.place): one for one in found if one.rule.id == rule}

    return find


@pytest.fixture
def mend(findings_of, ana):
    """Applies the fix of a finding; what the rule finds afterwards."""
    from notices.lint import fixing  # noqa: PLC0415
    from tests.factories import NOW  # noqa: PLC0415
    from upgrades.models import Upgrade  # noqa: PLC0415

    def do(rule, upgrade, place):
        fixing.apply(upgrade, findings_of(rule, upgrade)[place].fix, by=ana, now=NOW)
        return findings_of(rule, Upgrade.objects.get(pk=upgrade.pk))

    return do


@pytest.fixture
def line(db):
    """A notice of the plan with its step, to everybody affected unless it says to whom."""
    from notices.enums import NoticeKind  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    def make(window, kind=NoticeKind.ANNOUNCEMENT, *, audience=None, notice=None, **fields):
        from notices.pipeline import schedule  # noqa: PLC0415

        rule = {"affected": True} if audience is None else audience
        step = factories.step(window, audience=rule, **fields)
        own = {"send_at": None, "waits_for": step.event} if step.event else {"send_at": schedule.due_at(step)}
        made = factories.notice(step=step, kind=kind, audience=rule, title=step.name, **{**own, **(notice or {})})
        step.notice = made
        return step

    return make
