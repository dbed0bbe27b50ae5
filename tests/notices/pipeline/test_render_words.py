"""What people may write, what they are told about it, and what becomes of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices import wording
from notices.enums import NoticeKind
from notices.pipeline import render
from notices.pipeline.render import markdown, words
from tests import factories
from tests.fixtures import effort
from tests.notices.pipeline.samples import CONCERN, ENGAGEMENT, FACTS, message

UNFINISHED = "expected a primitive expression, found end of expression."
SAFE = "Links begin with https://, mailto: or tel:."
AROUND_RISK = 'Fill it in, or write {% if risk != "" %} … {% endif %} around it.'


def written(body: str, **values) -> tuple[str, str]:
    """HTML and text of a body, with these values."""
    tokens = markdown.read(words.fill(body, values))
    return markdown.html(tokens), markdown.text(tokens)


def problems(body: str, *, subject="Mail", facts=FACTS, has_milestone=True, has_survey=True, language="en"):
    said = [{"language": language, "level": "plain", "subject": subject, "body": body}]
    return render.check_words(said, has_milestone=has_milestone, has_survey=has_survey, facts=facts)


def sentences(body: str, **options) -> list[str]:
    return [
        f"{each.line}:{each.column} {each.sentence} {each.suggestion}".strip() for each in problems(body, **options)
    ]


# What words become


@pytest.mark.parametrize(
    "value", ["**x** <b>", "[a](http://evil)", "# no heading", "- a", "a | b", "`x`", "<http://x.y>"]
)
@pytest.mark.parametrize("body", ["{{ services }}", "a {{ services }} b", "**{{ services }}**", "- {{ services }}"])
def test_values_are_never_markup(body, value):
    html, text = written(body, services=value)

    assert "<a" not in html
    assert "<code" not in html
    assert value in text
    assert re.sub("<[^>]*>", "", html).count(value.replace("<", "&lt;").replace(">", "&gt;")) == 1


@given(
    value=st.text(max_size=40),
    body=st.sampled_from(["{{ x }}", "a\n\n{{ x }} {{ x }}", "[t](https://a.b/{{ x }})", "`{{ x }}`"]),
)
def test_no_value_makes_a_tag(value, body):
    html, _ = written(body, x=value)

    assert set(re.findall(r"</?(\w+)", html)) <= {"p", "a", "code", "br"}


def test_values_with_lines_keep_them():
    html, text = written("**Do.** {{ action }}", action="First this.\nThen that.")

    assert html == "<p><strong>Do.</strong> First this.<br>\nThen that.</p>\n"
    assert text == "Do. First this.\nThen that."


def test_addresses_in_prose_become_links_and_in_names_do_not():
    html, _ = written("{{ effect }} {{ services }}", effect="See https://a.example/x_y.", services="https://b.example/")

    assert html == '<p>See <a href="https://a.example/x_y">https://a.example/x_y</a>. https://b.example/</p>\n'


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "/relative", "vbscript:x", "file:///etc"]
)
def test_links_lead_to_the_web_a_mailbox_or_a_telephone(target):
    html, _ = written(f"[here]({target})")

    assert "<a" not in html


def test_links_may_be_put_together_from_facts():
    html, text = written(
        "[write](mailto:{{ contact_email }}) [call](tel:{{ contact_phone }})",
        contact_email="a@b.c",
        contact_phone="+49 30 1",
    )

    assert html == '<p><a href="mailto:a@b.c">write</a> <a href="tel:+49301">call</a></p>\n'
    assert text == "write <a@b.c> call <+49301>"


def test_html_written_by_people_is_shown_not_obeyed():
    html, _ = written("<script>alert(1)</script> <img src=x onerror=y> ![p](https://x.y/p.png)")

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_an_empty_value_leaves_no_empty_paragraph():
    html, text = written("One.\n\n{{ effect }}\n\nTwo.", effect="")

    assert html == "<p>One.</p>\n<p>Two.</p>\n"
    assert text == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("condition", "said"), [("action", "no"), ('action != ""', "no"), ("benefit", "yes"), ("benefit and action", "no")]
)
def test_asking_for_a_fact_works_both_ways(condition, said):
    _, text = written(f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}", action="", benefit="x")

    assert text == said


def test_plain_text_is_readable():
    _, text = written(
        "# Title\n\nSome **bold** and `code`, [a link](https://example.org/a) and <https://example.org/b>.\n\n"
        "1. one\n2. two\n   - deeper\n\n> said\n\n| a | bb |\n|---|---|\n| ccc | d |\n\n---\n\n~~old~~ &amp; \\*new\\*"
    )

    assert text == (
        "Title\n=====\n\n"
        "Some bold and code, a link <https://example.org/a> and\nhttps://example.org/b.\n\n"
        "1. one\n2. two\n   - deeper\n\n> said\n\na    bb\n---  --\nccc  d\n\n" + "-" * 72 + "\n\n~~old~~ & *new*"
    )


# What words may not do


@pytest.mark.parametrize(
    "body",
    [
        "{{ upgrade.delete }}",
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% include 'settings.py' %}",
        "{% render 'x' %}",
        "{% assign x = name %}{{ x }}",
        "{% capture x %}{{ name }}{% endcapture %}",
        "{{ name | upcase }}",
        "{{ services | date: '%Y' }}",
    ],
)
def test_the_sandbox_has_no_door(body):
    assert problems(body) != []
    with pytest.raises(render.CannotRender):
        render.of_message(message(body=body))


@pytest.mark.parametrize(
    "body", ["{{ why }}" * 600, "{{ upgrade }}" * 3000, "x" * 300_000, "{{ why | replace: 'e', why }}"]
)
def test_words_that_would_grow_without_end_are_refused(body):
    with pytest.raises(render.CannotRender):
        render.of_message(message(body=body, facts=FACTS | {"upgrade.why": "e" * 400}))


# What people are told


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{{ servces }}", "1:4 There is no placeholder “servces”. Did you mean {{ services }}?"),
        ("a\n\nb {{ xyz }}", "3:6 There is no placeholder “xyz”."),
        ("{{ upgrade.name }}", "1:4 There is no placeholder “upgrade.name”. Did you mean {{ upgrade }}?"),
        ("{{ why", "1:1 This opens, but does not close. Write }} where it ends."),
        ("a\n{% if why %}x", "2:1 “{% if %}” is not closed. Write {% endif %} after it."),
        ("{% iff why %}", "1:4 “{% iff %}” is not possible here. Did you mean {% if %}?"),
        ("{% elseif why %}", "1:4 “{% elseif %}” is not possible here. Did you mean {% elsif %}?"),
        ("{{ why | upcse }}", "1:10 There is no filter “upcse”. Did you mean | upcase?"),
        ("ok {{}}", f"1:4 This cannot be read: {UNFINISHED}"),
        ("x\n{% if why == %}{% endif %}", f"2:1 This cannot be read: {UNFINISHED}"),
        ("{% if name %}x{% endif %}", "1:7 “name” is different for every reader: it can be printed, not asked for."),
        ("{{ name | upcase }}", "1:4 “name” is different for every reader: it is printed as it is, without filters."),
        ("{{ risk }}", f"1:1 “risk” has no value, so it prints nothing. {AROUND_RISK}"),
        ("see [x](javascript:alert)", f"1:9 “javascript:alert” is not a safe link. {SAFE}"),
        ("", "1:1 The text is empty."),
    ],
)  # fmt: skip
def test_a_problem_has_a_place_a_sentence_and_advice(body, said):
    assert sentences(body) == [said]


def test_words_that_are_right_have_no_problems():
    body = """Hello {{ first_name }},

