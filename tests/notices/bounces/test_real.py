"""The collection of real ones that lies beside the checkout. It is not part of the project."""

import tomllib
from pathlib import Path

import pytest

from notices.bounces import read

REAL = tomllib.loads((Path(__file__).parent / "real.toml").read_text())
PLACE = Path(__file__).parents[4] / "shared" / "data" / "bounces"
ANSWER = {True: "yes", False: "no", None: ""}

pytestmark = pytest.mark.skipif(not PLACE.exists(), reason="the collection of real bounces is not here")


def seen(name: str) -> list[list[str]]:
    path = next(path for folder in (PLACE, PLACE / "not-bounces") if (path := folder / f"{name}.eml").exists())
    return [
        [str(report.kind), report.address, ANSWER[report.is_permanent], str(report.about)]
        for report in read(path.read_bytes())
    ]


@pytest.mark.parametrize("name", REAL)
def test_real_ones_are_understood(name):
    assert seen(name) == REAL[name]


def test_none_is_left_out():
    assert {path.stem for path in PLACE.rglob("*.eml")} == set(REAL)
