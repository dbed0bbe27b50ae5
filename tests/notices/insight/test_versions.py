"""Who reads which version of the words, and which ones are missing."""

from notices.insight import versions
from notices.insight.reach import Reach
from tests import factories

ENGLISH, GERMAN = factories.WORDS[0], {**factories.WORDS[0], "language": "de", "subject": "Auf Deutsch"}


def of(words, **readers):
    notice = factories.notice(words=words)
    found = {tuple(version.split("_")): number for version, number in readers.items()}
    return versions.of(notice, Reach(goes_to=sum(found.values()), skipped=[], versions=found))


def test_each_missing_version_says_what_its_readers_get_instead(db):
    found = of([ENGLISH, GERMAN], en_plain=5, de_technical=3, fr_plain=2)

    assert [(one.key, one.readers, one.instead, one.is_foreign) for one in found.needed] == [
        ("de-technical", 3, "Deutsch", False),
        ("fr-plain", 2, "English", True),
    ]
    assert [one.key for one in found.foreign] == ["fr-plain"]


def test_a_version_counts_those_who_get_it_instead_of_their_own(db):
    english, german = of([ENGLISH, GERMAN], en_plain=5, fr_plain=2, de_technical=3).present

    assert (english.own, english.readers, english.others) == (5, 7, [("Français", 2)])
    assert (german.own, german.readers, german.others) == (0, 3, [("Deutsch, technical", 3)])


def test_a_version_that_is_behind_shows_what_changed_in_the_first(db):
    behind = {**GERMAN, "follows": {"subject": "Old", "body": ENGLISH["body"]}}

    german = of([ENGLISH, behind]).by_key["de-plain"]

    assert german.status.is_behind
    assert [change.title for change in german.since] == ["English: subject"]


def test_without_words_everybody_gets_nothing(db):
    (english,) = of([], en_plain=1).needed

    assert english.instead == "nothing"
