import pytest

from commsplan.lib import keys


@pytest.mark.parametrize(("typed", "meant"), [("7", 7), ("0", 0), ("9" * 18, 10**18 - 1)])
def test_a_number_is_read(typed, meant):
    assert keys.number(typed) == meant


@pytest.mark.parametrize("typed", [None, "", "-1", "1e9", "²", "٣", "a\x00", "9" * 19, "9" * 5000, " 7"])
def test_everything_else_is_the_default(typed):
    assert keys.number(typed) == 0
    assert keys.number(typed, default=3) == 3
