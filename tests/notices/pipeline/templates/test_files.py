"""What a template file may say, and how it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.enums import Medium
from notices.pipeline import templates
from notices.pipeline.templates.shape import PlanTemplate, Refused, TemplateStep

STEP = """name = "Mine"

[[steps]]
name = "Reminder"
kind = "reminder"
offset = "-5"
audience = { affected = true }
"""


def refused(text: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        templates.files.from_toml(text, key="mine")
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_step_is_read():
    [step] = templates.files.from_toml(STEP, key="mine").steps

    assert step == TemplateStep("Reminder", kind="reminder", offset="-5", audience={"affected": True})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('offset = "-5"', 'offset = "soon"', "Line 6: Step “Reminder”: “offset” cannot be 'soon'. Write \"-10\" for"),
        ('offset = "-5"', "offset = -5", "Line 6: Step “Reminder”: “offset” cannot be -5. Write \"-10\" for business"),
        ('offset = "-5"', 'ofset = "-5"', "Line 6: Step “Reminder”: “ofset” is no key of a step. Did you mean"),
        ('offset = "-5"', "", "Line 3: Step “Reminder”: it does not say when. Give an offset, or weekdays, or"),
        ('kind = "reminder"', 'kind = "remindr"', "Line 5: Step “Reminder”: “kind” cannot be “remindr”. Did you mean"),
        ('kind = "reminder"', "", "Line 3: Step “Reminder”: a notice has a kind. It is one of save_the_date"),
        ('kind = "reminder"', 'medium = "poster"\nkind = "final"', "Line 6: Step “Reminder”: “kind” is for notices."),
        ('kind = "reminder"', 'kind = "survey"', "Line 3: Step “Reminder”: it does not say which survey. It is one of"),
        ("affected = true", "afected = true", "Line 7: Step “Reminder”: an audience has no “afected”. Did you mean"),
        ("affected = true", "groups = [7]", "Line 7: Step “Reminder”: an audience has no “groups”. Their numbers mean"),
        ("affected = true", 'categories = ["It"]', "Line 7: Step “Reminder”: “categories” knows no “It”. Did you mean"),
        ("{ affected = true }", "{}", "Line 7: Step “Reminder”: nobody is told. Write for example"),
        ('offset = "-5"', 'event = "cancelled"\noffset = "-1"', "nobody knows an event before it happens."),
        ('offset = "-5"', 'weekdays = ["friday"]', "“weekdays” knows no “friday”. Did you mean “fri”?"),
        ('offset = "-5"', 'weekdays = ["fri"]\noffset = "-5"', "it has offset and weekdays."),
        ('offset = "-5"', 'weekdays = ["fri"]\nevery_weeks = 0', "“every_weeks” is 0. It is a whole number from 1"),
        ('offset = "-5"', 'offset = "-5m"\nclock = "reader"', "an exact moment is the same for everybody."),
        ('offset = "-5"', 'offset = "-5"\nat = "9"', "“at” cannot be '9'. Write a time of day in quotes, as"),
        ('offset = "-5"', 'offset = "-5"\nafter = "Go"', "no decision and no meeting is called “Go”."),
        ('offset = "-5"', 'offset = "-5"\nsender = "boss"', "“sender” cannot be “boss”. It is one of contact, sponsor"),
        ('offset = "-5"', 'offset = "-5"\non = "second"', "“on” cannot be “second”. It is one of first, each, last."),
        ('offset = "-5"', 'offset = "-5"\nchannels = []', "“channels” is empty. Give at least one of email,"),
        ('name = "Mine"', "", "Line 1: “name” is missing."),
        ('name = "Mine"', 'name = "Mine"\nhas_waves = "no"', "Line 2: “has_waves” cannot be 'no'. It is true"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_line_and_a_remedy(old, new, said):
    [problem] = refused(STEP.replace(old, new))

    assert said in problem


def test_text_that_is_no_toml_has_a_line():
    assert refused(STEP + "\nnot toml at all") == [
        "Line 9: This is no TOML: expected '=' after a key in a key/value pair. "
        "Texts stand in quotes, lists in square brackets, and every step begins with [[steps]]."
    ]


def test_every_mistake_is_named_at_once():
    problems = refused(STEP.replace("-5", "5x") + STEP.split("\n\n")[1].replace("kind", "kint"))

    assert [problem.split(":")[0] for problem in problems] == ["Line 6", "Line 10"]


@pytest.mark.parametrize(
    "text",
    [
        "steps = 7\nname = 'x'",
        "name = 7",
        "name = 'x'\nsteps = [1]",
        "name = 'x'\n[[steps]]\nname = ['a']\nchannels = 7\naudience = 3\nkind = []\nevent = 7\nwords = 'a'",
        "name = 'x'\n[[milestones]]\nname = 'each'\noffset = 3\nkind = {}\nat = 09:00:00",
    ],
)
def test_a_file_full_of_nonsense_is_refused_in_sentences(text):
    assert all(problem.endswith((".", "?")) for problem in refused(text))


# Writing


@pytest.mark.parametrize("template", templates.known.shipped(), ids=lambda template: template.key)
def test_a_shipped_template_reads_again_as_it_is(template):
    again = templates.files.from_toml(templates.files.to_toml(template), key=template.key)

    assert (again.name, again.has_waves, again.milestones) == (template.name, template.has_waves, template.milestones)
    assert again.steps == template.steps


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(lambda text: f"x{text}"[:100])


@given(name=TEXTS, subject=TEXTS, body=TEXTS.map(lambda text: text.replace("a", '"').replace("e", "\n")))
def test_any_text_survives_the_file(name, subject, body):
    words = ({"language": "en", "level": "plain", "subject": subject, "body": body},)
    step = TemplateStep(name, kind="reminder", offset="-5", audience={"affected": True}, words=words)
    template = PlanTemplate(key="mine", name=name, steps=[step])

    [again] = templates.files.from_toml(templates.files.to_toml(template), key="mine").steps

    assert (again.name, [dict(one) for one in again.words]) == (name, [dict(one) for one in words])


# The shipped ones


@pytest.mark.parametrize("template", templates.known.shipped(), ids=lambda template: template.key)
def test_a_shipped_template_has_all_that_every_plan_needs(template):
    names = {step.kind or step.medium for step in template.steps}
    events = {(step.event, step.kind) for step in template.steps if step.event}

    assert all(step.objective for step in template.steps)
    assert {"briefing", "final", "started", "completed", "survey", "meeting", "decision"} <= names
    assert events == {
        ("slipped", "postponed"), ("cancelled", "cancelled"), ("extended", "progress"),
        ("on_word", "rolled_back"), ("on_word", "outage"),
    }  # fmt: skip
    assert [step.after for step in template.steps if step.kind == "final"] == [
        step.name for step in template.steps if step.medium == Medium.DECISION and step.name.startswith("Go/no-go")
    ]
    assert [step.offset for step in template.steps if step.medium == "meeting" and "Review" in step.name] == ["20"]
