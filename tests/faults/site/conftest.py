import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.db import connections

from tests.conftest import FOLDERS, PREFIX
from tests.faults.site.receiver import Receiver
from tests.faults.site.running import Site


@pytest.fixture(scope="package")
def one_site(django_db_setup):
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}site-", dir=FOLDERS))
    receiver = Receiver()
    site = Site(folder, receiver)
    try:
        site.start(connections["default"].settings_dict)
        yield site
    finally:
        site.close()
        receiver.close()
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(one_site, db):
    """Everything runs when a test begins. `db`: so that there are tables to begin with."""
    one_site.as_usual()
    return one_site
