"""Every rule is there, has its page in the help, and tests that try it both ways."""

import re
from pathlib import Path

import pytest

from notices.enums import Severity
from notices.lint import catalogue
from notices.views import helping

HERE = Path(__file__).parent
ERRORS = {
    *("COV001", "COV002", "COV003", "COV004", "COV006", "COV007", "LEAD001", "LEAD002", "LEAD004", "BLK001", "BLK003"),
    *("CNT001", "CNT003", "CNT004", "CNT008", "GOV001", "GOV002", "EXP001", "EXP003", "PRV001"),
}
WARNINGS = {
    *("COV005", "COV008", "COV009", "COV010", "COV011", "COV012", "LEAD003", "LEAD005", "FAT001", "FAT002", "FAT003"),
    *("BLK002", "BLK004", "BLK005", "CNT002", "CNT005", "CNT006", "CNT009", "CNT010", "CNT012", "CNT013", "CNT014"),
    *("GOV003", "GOV004", "RSK001", "RSK002", "EXP002", "MEA001"),
}
HINTS = {"FAT004", "CNT007", "CNT011"}
ALL = sorted(ERRORS | WARNINGS | HINTS)


def ids(severity):
    return [rule.id for rule in catalogue.rules() if rule.severity == severity]


def test_the_whole_catalogue_is_there():
    assert ids(Severity.ERROR) == sorted(ERRORS)
    assert ids(Severity.WARNING) == sorted(WARNINGS)
    assert ids(Severity.INFO) == sorted(HINTS)


@pytest.mark.parametrize("key", ALL)
def test_a_rule_has_a_page_that_says_what_to_do(key):
    rule, topic = helping.rule_pages()[key.lower()]

    assert topic.title.startswith(f"{key} ")
    assert topic.summary.endswith(".")
    assert rule.source
    assert topic.words.count("<h2 ") >= 2


@pytest.mark.parametrize("key", ALL)
def test_a_rule_is_tried_both_ways(key):
    tests = "".join(path.read_text() for path in HERE.rglob("test_*.py") if path != Path(__file__))

    assert len(re.findall(rf"\b{key}\b", tests)) >= 2
