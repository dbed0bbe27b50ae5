"""Two workers, or two people, at the same moment."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from directory.importing import applying, undoing
from directory.importing.refusals import Refused
from directory.models import Import
from stakeholders.models import Person
from tests import factories
from tests.directory.importing.files import bring_in, preview
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
FILE = "Id,Name,Mail,Group\n" + "".join(f"{n},Person {n},p{n}@example.org,Staff\n" for n in range(300))


def at_once(*works):
    """What each of them said, or why it refused."""
    start, said = Barrier(len(works)), [None] * len(works)

    def run(at, work):
        try:
            start.wait(timeout=60)
            said[at] = work()
        except Refused as refusal:
            said[at] = str(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    return said


def apply(pk):
    import_ = Import.objects.get(pk=pk)
    applying.ask(import_, skips_wrong=False, now=NOW)
    return applying.apply(import_, by=None, now=NOW).state


def test_two_who_apply_one_import_apply_it_once():
    import_ = preview(FILE, creates_groups=True)

    said = at_once(*[lambda: apply(import_.pk)] * 4)

    assert sorted(said)[-1] == "applied"
    assert set(said) <= {"applied", "This import is being applied already.", "This import is applied already."}
    assert said.count("applied") == 1
    assert Person.objects.count() == 300


def test_of_two_imports_with_the_same_people_the_second_is_looked_at_again():
    first, second = preview(FILE, creates_groups=True), preview(FILE, creates_groups=True)

    said = at_once(lambda: apply(first.pk), lambda: apply(second.pk))

    assert sorted(said)[1] == "applied"
    assert "Look at the changes again" in sorted(said)[0]
    assert sorted(Import.objects.values_list("state", flat=True)) == ["applied", "ready"]
    assert Person.objects.count() == 300


def test_what_somebody_changes_while_an_import_waits_is_not_overwritten():
    person = factories.person("Cai", email="cai@example.org", phone="1")
    import_ = preview("Mail,Name,Phone\ncai@example.org,Cai,2\n")

    def change():
        return Person.objects.filter(pk=person.pk, phone="1").update(phone="3")

    said = at_once(lambda: apply(import_.pk), change)

    person.refresh_from_db()
    assert (said, person.phone) in [
        (["applied", 0], "2"),
        ([said[0], 1], "3"),
    ]
    assert said[0] == "applied" or "Look at the changes again" in said[0]


def test_two_who_take_an_import_back_take_it_back_once():
    import_ = bring_in(FILE, creates_groups=True)

    said = at_once(*[lambda: undoing.undo(Import.objects.get(pk=import_.pk), by=None, now=NOW)] * 2)

    assert sum(isinstance(one, undoing.Undone) for one in said) == 1
    assert "This import was taken back. Upload the file again." in said
    assert Person.objects.count() == 0
