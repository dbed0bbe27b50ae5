"""Whether the database still says what a pack says: growth is no fault, anything else has a name."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from notices.enums import MessageState
from notices.models import Message, ProofPack, Receipt
from notices.pipeline import deliver
from notices.pipeline.coming_back import receipts
from notices.proof import comparing, verifying
from notices.proof.chain import Chain
from notices.proof.verifying import ENTRIES, MANIFEST, manifest_of
from notices.register import erasing, merging
from stakeholders.enums import Channel
from tests import factories
from tests.notices.proof import histories
from tests.notices.proof.histories import pack_of
from tests.notices.proof.packs import entries, unzipped, zipped


@pytest.fixture
def story(mailserver, settings, ana, ben, cai):
    settings.EMAIL_TIMEOUT = 5
    return histories.story(mailserver, ana, ben, cai)


@pytest.fixture(params=[True, False], ids=["with names", "with pseudonyms"])
def pack(request, story):
    return pack_of(story.upgrade, names=request.param)


def compared(pack: bytes) -> comparing.Comparison:
    return comparing.compare(io.BytesIO(pack), verifying.verify(io.BytesIO(pack)))


def forged(pack: bytes, change) -> bytes:
    """The whole chain sealed anew, with its manifest: intact in itself."""
    chain, lines = Chain(), []
    said = [
        {name: value for name, value in one.items() if name not in ("hash", "prev", "seq")} for one in entries(pack)
    ]
    for entry in change(said):
        lines.append(chain.seal(entry))
    manifest = manifest_of(json.loads(lines[-1]), head=chain.head, entries=chain.length)
    return zipped({**unzipped(pack), ENTRIES: b"".join(lines), MANIFEST: manifest})


def test_nothing_has_changed(pack):
    found = compared(pack)

    assert (found.agrees, found.differences, found.later, found.rendered) == (True, [], {}, 3)


def test_what_comes_later_is_growth(pack, story, ana):
    later = timezone.now()
    receipts.bounce(story.messages[story.fay.pk], permanent=True, detail="552", now=later)
    receipts.acknowledge(story.messages[story.gil.pk], now=later)
    story.window.name = "Moved"
    histories.save_later(story.window)
    factories.released_notice(story.window, people=[story.hal], words=story.notice.words, now=later)
    deliver.drain(Channel.EMAIL)

    found = compared(pack)

    assert found.agrees
    assert found.later == {"receipt": 2, "fact": 1, "revision": 1, "approval": 1, "release": 1, "message": 1}


def test_a_pack_that_was_forged_as_a_whole_is_not_ours(pack):
    def lie(said):
        return [one for one in said if one.get("result") != "bounced"]

    lied = forged(pack, lie)
    found = compared(lied)

    assert verifying.verify(io.BytesIO(lied)).entries == len(entries(pack)) - 1
    assert (found.agrees, found.is_known) == (False, False)
    assert "not one that was made here" in found.differences[0]


def test_a_letter_with_another_fingerprint_is_named(pack, story):
    message = story.messages[story.cai.pk]
    Message.objects.filter(pk=message.pk).update(sha256=hashlib.sha256(b"else").digest())

    found = compared(pack)

    assert not found.agrees
    assert f"(message sent {message.pk}) differs in sha256." in found.differences[0]
    assert f"Message {message.pk} does not render to what was sent" in found.differences[1]


def test_values_that_were_changed_show_in_the_letter(pack, story):
    Message.objects.filter(person=story.cai).update(values={**story.messages[story.cai.pk].values, "name": "Cay"})

    found = compared(pack)

    assert "does not render to what was sent" in found.differences[-1]


def test_a_release_that_was_emptied_is_a_difference_and_no_crash(pack, story):
    type(story.notice).objects.filter(pk=story.notice.pk).update(release={})

    found = compared(pack)

    assert (found.many, "does not render to what was sent" in found.differences[-1]) == (3, True)


def test_words_that_were_changed_behind_our_back(pack, story):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE notices_variant SET subject = 'Nothing happens'")
        cursor.execute("SET LOCAL session_replication_role = origin")

    found = compared(pack)

    assert any("(revision " in one and "differs in sha256" in one for one in found.differences)
    assert found.many == 4  # the revision, and three letters


def test_a_receipt_that_is_gone_is_missed(pack, story):
    gone = Receipt.objects.get(kind="acknowledged")
    key = gone.pk
    gone.delete()

    found = compared(pack)

    assert [f"(receipt {key}) is not in the database" in one for one in found.differences] == [True]


def test_who_bounced_is_not_suddenly_told(pack, story):
    Message.objects.filter(person=story.eli).update(
        state=MessageState.SENT, sent_at=timezone.now() - timedelta(days=1), sha256=b"x" * 32
    )

    found = compared(pack)

    assert any("was bounced, and is sent here" in one for one in found.differences)


def test_what_waited_may_have_gone_out_since(story):
    waiting = factories.released_notice(story.window, people=[story.hal], words=story.notice.words, now=timezone.now())
    pack = pack_of(story.upgrade)
    deliver.drain(Channel.EMAIL)

    found = compared(pack)

    assert waiting.messages.get().state == "sent"
    assert found.agrees
    assert found.later == {"message": 1, "state of a message": 1}


def test_people_who_were_erased_or_merged_since_are_no_forgery(pack, story, ana):
    erasing.erase(story.cai, reason="Asked", by=ana, now=timezone.now())
    merging.merge(story.hal, story.fay, by=ana, now=timezone.now())

    found = compared(pack)

    assert (found.agrees, found.differences) == (True, [])
    assert found.erased == 2  # a letter, and the place in its audience


def test_a_letter_to_one_who_was_erased_since_is_empty_and_no_forgery(story, ana):
    factories.released_notice(story.window, people=[story.hal], words=story.notice.words, now=timezone.now())
    deliver.drain(Channel.EMAIL)
    pack = pack_of(story.upgrade)
    erasing.erase(story.hal, reason="Asked", by=ana, now=timezone.now())

    found = compared(pack)

    assert (found.agrees, found.differences) == (True, [])


def test_an_audience_that_lost_somebody_who_is_still_with_us_is_named(pack, story):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE notices_revision SET audience = audience - 'people'")
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert [" differs in sha256." in one for one in compared(pack).differences] == [True]


def test_a_key_that_was_replaced_resolves_old_pseudonyms(story, settings):
    pack = pack_of(story.upgrade, names=False)
    old = settings.LINK_KEYS
    settings.LINK_KEYS = ["a new key that signs from now on", *old]

    found = compared(pack)

    assert (found.agrees, found.differences, found.rendered, found.unlike) == (True, [], 0, 3)  # their ids are signed


def test_of_an_upgrade_that_is_not_here(pack):
    def elsewhere(said):
        return [*said[:-1], {**said[-1], "upgrade": {**said[-1]["upgrade"], "id": 4711}}]

    found = compared(forged(pack, elsewhere))

    assert found.differences == ["Its upgrade is not in this database."]


def test_many_differences_are_counted_not_listed(story):
    pack = pack_of(story.upgrade)
    people = [factories.person() for _ in range(30)]
    notice = factories.released_notice(story.window, people=people, words=story.notice.words, now=timezone.now())
    notice.messages.update(state="sent", sent_at=timezone.now(), sha256=b"x" * 32)
    pack = pack_of(story.upgrade)
    notice.messages.update(sha256=b"y" * 32)

    found = compared(pack)

    assert (len(found.differences), found.many) == (20, 30 + 30)
    assert "And 40 more differences." in list(comparing.sentences(found))


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_depends_on_nobody(db, ana, number, django_assert_num_queries):
    upgrade = factories.upgrade(owner=ana)
    for _ in range(number):
        people = [factories.person() for _ in range(number)]
        notice = factories.released_notice(factories.milestone(upgrade), people=people, author=ana)
        notice.messages.update(state="skipped")
    pack = pack_of(upgrade)

    with django_assert_num_queries(QUERIES):
        compared(pack)


QUERIES = 21


def test_zips_are_read_as_files_too(story, tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(pack_of(story.upgrade))

    with path.open("rb") as file:
        assert zipfile.is_zipfile(file)
        assert comparing.compare(file, verifying.verify(file)).agrees
    assert ProofPack.objects.count() == 1
