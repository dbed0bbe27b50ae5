from datetime import timedelta

import pytest


@pytest.fixture
def upgrade(db):
    from tests import factories  # noqa: PLC0415  settings are not there yet when this file is read

    return factories.upgrade("Mail migration")


@pytest.fixture
def window(upgrade):
    from tests import factories  # noqa: PLC0415
    from tests.factories import NOW  # noqa: PLC0415

    start = NOW + timedelta(days=14)
    return factories.milestone(upgrade, name="Go-live", start=start, end=start + timedelta(hours=4), status="confirmed")


@pytest.fixture
def ben(db):
    from tests import factories  # noqa: PLC0415

    return factories.account("Ben Brand", role="approver")
