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
