"""commsplan.lib.history and commsplan.lib.keeping: what was deleted comes back as it was."""

from datetime import timedelta

import pghistory
import pytest

from commsplan.lib import history, keeping
from tests.factories import assessment, critical_days, group, person, site, stakeholder, upgrade
from upgrades.models import Assessment, CriticalDays, Stakeholder, Upgrade

pytestmark = pytest.mark.django_db


def test_what_an_act_deleted_comes_back_under_its_key_with_what_hung_on_it(cai):
    stake = stakeholder(cai, of=upgrade(), note="Knows the old system.")
    kept = assessment(stake, influence=80, interest=20)
    with pghistory.context():
        Stakeholder.objects.filter(pk=stake.pk).delete()
        act = history.act()

    assert history.bring_back(act, Stakeholder, Assessment) == 2

    assert Stakeholder.objects.get(pk=stake.pk).note == "Knows the old system."
    assert Assessment.objects.values().get() == {
        "id": kept.pk,
        "stakeholder_id": stake.pk,
        "influence": 80,
        "interest": 20,
        "attitude": 0,
        "at": kept.at,
        "by_id": kept.by_id,
    }


def test_what_another_act_deleted_stays_deleted(cai, dee):
    of = upgrade()
    for who in (cai, dee):
        with pghistory.context():
            stakeholder(who, of=of).delete()
            act = history.act()

    history.bring_back(act, Stakeholder, Assessment)

    assert [one.person for one in Stakeholder.objects.all()] == [dee]


def test_bringing_back_twice_is_bringing_back_once(cai):
    with pghistory.context():
        stakeholder(cai, of=upgrade()).delete()
        act = history.act()
    history.bring_back(act, Stakeholder, Assessment)
    history.bring_back(act, Stakeholder, Assessment)

    assert Stakeholder.objects.count() == 1


def test_a_row_comes_back_with_its_choices_except_those_that_are_gone():
    staff, gone, harbour = group("Staff"), group("Gone"), site("Harbour")
    entry = critical_days(groups=[staff, gone], sites=[harbour])
    packed, key, created_at = keeping.pack(entry), entry.pk, entry.created_at
    entry.delete()
    gone.delete()

    keeping.unpack(CriticalDays, packed)

    back = CriticalDays.objects.get(pk=key)
    assert (list(back.groups.all()), list(back.sites.all())) == ([staff], [harbour])
    assert abs(back.created_at - created_at) < timedelta(milliseconds=1)


def test_a_packed_row_of_another_table_is_refused():
    with pytest.raises(ValueError, match="critical days"):
        keeping.unpack(CriticalDays, keeping.pack(person()))


def test_what_hung_on_something_that_is_gone_stays_away(cai):
    with pghistory.context():
        stakeholder(cai, of=upgrade()).delete()
        act = history.act()
    cai.delete()

    assert history.bring_back(act, Stakeholder, Assessment) == 0
    assert Stakeholder.objects.count() == 0


def test_bringing_a_row_back_twice_does_not_undo_what_was_done_since():
    entry = critical_days(name="Examinations")
    packed = keeping.pack(entry)
    entry.delete()
    keeping.unpack(CriticalDays, packed)
    CriticalDays.objects.update(name="Final examinations")

    keeping.unpack(CriticalDays, packed)

    assert CriticalDays.objects.get().name == "Final examinations"


def changed(stake, **values):
    with pghistory.context():
        for name, value in values.items():
            setattr(stake, name, value)
        stake.save()
        return history.act()


def test_what_an_act_changed_is_as_before_again(cai):
    stake = stakeholder(cai, of=upgrade(), note="Before.")
    with pghistory.context():
        made = assessment(stake)
        stake.note = "After."
        stake.save()
        act = history.act()

    with pghistory.context():
        assert history.take_back(act, Assessment, Stakeholder) == 2

    stake.refresh_from_db()
    assert stake.note == "Before."
    assert not Assessment.objects.filter(pk=made.pk).exists()
    with pghistory.context():
        assert history.take_back(act, Assessment, Stakeholder) == 0


def test_what_was_changed_again_since_is_not_taken_back(cai):
    stake = stakeholder(cai, of=upgrade(), note="First.")
    act = changed(stake, note="Second.")
    changed(stake, note="Third.")

    assert history.take_back(act, Stakeholder) == 0

    stake.refresh_from_db()
    assert stake.note == "Third."


def test_what_is_taken_back_has_a_version_that_no_open_page_has_seen():
    mail = upgrade("Mail")
    with pghistory.context():
        Upgrade.objects.filter(pk=mail.pk).update(name="Post", version=mail.version + 1)
        act = history.act()
    seen = Upgrade.objects.get(pk=mail.pk).version

    assert history.take_back(act, Upgrade) == 1

    mail.refresh_from_db()
    assert (mail.name, mail.version > seen) == ("Mail", True)
