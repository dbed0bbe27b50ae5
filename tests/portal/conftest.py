import pytest
from django.core.cache import cache

from portal import shelf


@pytest.fixture(autouse=True)
def empty_shelf():
    """No copy of a page made by another test."""
    cache.clear()
    shelf.clear()
