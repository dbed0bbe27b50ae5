"""What a pack says of a real history, letters sent by SMTP."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from html.parser import HTMLParser

import html5lib
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from engagement import telling
from notices.models import Call, Message, ProofPack
from notices.pipeline import deliver
from notices.pipeline.coming_back import receipts
from notices.proof import naming, verifying, writing
from notices.proof.chain import Chain
from notices.register import erasing, merging
from stakeholders.enums import Channel
from tests import factories
from tests.notices.proof import histories
from tests.notices.proof.histories import pack_of
from tests.notices.proof.packs import entries, history, unzipped


@pytest.fixture
def story(mailserver, settings, ana, ben, cai):
    settings.EMAIL_TIMEOUT = 5
    return histories.story(mailserver, ana, ben, cai)


def only(pack, kind, what=None):
    return [one for one in entries(pack) if one["kind"] == kind and (what is None or one.get("what") == what)]


def test_a_pack_of_a_real_history_is_intact_and_known_here(story, ana):
    pack = pack_of(story.upgrade, by=ana)

    verified = verifying.verify(io.BytesIO(pack))

    kept = ProofPack.objects.get()
    assert (kept.head, kept.entries, kept.made_by) == (verified.head, verified.entries, ana)
    assert verified.closing["by"] == "Ana Abel"
    assert sorted(unzipped(pack)) == sorted(
        [
            *("README.txt", "entries.jsonl", "manifest.json", "people.csv", "revisions.csv", "summary.html"),
            *(f"revisions/{one.pk}.json" for one in story.notice.revisions.all()),
            "verify.py",
        ]
    )


def test_a_letter_is_proved_with_its_fingerprint_and_the_answer_of_the_server(story):
    pack = pack_of(story.upgrade)

    [entry] = [one for one in only(pack, "message", "sent") if one["who"]["address"] == "cai@example.org"]
    [mail] = [one for one in story.mailserver.mails if one.recipient == "cai@example.org"]
    message = story.messages[story.cai.pk]
    assert entry["sha256"] == hashlib.sha256(mail.content).hexdigest()
    assert entry["answer"].startswith("250 2.0.0 queued as ")
    assert entry["who"] == {"id": story.cai.pk, "name": "Cai Carter", "address": "cai@example.org"}
    assert (entry["id"], entry["notice"], entry["channel"]) == (message.pk, story.notice.pk, "email")
    assert entry["at"].endswith("Z")
    assert entry["local"].endswith("[Europe/Berlin]")


def test_who_wrote_and_who_approved_is_in_it(story):
    pack = pack_of(story.upgrade)

    [revision], [approval] = only(pack, "revision"), only(pack, "approval")
    accounts = entries(pack)[-1]["accounts"]
    words = json.loads(unzipped(pack)[revision["file"]])
    assert (accounts[str(revision["by"])], accounts[str(approval["by"])]) == ("Ana Abel", "Ben Brand")
    assert approval["revision"] == revision["id"]
    assert revision["sha256"] == hashlib.sha256(unzipped(pack)[revision["file"]]).hexdigest()
    assert words["words"][0]["subject"] == "{{ services }} stop"
    assert words["facts"][f"milestone:{story.window.pk}.name"] == "Go-live"
    assert words["audience"]["people"] == story.notice.audience["people"]


def test_what_bounced_is_not_told(story):
    receipts.bounce(story.messages[story.fay.pk], permanent=True, detail="552 5.2.2 full", now=timezone.now())

    pack = pack_of(story.upgrade)

    not_told = {one["who"]["name"]: one["state"] for one in only(pack, "message", "not told")}
    assert not_told == {"Eli Ender": "bounced", "Fay Farr": "bounced"}
    assert [one["words"] for one in only(pack, "receipt") if one["result"] == "bounced"] == [
        "The mail server answered 550 5.1.1 <eli@example.org> unknown",
        "552 5.2.2 full",
    ]
    assert "Fay Farr" in [one["who"]["name"] for one in only(pack, "message", "sent")]  # it had left


def test_a_confirmation_is_a_receipt(story):
    pack = pack_of(story.upgrade)

    assert [one["message"] for one in only(pack, "receipt") if one["result"] == "acknowledged"] == [
        story.messages[story.cai.pk].pk
    ]


def test_a_list_cannot_prove_individuals(story):
    pack = pack_of(story.upgrade)

    flagged = [one["who"]["name"] for one in only(pack, "message", "sent") if "list" in one]
    rows = {row["Name"]: row["Evidence"] for row in people_of(pack)}
    assert flagged == ["Gilde"]
    assert rows["Gilde"] == "list: cannot prove individuals"
    assert b"cannot prove that any one person" in unzipped(pack)["summary.html"]


def test_what_was_said_and_who_was_there_and_that_it_was_recorded_by_mistake(story, ana):
    telling.void(story.telling, reason="Wrong meeting", by=ana, now=timezone.now())

    pack = pack_of(story.upgrade)

    told, attended, voided = (only(pack, "conversation", what)[0] for what in ("told", "attended", "voided"))
    assert told["facts"][f"milestone:{story.window.pk}.start"] == story.window.start.isoformat()
    assert (attended["who"], attended["attended"]) == ({"id": story.hal.pk}, True)
    assert (voided["id"], voided["why"]) == (told["id"], "Wrong meeting")


def test_facts_have_versions_with_who_and_when(story):
    story.window.name = "Go-live, moved"
    story.window.start += timedelta(hours=1)
    story.window.change_reason = "The vendor is late"
    story.window.save()

    versions = only(pack_of(story.upgrade), "fact", "milestone")

    assert [(one["change"], one["values"]["name"]) for one in versions] == [
        ("made", "Go-live"),
        ("changed", "Go-live, moved"),
    ]
    assert versions[1]["values"]["change_reason"] == "The vendor is late"


def test_calls_and_their_outcome(story, ana):
    now = timezone.now()
    Call.objects.create(
        upgrade=story.upgrade, person=story.eli, facts=["a.start"], why="It bounces", owner=ana, created_at=now,
        done_at=now + timedelta(hours=1), done_by=ana, outcome="He knows",
    )  # fmt: skip

    pack = pack_of(story.upgrade)

    assert only(pack, "call", "asked")[0]["why"] == "It bounces"
    assert only(pack, "call", "done")[0]["outcome"] == "He knows"


def test_machines_stay_in_the_house(story):
    for names in (True, False):
        assert b"mx-17" not in b"".join(unzipped(pack_of(story.upgrade, names=names)).values())


def test_the_same_data_give_the_same_entries(story):
    now = timezone.now()

    assert unzipped(pack_of(story.upgrade, now=now)) == unzipped(pack_of(story.upgrade, now=now))


def test_a_longer_history_begins_with_the_same_entries(story, ana):
    before = pack_of(story.upgrade)
    later = timezone.now()
    receipts.bounce(story.messages[story.fay.pk], permanent=True, detail="552 5.2.2", now=later)
    receipts.acknowledge(story.messages[story.gil.pk], now=later)
    histories.save_later(factories.participant(story.meeting, story.cai, attended=True))
    telling.void(story.telling, reason="", by=ana, now=later)
    story.cai.name = story.upgrade.name = story.window.name = "Something else"
    for row in (story.cai, story.upgrade, story.window):
        histories.save_later(row)
    factories.released_notice(story.window, people=[story.hal], words=story.notice.words, now=later)
    deliver.drain(Channel.EMAIL)

    after = pack_of(story.upgrade)

    assert history(after)[: len(history(before))] == history(before)
    assert len(history(after)) > len(history(before)) + 4


def test_another_display_zone_rewrites_nothing(story):
    """T24: a change of the zone is a new entry, and what was before stays on the wall of then."""
    before = pack_of(story.upgrade)
    story.upgrade.time_zone = "Asia/Tokyo"
    histories.save_later(story.upgrade)

    after = pack_of(story.upgrade)

    assert history(after)[: len(history(before))] == history(before)


def test_a_merged_person_keeps_the_number_they_were_told_under(story, ana):
    before = pack_of(story.upgrade)
    merging.merge(story.hal, story.cai, by=ana, now=timezone.now())

    after = pack_of(story.upgrade)

    readers = [[one["who"] for one in only(pack, "message", "sent")] for pack in (before, after)]
    assert readers[0] == readers[1]
    assert [(one["who"], one["into"]) for one in only(after, "person", "merged")] == [
        ({"id": story.cai.pk}, {"id": story.hal.pk})
    ]


def test_of_erased_people_only_counts_and_fingerprints_are_left(story, ana):
    sha256 = bytes(Message.objects.get(person=story.cai).sha256).hex()
    erasing.erase(story.cai, reason="Asked for it", by=ana, now=timezone.now())

    pack = pack_of(story.upgrade)

    content = b"".join(unzipped(pack).values())
    [entry] = [one for one in only(pack, "message", "sent") if one["who"] == {"erased": True}]
    assert entry["sha256"] == sha256
    assert b"Cai" not in content
    assert b"cai@example.org" not in content


# Without names


def test_without_names_nothing_leads_to_anybody(story, ana):
    Call.objects.create(
        upgrade=story.upgrade, person=story.eli, facts=[], why="eli@example.org bounces", owner=ana,
        created_at=timezone.now(),
    )  # fmt: skip
    named = b"".join(unzipped(pack_of(story.upgrade)).values())
    nameless = b"".join(unzipped(pack_of(story.upgrade, names=False)).values())

    traces = [b"Cai", b"cai@", b"Eli", b"eli@", b"Fay", b"fay@", b"Gilde", b"all@", b"Hal Hart", b"hal@"]
    assert [trace for trace in traces if trace not in named] == [b"hal@"] or all(trace in named for trace in traces)
    assert [trace for trace in traces if trace in nameless] == []


def test_a_pseudonym_is_the_same_everywhere_and_nobody_outside_can_guess_it(story, settings):
    pack = pack_of(story.upgrade, names=False)

    pseudonym = naming.of(names=False).number(story.cai.pk)
    content = b"".join(unzipped(pack).values())
    assert {"pseudonym": pseudonym} in [one["who"] for one in only(pack, "message", "sent")]
    assert pseudonym in unzipped(pack)["people.csv"].decode()
    assert settings.LINK_KEYS[0].encode() not in content
    assert hashlib.sha256(str(story.cai.pk).encode()).hexdigest()[:32] != pseudonym


def test_of_what_servers_said_only_the_codes_are_left(story):
    [bounced] = only(pack_of(story.upgrade, names=False), "receipt")[:1]

    assert bounced["words"] in ("550 5.1.1", "")
    assert naming.of(names=False).server("550-5.1.1 <eli@example.org> gone, try 4711@x") == "550-5.1.1"


# For people


def people_of(pack):
    return list(csv.DictReader(io.StringIO(unzipped(pack)["people.csv"].decode("utf-8-sig"))))


def test_the_table_says_what_each_person_was_told_last(story):
    rows = {row["Name"]: row for row in people_of(pack_of(story.upgrade))}

    start = next(name for name in rows["Cai Carter"] if name.endswith(f"(milestone:{story.window.pk}.start)"))
    assert sorted(rows) == ["Cai Carter", "Fay Farr", "Gilde", "Hal Hart"]  # Eli was told nothing
    assert rows["Cai Carter"][start] == rows["Hal Hart"][start] != ""
    assert (rows["Cai Carter"]["By"], rows["Hal Hart"]["By"]) == ("email", "talk")


class Parts(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "onclick", "onload")]


def test_the_summary_opens_from_disk_and_runs_nothing(story):
    story.notice.title = "<script>alert(1)</script>"
    story.notice.save()

    text = unzipped(pack_of(story.upgrade))["summary.html"].decode()

    parts = Parts(text)
    html5lib.HTMLParser(strict=True).parse(text)
    assert ("script" in parts.tags, parts.links) == (False, [])
    assert "2 of 4" in text or "3 of 4" in text
    assert "Ben Brand" in text


def test_hostile_names_and_huge_words(story):
    """A formula in a name, a line break in a title, characters that no file name has, words without an end."""
    eve = factories.person('=HYPERLINK("http://x","y")', email="eve@example.org")
    words = [
        {"language": "en", "level": "plain", "subject": "../../etc/passwd", "body": "word \u2028\U0001f4a9 " * 3_000}
    ]
    title = 'a\nb\r\n"},{"kind":"pack"}'
    factories.released_notice(story.window, people=[eve], words=words, title=title[:100], now=timezone.now())
    deliver.drain(Channel.EMAIL)

    pack = pack_of(story.upgrade)

    verified = verifying.verify(io.BytesIO(pack))
    cells = [row["Name"] for row in people_of(pack)]
    assert '\'=HYPERLINK("http://x","y")' in cells
    assert len(entries(pack)) == verified.entries
    assert all("/" not in name.removeprefix("revisions/") and ".." not in name for name in unzipped(pack))


@given(st.text() | st.characters(categories=["Cs"]))
def test_whatever_is_written_makes_one_line_of_ascii(text):
    line = Chain().seal({"kind": "fact", "text": text})

    assert (line.count(b"\n"), line.isascii(), json.loads(line)["text"]) == (1, True, text)


# How much it costs


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_depends_on_nobody(db, ana, number, django_assert_num_queries):
    upgrade = factories.upgrade(owner=ana)
    windows = [factories.milestone(upgrade) for _ in range(number)]
    for window in windows:
        people = [factories.person() for _ in range(number)]
        notice = factories.released_notice(window, people=people, author=ana)
        notice.messages.update(state="sent", sent_at=timezone.now(), sha256=b"x" * 32)

    with django_assert_num_queries(QUERIES):
        writing.write(upgrade, io.BytesIO(), by=ana, now=timezone.now())


QUERIES = 42
