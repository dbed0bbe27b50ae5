"""Messages that cannot be sent whatever one does. They end where a person sees them, and the rest goes out."""

import time

import pytest

from notices.pipeline.outbox import MOST_LOSSES
from tests.faults.site.promises import announce, kept, settled, standstill
from tests.faults.site.running import PATIENCE, until

NAME = "jsonb_set(\"values\", '{name}', to_jsonb(%s::text))"
POISON = {
    "a name that is none": ('"values" = %s::jsonb', '{"name": ["not", "a", "name"]}'),
    "no values at all": ('"values" = %s::jsonb', "[]"),
    "no words": ("variant_id = NULLIF(%s, '')::bigint", ""),
}
ADDRESSES = {  # of people, and what becomes of their messages
    "cai@example.org\r\nRCPT TO:<all@example.org>": "failed",
    "cai\x01@example.org": "failed",
    "": "skipped",
    "everybody": "failed",
}
HARD_TO_SWALLOW = {
    "a name of ten megabytes": (f'"values" = {NAME}', "x" * 10_000_000),
    "a line break in the name": (f'"values" = {NAME}', "Cai\r\nBcc: all@example.org\r\n\r\nHello"),
    "a name that is a template": (f'"values" = {NAME}', "{{ settings.SECRET_KEY }}{% for a in b %}"),
}


def test_poison_is_set_aside_with_its_error_and_the_rest_goes_out(site, dice, results):
    """Put in while everything stands still, so that nothing has left before."""
    everything = POISON | HARD_TO_SWALLOW
    with standstill(site):
        sending = announce(site, 120)
        until(lambda: site.states(sending.notice)["queued"] == 120, what="it waits")
        people = dice.sample(site.sql(PEOPLE, sending.notice), len(everything) + len(ADDRESSES))
        chosen = dict(zip(people, [*everything, *ADDRESSES], strict=True))
        for (person, _), name in chosen.items():
            if name in ADDRESSES:
                site.sql("UPDATE stakeholders_person SET email = %s WHERE id = %s", name, person)
            else:
                change, value = everything[name]
                site.sql(f"UPDATE notices_message SET {change} WHERE person_id = %s", value, person)

    settled(site, sending, hurried=True)

    names = {person: name for (person, _), name in chosen.items()}
    ended = {names.get(who): (state, reason) for who, state, reason in site.sql(ENDED, sending.notice)}
    assert {name: ended[name][0] for name in [*POISON, *ADDRESSES]} == dict.fromkeys(POISON, "failed") | ADDRESSES
    assert all(ended[name][1] for name in [*POISON, *ADDRESSES])
    assert {ended[name][0] for name in HARD_TO_SWALLOW} <= {"failed", "sent"}
    assert ended[None][0] == "sent"
    arrived = site.arrived()
    assert not [who for who, _ in arrived if who.startswith(("cai", "all", "everybody"))]
    for person, address in chosen:
        for content in site.receiver.server.contents(address):
            assert b"\nbcc:" not in content.lower()
            assert len(content) < 50_000_000
        site.sql("UPDATE stakeholders_person SET email = %s WHERE id = %s", address, person)
    hard = {name: ended[name][0] for name in HARD_TO_SWALLOW}
    results(poisonous=len(POISON) + len(ADDRESSES), hard_to_swallow=hard)
    kept(site, sending)


PEOPLE = """
SELECT person.id, person.email FROM notices_message message
JOIN stakeholders_person person ON person.id = message.person_id WHERE notice_id = %s ORDER BY person.id
"""
ENDED = """
SELECT person_id, state, reason FROM notices_message WHERE notice_id = %s ORDER BY state DESC
"""


@pytest.mark.long
def test_a_letter_that_kills_its_worker_takes_nobody_along(site, results):
    """Nothing is hurried: leases run out, and the clock takes back what was lost."""
    with standstill(site):
        sending = announce(site, 51)
        until(lambda: site.states(sending.notice)["queued"] == 51, what="it waits")
        [(deadly,)] = site.sql("SELECT address FROM notices_message WHERE notice_id = %s ORDER BY id", sending.notice)[
            :1
        ]
        site.kill("worker")
        site.run("worker-2", "worker", DJANGO_SETTINGS_MODULE="tests.faults.site.deadly", DEADLY=deadly)
    began = time.monotonic()

    assert settled(site, sending, seconds=3 * PATIENCE) == {"sent": 50, "failed": 1}

    [(address, reason, losses)] = site.sql(SET_ASIDE, sending.notice)
    assert (address, losses) == (deadly, MOST_LOSSES)
    assert reason.startswith("Set aside")
    results(deaths=losses, seconds=round(time.monotonic() - began), copies=kept(site, sending).copies)


SET_ASIDE = "SELECT address, reason, losses FROM notices_message WHERE notice_id = %s AND state = 'failed'"
