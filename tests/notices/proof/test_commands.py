"""manage.py proof_pack and verify_proof: what they write, print and exit with."""

import pytest
from django.core.management import CommandError, call_command

from notices.models import Message, ProofPack
from tests.notices.proof import histories
from tests.notices.proof.packs import unzipped, with_lines


@pytest.fixture
def story(mailserver, settings, ana, ben, cai):
    settings.EMAIL_TIMEOUT = 5
    return histories.story(mailserver, ana, ben, cai)


@pytest.fixture
def path(story, tmp_path):
    call_command("proof_pack", "mail", output=str(tmp_path / "pack.zip"))
    return tmp_path / "pack.zip"


def verify(capsys, *arguments):
    capsys.readouterr()
    status = 0
    try:
        call_command("verify_proof", *arguments)
    except SystemExit as ended:
        status = ended.code
    return status, capsys.readouterr().out.splitlines()


def test_it_writes_a_pack_and_says_its_head(story, tmp_path, capsys):
    call_command("proof_pack", "mail", output=str(tmp_path / "pack.zip"))

    kept = ProofPack.objects.get()
    assert capsys.readouterr().out.splitlines() == [
        f"{kept.entries} entries in {tmp_path / 'pack.zip'}",
        f"Head: {kept.head}",
    ]
    assert [one.name for one in tmp_path.iterdir()] == ["pack.zip"]
    assert (tmp_path / "pack.zip").stat().st_mode & 0o077 == 0


def test_without_names(story, tmp_path):
    call_command("proof_pack", "mail", "--without-names", output=str(tmp_path / "pack.zip"))

    assert b"Cai" not in b"".join(unzipped((tmp_path / "pack.zip").read_bytes()).values())


def test_an_upgrade_that_does_not_exist(db, tmp_path):
    with pytest.raises(CommandError) as error:
        call_command("proof_pack", "nothing", output=str(tmp_path / "pack.zip"))

    assert error.value.returncode == 3


def test_a_file_that_cannot_be_written(story, tmp_path):
    with pytest.raises(CommandError) as error:
        call_command("proof_pack", "mail", output=str(tmp_path / "no" / "pack.zip"))

    assert error.value.returncode == 2


def test_intact_ends_with_0(path, capsys):
    status, said = verify(capsys, str(path), "--database", "--head", ProofPack.objects.get().head)

    assert (status, said[0].split(":")[0]) == (0, "Intact")
    assert said[-1] == "The head is known here, and the database says the same. 3 letters rendered again alike."


def test_broken_ends_with_1_and_the_first_broken_entry(path, capsys):
    path.write_bytes(with_lines(path.read_bytes(), lambda lines: lines[:3] + lines[4:]))

    status, said = verify(capsys, str(path))

    assert (status, said) == (1, ["Not verified. Entry 4 is missing: entry 5 stands in its place."])


def test_another_head_ends_with_1(path, capsys):
    assert verify(capsys, str(path), "--head", "0" * 64)[0] == 1


def test_a_database_that_says_otherwise_ends_with_1(path, capsys):
    Message.objects.filter(state="sent").update(sha256=b"x" * 32)

    assert verify(capsys, str(path))[0] == 0
    status, said = verify(capsys, str(path), "--database")
    assert (status, said[-1]) == (1, "Not verified. The pack and the database do not say the same.")


def test_no_file_ends_with_1(capsys, tmp_path):
    assert verify(capsys, str(tmp_path / "nothing.zip"))[0] == 1
