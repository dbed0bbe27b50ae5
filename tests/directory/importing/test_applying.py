"""All or nothing, exactly what was looked at, and back again."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoRedis

from directory import tasks
from directory.enums import ImportState
from directory.importing import applying, forgetting, leasing, previewing, undoing
from directory.importing.progress import progress_of, to_cache
from directory.importing.refusals import LostLease, Refused
from directory.models import Import, ImportRow
from stakeholders.enums import Topic
from stakeholders.models import Group, Membership, OptOut, Person
from tests import factories
from tests.directory.importing.files import apply, bring_in, outcomes, preview, take_in
from tests.factories import NOW

pytestmark = pytest.mark.django_db
FILE = (
    "Id,Name,Mail,Phone,Site,Zone,Language,Level,List,From,Until,Tags,Groups\n"
    "1,Ana Abel,ana@example.org,+49 30,Berlin,Europe/Berlin,de,technical,no,8,16:30,vip; pilot,Board; Staff\n"
    "2,Ben,ben@example.org,,Berlin,,,,yes,,,,Board\n"
)
MAPPING = {
    **{"Id": "external_id", "Name": "name", "Mail": "email", "Phone": "phone", "Site": "site", "Zone": "time_zone"},
    **{"Language": "language", "Level": "reader_level", "List": "is_list", "From": "works_from"},
    **{"Until": "works_until", "Tags": "tags", "Groups": "groups"},
}


@pytest.fixture
def berlin(db):
    return factories.site("Berlin", time_zone="Europe/Berlin")


def register():
    """All that an import may change."""
    people = Person.objects.order_by("name", "pk")
    fields = ("name", "email", "phone", "external_id", "site__name", "time_zone", "language", "archived_at", "tags")
    groups = Membership.objects.order_by("group__name", "person__name").values_list("group__name", "person__name")
    return list(people.values_list(*fields)), list(groups)


def test_new_people_come_in_with_everything_the_file_says(berlin, ana):
    bring_in(FILE, by=ana, mapping=MAPPING, creates_groups=True)

    one, two = Person.objects.order_by("external_id")
    assert (one.name, one.email, one.phone, one.site, one.time_zone) == (
        *("Ana Abel", "ana@example.org", "+49 30", berlin, "Europe/Berlin"),
    )
    assert (one.language, one.reader_level, one.is_list, one.tags) == ("de", "technical", False, ["vip", "pilot"])
    assert (f"{one.works_from:%H:%M}", f"{one.works_until:%H:%M}") == ("08:00", "16:30")
    assert (two.is_list, two.time_zone, two.language, two.works_from) == (True, "Europe/Berlin", "en", None)
    assert (two.own_choices, two.refused_channels, two.works_on) == ([], [], [1, 2, 3, 4, 5])
    assert register()[1] == [("Board", "Ana Abel"), ("Board", "Ben"), ("Staff", "Ana Abel")]


def test_the_history_names_the_account_and_the_act(berlin, ana):
    import_ = bring_in(FILE, by=ana, mapping=MAPPING, creates_groups=True)

    events = Person.pgh_event_model.objects.filter(pgh_context=import_.act)
    assert [(event.pgh_label, event.name) for event in events.order_by("name")] == [
        ("insert", "Ana Abel"),
        ("insert", "Ben"),
    ]
    assert events.order_by("name")[0].pgh_context.metadata == {"user": ana.pk, "import": import_.pk}


def test_the_same_file_again_changes_nothing(berlin):
    bring_in(FILE, mapping=MAPPING, creates_groups=True)
    events = Person.pgh_event_model.objects.count()

    again = bring_in(FILE, mapping=MAPPING)

    assert outcomes(again) == [(2, "same"), (3, "same")]
    assert Person.pgh_event_model.objects.count() == events


def test_preferences_and_what_is_not_in_the_file_are_never_touched(dee):
    Person.objects.filter(pk=dee.pk).update(phone="7", preferred_channel="portal", wants_invitations=True)

    bring_in("Name,Mail,Language\nDee Dorn-Abel,dee@example.org,fr\n")

    dee.refresh_from_db()
    assert (dee.name, dee.language, dee.phone) == ("Dee Dorn-Abel", "fr", "7")
    assert (dee.preferred_channel, dee.wants_invitations) == ("portal", True)
    assert OptOut.objects.filter(person=dee).count() == len(Topic.values)


def test_rows_with_errors_stop_everything_unless_they_are_left_out():
    import_ = preview("Name,Mail\nAna,ana@example.org\nBen,ben\n")

    with pytest.raises(Refused, match="1 row has errors"):
        applying.ask(import_, skips_wrong=False, now=NOW)
    assert Person.objects.count() == 0

    apply(import_, skips_wrong=True)
    assert [one.name for one in Person.objects.order_by("pk")] == ["Ana"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda: Person.objects.filter(external_id="1").update(phone="other"),
        lambda: Person.objects.filter(external_id="1").update(archived_at=NOW),
        lambda: Person.objects.filter(external_id="1").update(own_choices=["phone"]),
        lambda: Person.objects.filter(external_id="1").delete(),
        lambda: factories.person("Somebody", email="NEW@example.org"),
        lambda: factories.person("Somebody", external_id="2"),
        lambda: Group.objects.all().delete(),
    ],
)
def test_what_changed_since_it_was_looked_at_is_not_overwritten(meanwhile):
    factories.group("Board")
    factories.person("Ana", email="ana@example.org", external_id="1", phone="1")
    import_ = preview("Id,Name,Mail,Phone,Groups\n1,Ana,,2,\n2,Ben,new@example.org,,Board\n")
    meanwhile()
    before = register()

    with pytest.raises(Refused, match="Look at the changes again"):
        apply(import_)

    assert register() == before
    assert (import_.state, import_.problem[:26]) == (ImportState.READY, "Look at the changes again:")


def test_an_error_in_the_middle_leaves_nothing(berlin):
    """Two new people would get one address: the database refuses the second."""
    before = register()
    import_ = preview(FILE, mapping=MAPPING, creates_groups=True)
    ImportRow.objects.filter(of=import_, number=3).update(
        values={"name": "Ben", "email": "ana@example.org", "external_id": "2"}
    )

    with pytest.raises(Refused, match="somebody else has one of these addresses"):
        apply(import_)

    assert register() == before
    assert Group.objects.count() == 0
    assert import_.state == ImportState.READY


def test_an_import_is_applied_once():
    import_ = bring_in("Id,Name\n1,Ana\n")

    with pytest.raises(Refused, match="applied already"):
        apply(import_)
    tasks.apply_import(pk=import_.pk, by=None)
    assert Person.objects.count() == 1


def test_applying_keeps_no_copy_of_the_file():
    import_ = bring_in("Id,Name\n1,Ana\n")

    assert bytes(import_.content) == b""


def test_undo_takes_everything_back(berlin, ana):
    left = factories.person("Cai", email="cai@example.org", external_id="3", archived_at=NOW, tags=["old"])
    factories.person("Dee", email="dee@example.org", external_id="4", groups=[factories.group("Staff")])
    before = register()
    import_ = bring_in(
        FILE.replace("Board", "Board") + "3,Cai C,c@example.org,,Berlin,,fr,,,,,new,Board\n4,Dee,,1,,,,,,,,,Staff\n",
        mapping=MAPPING,
        creates_groups=True,
    )
    assert register() != before

    undone = undoing.undo(import_, by=ana, now=NOW)

    assert register() == before
    assert undone == (2, 0, 2, 4)
    assert [group.name for group in Group.objects.order_by("pk")] == ["Staff"]
    assert (left.archived_at, import_.state) == (NOW, ImportState.UNDONE)
    with pytest.raises(Refused, match="was taken back"):
        undoing.undo(import_, by=ana, now=NOW)


def test_undo_leaves_alone_what_somebody_changed_since_and_archives_who_is_in_use(ana):
    factories.person("Cai", email="cai@example.org", external_id="3", phone="1", department="IT")
    import_ = bring_in("Id,Name,Phone,Department\n3,Cai,2,HR\n5,Eve,,\n")
    Person.objects.filter(external_id="3").update(phone="3")
    eve = Person.objects.get(external_id="5")
    eve.opt_out(Topic.NEWS)

    undone = undoing.undo(import_, by=ana, now=NOW)

    cai = Person.objects.get(external_id="3")
    eve.refresh_from_db()
    assert (cai.phone, cai.department, eve.archived_at, undone[:3]) == ("3", "IT", NOW, (0, 1, 1))


def test_undo_is_refused_when_a_former_address_is_taken(ana):
    factories.person("Cai", email="old@example.org", external_id="3")
    import_ = bring_in("Id,Name,Mail\n3,Cai,new@example.org\n")
    factories.person("Somebody", email="old@example.org")
    before = register()

    with pytest.raises(Refused, match="somebody else has one of the former addresses"):
        undoing.undo(import_, by=ana, now=NOW)
    assert register() == before


def test_a_dead_worker_is_taken_over_and_does_not_write_when_it_wakes_up():
    import_ = take_in("Id,Name\n1,Ana\n")
    previewing.ask(import_, mapping=import_.mapping, creates_groups=False, now=NOW)
    sleeper = Import.objects.get(pk=import_.pk)
    with pytest.raises(Refused, match="being read already"):
        previewing.ask(import_, mapping=import_.mapping, creates_groups=False, now=NOW)

    later = NOW + leasing.LASTS + timedelta(seconds=1)
    assert leasing.is_dead(import_, now=later)
    previewing.ask(import_, mapping=import_.mapping, creates_groups=False, now=later)
    previewing.preview(import_)

    with pytest.raises(LostLease):
        previewing.preview(sleeper)
    assert outcomes(import_) == [(2, "new")]


def test_the_tasks_do_what_was_asked_for_and_say_how_far_they_are(ana):
    cache.clear()
    import_ = take_in("Id,Name\n1,Ana\n", by=ana)
    previewing.ask(import_, mapping=import_.mapping, creates_groups=False, now=NOW)
    tasks.read_import(pk=import_.pk)
    tasks.read_import(pk=import_.pk)
    assert progress_of(import_) == (1, 1, "reading")

    import_.refresh_from_db()
    applying.ask(import_, skips_wrong=False, now=NOW)
    tasks.apply_import(pk=import_.pk, by=ana.pk)

    import_.refresh_from_db()
    assert (import_.state, import_.by, progress_of(import_).percent) == (ImportState.APPLIED, ana, 100)


def test_without_the_cache_an_import_goes_on_and_nobody_knows_how_far(monkeypatch):
    def gone(*args, **kwargs):
        raise NoRedis

    monkeypatch.setattr(cache, "set", gone)
    monkeypatch.setattr(cache, "get", gone)
    import_ = preview("Id,Name\n1,Ana\n")

    to_cache(import_)(1, 2, "reading")

    assert progress_of(import_) is None


def test_old_imports_are_thrown_away_and_what_was_applied_stays_as_a_line():
    seen, applied = preview("Id,Name\n1,Ana\n"), bring_in("Id,Name\n1,Ana\n")

    forgetting.throw_away_old(now=NOW + timedelta(days=31))

    assert list(Import.objects.values_list("pk", flat=True)) == [applied.pk]
    assert (ImportRow.objects.count(), seen.pk != applied.pk) == (0, True)
    with pytest.raises(Refused, match="thrown away"):
        undoing.undo(applied, by=None, now=NOW)