{% if risk != "" %}{{ risk }}{% endif %}{{ window }} {{ downtime | default: "a while" }}
[survey]({{ survey_link }}) {% unless action %}Nothing{% endunless %}{% comment %}{{ never }}{% endcomment %}
"""

    assert problems(body) == []


def test_what_only_a_milestone_knows_needs_one():
    assert sentences("{{ window }}", has_milestone=False, facts=None) == [
        "1:4 “window” needs a milestone, and this notice has none. Choose a milestone."
    ]


def test_a_survey_link_needs_a_survey():
    assert sentences("{{ survey_link }}", has_survey=False) == [
        "1:4 “survey_link” needs a survey, and this notice has none. Choose a survey."
    ]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("", "The subject is empty."),
        ("a\nb", "A subject has one line."),
        ("x" * 201, "A subject has at most 200 characters."),
        ("{{ status_link }}", "A subject cannot hold a link."),
    ],
)
def test_subjects_are_checked_too(subject, said):
    assert [(each.field, each.sentence) for each in problems("Text.", subject=subject)] == [("subject", said)]


def test_no_words_at_all_is_a_problem():
    assert [each.sentence for each in render.check_words([], has_milestone=True, has_survey=True)] == [
        "There are no words yet."
    ]


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_words_we_bring_have_no_problems(kind):
    said = wording.of(kind)

    assert {each["language"] for each in said} == {"en", "de", "fr"}
    has = {"has_milestone": True, "has_survey": True, "has_meeting": True, "has_concern": True}
    everything = FACTS | ENGAGEMENT | CONCERN
    assert render.check_words(said, **has, facts=everything) == []


def test_a_text_that_is_too_long_to_be_sent_is_found_before():
    (problem,) = render.check_words(
        [{"language": "en", "level": "plain", "subject": "Mail stops", "body": "word " * 10_001}],
        has_milestone=False,
        has_survey=False,
    )
    assert str(problem).endswith("A text has at most 50,000 characters. Put the rest on a page.")


@pytest.mark.django_db
def test_a_notice_is_checked_against_its_own_facts():
    milestone = factories.milestone(downtime=None)
    notice = factories.notice(
        milestone, words=[{"language": "en", "subject": "Mail", "body": "{{ downtime }} {{ survey_link }}"}]
    )

    assert [each.sentence for each in render.check(notice.words, notice=notice)] == [
        "“downtime” has no value, so it prints nothing.",
        "“survey_link” needs a survey, and this notice has none.",
    ]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("{{ window }} {{ first_name }}", {"start", "end"}),
        ("{{ day }}{% if action %}{{ action_deadline }}{% endif %}", {"start", "action", "action_deadline"}),
        ("{{ organisation }} {{ survey_link }} {{ status_link }}", {"status_link"}),
        ("Only words.", set()),
        ("{% broken", set()),
    ],
)
def test_the_facts_that_a_text_relies_on_are_known(text, facts):
    assert render.asserted(text) == facts


def test_what_opens_for_ever_and_never_closes_is_read_at_once():
    with effort.at_most(2):
        found = problems("Hello {{ name }}. " + "{{" * 10_000)

    assert [(one.column, one.sentence) for one in found] == [(19, "This opens, but does not close.")]
