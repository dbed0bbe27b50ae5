"""Which facts a letter really tells."""

import pytest

from notices.models import Notice
from notices.pipeline import render
from tests.notices.pipeline.samples import FACTS, MILESTONE

OTHER = {key.replace(":7.", ":8."): value for key, value in MILESTONE.items()}
CONTACT = {f"upgrade.contact_{part}": FACTS[f"upgrade.contact_{part}"] for part in ("name", "email", "phone")}


def said(body="Hello.", subject="News"):
    return [{"language": "en", "level": "plain", "subject": subject, "body": body}]


def of_7(*names):
    return {f"milestone:7.{name}": FACTS[f"milestone:7.{name}"] for name in names}


def asserted(kind, *, facts=FACTS, words=None, rows=None):
    return render.asserted_facts(Notice(kind=kind), facts, said() if words is None else words, rows)


def row(fact, now, told=None):
    return {"fact": fact, "told": told, "now": now, "on": "2026-03-02" if told else "", "by": "email" if told else ""}


def test_an_announcement_tells_all_that_its_card_prints():
    names = ("start", "end", "downtime", "impact", "services", "sites", "action", "action_deadline", "status")

    assert asserted("announcement") == of_7(*names) | CONTACT


def test_what_is_over_tells_of_nothing_to_prepare():
    assert asserted("completed") == of_7("start", "end", "services", "status") | CONTACT


def test_words_tell_what_the_card_leaves_out():
    told = asserted("completed", words=said("It took {{ downtime }}.", "Done at {{ sites }}"))

    assert told == of_7("start", "end", "services", "status", "downtime", "sites") | CONTACT


def test_a_row_without_anything_to_say_tells_nothing():
    told = asserted("announcement", facts=FACTS | {"milestone:7.downtime": None, "milestone:7.sites": []})

    assert not {"milestone:7.downtime", "milestone:7.sites"} & told.keys()


def test_a_number_that_nobody_printed_was_not_told():
    assert "upgrade.contact_phone" not in asserted("announcement", facts=FACTS | {"upgrade.contact_phone": ""})


def test_that_there_is_nothing_to_do_is_told():
    told = asserted("reminder", facts=FACTS | {"milestone:7.action": "", "milestone:7.action_deadline": None})

    assert (told["milestone:7.action"], told["milestone:7.action_deadline"]) == ("", None)


def test_services_are_the_upgrades_where_the_milestone_has_none():
    told = asserted("announcement", facts=FACTS | {"milestone:7.services": []})

    assert told["upgrade.services"] == ["Mail"]
    assert "milestone:7.services" not in told


def test_who_reads_that_it_is_cancelled_believes_it_whatever_the_plan_says():
    assert asserted("cancelled") == of_7("start", "end", "services", "sites") | CONTACT | {
        "milestone:7.status": "cancelled"
    }


def test_a_letter_about_no_milestone_tells_of_the_upgrade():
    told = asserted("news", facts={key: value for key, value in FACTS.items() if key.startswith("upgrade.")})

    assert told == CONTACT | {"upgrade.services": ["Mail"]}


def test_a_correction_tells_its_rows_and_the_card_of_their_milestone():
    told = asserted("correction", facts=FACTS | OTHER, rows=[row("milestone:7.start", "2026-03-29T01:00:00+00:00")])

    names = ("start", "end", "downtime", "impact", "services", "sites", "action", "action_deadline", "status")
    assert told == of_7(*names) | CONTACT | {"milestone:7.start": "2026-03-29T01:00:00+00:00"}


def test_a_correction_of_several_milestones_tells_its_rows_alone_of_them():
    rows = [row("milestone:7.end", "2026-03-29T05:00:00+00:00"), row("milestone:8.status", "cancelled", "confirmed")]

    told = asserted("correction", facts=FACTS | OTHER, rows=rows)

    assert told == CONTACT | {
        "upgrade.services": ["Mail"],
        "milestone:7.end": "2026-03-29T05:00:00+00:00",
        "milestone:8.status": "cancelled",
    }


@pytest.mark.parametrize("kind", ["reminder", "completed"])
def test_a_box_tells_its_rows(kind):
    told = asserted(kind, rows=[row("milestone:7.impact", 2, 1), row("milestone:9.start", "2026-04-01T08:00:00+00:00")])

    assert (told["milestone:7.impact"], told["milestone:9.start"]) == (2, "2026-04-01T08:00:00+00:00")


def test_words_that_cannot_be_read_tell_nothing():
    told = asserted("answer", words=said("{{ start"))

    assert told == CONTACT | of_7("status")
