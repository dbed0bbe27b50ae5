"""Whatever somebody does to a pack, it shows; and it says where."""

import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notices.proof import verifying
from notices.proof.chain import Chain, canonical
from notices.proof.verifying import ENTRIES, MANIFEST, Broken, verify
from tests.notices.proof.packs import README, made, unzipped, with_lines, zipped

PACK = made()
LINES = unzipped(PACK)[ENTRIES]
NUMBER = len(LINES.splitlines())


def checked(pack: bytes):
    return verify(io.BytesIO(pack))


def broken(pack: bytes) -> Broken:
    with pytest.raises(Broken) as caught:
        checked(pack)
    return caught.value


def test_an_intact_pack_is_intact():
    seen = []

    pack = verify(io.BytesIO(PACK), look=seen.append)

    last = unzipped(PACK)[ENTRIES].splitlines()[-1]
    assert (pack.entries, pack.kinds) == (7, {"fact": 6, "pack": 1})
    assert pack.head == json.loads(last)["hash"]
    assert [entry["seq"] for entry in seen] == [1, 2, 3, 4, 5, 6, 7]


def test_a_line_is_hashed_as_the_instructions_say():
    """The bytes 1 and from 76 on."""
    line = LINES.splitlines()[2]

    assert hashlib.sha256(line[:1] + line[75:]).hexdigest() == json.loads(line)["hash"]


@given(st.integers(0, len(LINES) - 1), st.integers(1, 255))
def test_no_byte_of_the_entries_can_be_another(place, difference):
    changed = bytearray(LINES)
    changed[place] ^= difference

    error = broken(zipped({**unzipped(PACK), ENTRIES: bytes(changed)}))

    number = LINES[:place].count(b"\n") + 1
    assert error.entry == number


@settings(deadline=None)
@given(st.integers(0, NUMBER - 1))
def test_no_line_can_be_left_out(place):
    error = broken(with_lines(PACK, lambda lines: lines[:place] + lines[place + 1 :]))

    assert error.entry == place + 1
    assert ("is missing" if place < NUMBER - 1 else "cut off") in str(error)


@given(st.integers(0, NUMBER - 1), st.integers(0, NUMBER - 1))
def test_no_two_lines_can_change_places(one, other):
    assume(one != other)

    def swap(lines):
        lines[one], lines[other] = lines[other], lines[one]
        return lines

    assert broken(with_lines(PACK, swap)).entry == min(one, other) + 1


@given(st.integers(0, NUMBER - 1), st.integers(0, NUMBER))
def test_no_line_can_be_there_twice(which, where):
    error = broken(with_lines(PACK, lambda lines: [*lines[:where], lines[which], *lines[where:]]))

    assert error.entry == min(where + 1, NUMBER + 1) if where != which else which + 2


@given(st.integers(0, NUMBER - 1))
def test_a_chain_that_ends_early_is_cut_off(length):
    error = broken(with_lines(PACK, lambda lines: lines[:length]))

    assert (error.entry, "cut off" in str(error)) == (length + 1, True)


@given(st.integers(1, len(LINES)))
def test_not_even_the_last_byte_may_be_missing(length):
    assert broken(zipped({**unzipped(PACK), ENTRIES: LINES[:-length]})).entry


def test_nothing_is_added_at_the_end():
    def go_on(lines):
        chain = Chain(head=json.loads(lines[-1])["hash"], length=len(lines))
        return [*lines, chain.seal({"kind": "fact", "id": 99})]

    error = broken(with_lines(PACK, go_on))

    assert (error.entry, str(error)) == (NUMBER + 1, "Entry 8 was added: the pack ends with entry 7.")


def test_an_entry_that_is_sealed_anew_does_not_follow():
    def forge(lines):
        entry = {**json.loads(lines[2]), "text": "TWO"}
        del entry["hash"]
        body = canonical(entry)
        return [*lines[:2], b'{"hash":"%s",%s\n' % (hashlib.sha256(body).hexdigest().encode(), body[1:]), *lines[3:]]

    error = broken(with_lines(PACK, forge))

    assert (error.entry, "does not follow" in str(error)) == (4, True)


