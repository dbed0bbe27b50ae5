"""The kit, the check of the plan and the plan templates speak of the same lines."""

import pytest

from notices.lint.rules import risk
from notices.pipeline import templates
from notices.pipeline.kit.buttons import BUTTONS

OF_KIT = {(button.kind, button.event) for button in BUTTONS.values()}


def test_what_the_check_misses_is_what_a_button_has():
    assert {(kind, event) for kind, (event, _) in risk.KIT.items()} <= OF_KIT


@pytest.mark.parametrize("template", templates.known.shipped(), ids=lambda one: one.key)
def test_every_template_lays_out_what_may_be_needed_in_a_hurry(template):
    laid = {(step.kind, step.event) for step in template.steps if step.event}

    keys = ("postpone", "extend", "roll_back", "cancel", "outage")
    assert {(BUTTONS[key].kind, BUTTONS[key].event) for key in keys} <= laid
