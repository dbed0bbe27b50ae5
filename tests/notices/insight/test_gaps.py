"""What prints nothing is seen in the preview, and nowhere else."""

from notices.insight import gaps
from notices.pipeline.render import Problem

WORDS = [
    {"language": "en", "level": "plain", "subject": "On {{ day }}", "body": "Hello.\n\nDo {{ action | upcase }} now."}
]


def test_the_place_of_a_problem_is_marked():
    (marked,) = gaps.marked(WORDS, [Problem("en", line=3, column=7, sentence="It prints nothing.")])

    assert (marked["subject"], marked["body"]) == ("On {{ day }}", "Hello.\n\nDo ⟦action⟧ now.")


def test_a_problem_of_another_version_or_part_marks_nothing():
    others = [
        Problem("de", line=3, column=7, sentence=""),
        Problem("en", line=1, column=4, sentence="", level="technical"),
    ]

    assert gaps.marked(WORDS, others) == WORDS


def test_what_is_no_placeholder_stays_as_it_is():
    assert gaps.marked(WORDS, [Problem("en", line=1, column=1, sentence="")]) == WORDS


def test_marks_are_shown_and_the_rest_is_escaped():
    assert gaps.as_text("<b> ⟦action⟧") == "&lt;b&gt; <mark>action</mark>"
    assert "action</mark> now" in gaps.shown("<p>Do ⟦action⟧ now</p>")