def test_one_meaning_has_one_form():
    """Two programs could read a name that is there twice in two ways."""

    def twice(lines):
        body = b"{" + lines[0][75:].rstrip().replace(b'"text":"one"', b'"text":"one","text":"ONE"')
        return [b'{"hash":"%s",%s\n' % (hashlib.sha256(body).hexdigest().encode(), body[1:]), *lines[1:]]

    assert broken(with_lines(PACK, twice)).entry == 1


def test_another_manifest_does_not_belong():
    other = unzipped(made(["something", "else"]))[MANIFEST]

    assert "manifest.json does not belong" in str(broken(zipped({**unzipped(PACK), MANIFEST: other})))


@given(st.data())
def test_no_byte_of_a_sealed_file_or_the_manifest_can_be_another(data):
    files = unzipped(PACK)
    name = data.draw(st.sampled_from(["README.txt", MANIFEST]))
    changed = bytearray(files[name])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))

    assert name in str(broken(zipped({**files, name: bytes(changed)})))


def test_no_file_is_missing_or_added_or_there_twice():
    files = unzipped(PACK)

    added = broken(zipped({**files, "../../etc/cron.d/x": b"* * * * *"}))
    missing = broken(zipped({name: content for name, content in files.items() if name != "README.txt"}))
    without_entries = broken(zipped({"README.txt": README}))

    assert str(added) == "'../../etc/cron.d/x' was added to the pack."
    assert str(missing) == "'README.txt' is missing."
    assert str(without_entries) == "entries.jsonl is missing."


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused():
    file = io.BytesIO(PACK)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("README.txt", b"Something else.")

    assert str(broken(file.getvalue())) == "'README.txt' is in the pack twice."


@pytest.mark.parametrize("content", [b"", b"PK", b"no pack at all", PACK[: len(PACK) // 2]])
def test_what_is_no_pack_says_so(content):
    assert "damaged, or no pack" in str(broken(content))


def test_whatever_happens_to_the_zip_is_no_crash():
    """Either it is intact in what counts, or it says what is wrong."""
    for seed in range(300):
        chance = random.Random(seed)
        changed = bytearray(PACK)
        changed[chance.randrange(len(changed))] ^= chance.randrange(1, 256)
        try:
            assert checked(bytes(changed)).entries == NUMBER
        except Broken:
            continue


def test_it_is_verified_alone_with_nothing_but_python(tmp_path):
    """As somebody else does: another folder, no project, no packages."""
    (tmp_path / "verify.py").write_bytes(Path(verifying.__file__).read_bytes())
    (tmp_path / "pack.zip").write_bytes(PACK)
    (tmp_path / "bad.zip").write_bytes(with_lines(PACK, lambda lines: lines[:-2]))
    head = json.loads(LINES.splitlines()[-1])["hash"]

    def run(*arguments):
        command = [sys.executable, "-I", "-S", "verify.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good, bad = run("pack.zip", "--head", head), run("bad.zip")
    other = run("pack.zip", "--head", "0" * 64)

    assert (good.returncode, good.stdout.splitlines()[0]) == (
        0,
        "Intact: 7 entries about 'Mail', made at '2026-03-02T08:00:00Z'.",
    )
    assert (bad.returncode, bad.stdout) == (
        1,
        "Not verified. The pack is cut off: nothing follows entry 5, which is not its last.\n",
    )
    assert (other.returncode, other.stdout) == (1, f"Not verified. It is another pack: its head is {head}.\n")


@pytest.mark.parametrize("said", [{}, {"upgrade": "Mail", "files": {}}, {"upgrade": {"id": 1}, "files": {"x": 5}}])
def test_a_chain_with_a_strange_end_is_broken(said):
    chain = Chain()
    line = chain.seal({"kind": "pack", **said})

    assert broken(zipped({ENTRIES: line, MANIFEST: b"{}"})).entry == 1


def test_hostile_names_do_nothing_to_a_terminal():
    hostile = "\x1b[2J\u202ename"

    assert "\x1b" not in str(broken(zipped({**unzipped(PACK), hostile: b""})))
