"""Whether a translation still says what the first version says."""

from notices import translations

ENGLISH = {"language": "en", "level": "plain", "subject": "Mail stops", "body": "On Monday."}
GERMAN = {"language": "de", "level": "plain", "subject": "Mail steht", "body": "Am Montag."}
FRENCH = {"language": "fr", "level": "plain", "subject": "Arrêt", "body": "Lundi."}
SECOND = {**ENGLISH, "body": "On Tuesday."}
THIRD = {**ENGLISH, "body": "On Wednesday."}


def status(words, version="de-plain"):
    return translations.of(words)[version]


def test_what_was_written_together_is_in_step():
    assert status([ENGLISH, GERMAN]).is_up_to_date


def test_a_change_of_the_first_one_leaves_the_others_behind():
    words = translations.noted([ENGLISH, GERMAN, FRENCH], [SECOND, GERMAN, {**FRENCH, "body": "Mardi."}])

    assert status(words).followed == {"subject": "Mail stops", "body": "On Monday."}
    assert status(words, "fr-plain").is_up_to_date
    assert status(words, "en-plain").is_first


def test_it_stays_behind_from_where_it_was_left():
    words = translations.noted([ENGLISH, GERMAN], [SECOND, GERMAN])

    again = translations.noted(words, [THIRD, GERMAN])

    assert status(again).followed == {"subject": "Mail stops", "body": "On Monday."}


def test_touching_it_brings_it_up_to_date():
    words = translations.noted([ENGLISH, GERMAN], [SECOND, GERMAN])

    again = translations.noted(words, [SECOND, {**GERMAN, "body": "Am Dienstag."}])

    assert again == [SECOND, {**GERMAN, "body": "Am Dienstag."}]


def test_taking_the_change_back_brings_it_up_to_date():
    words = translations.noted([ENGLISH, GERMAN], [SECOND, GERMAN])

    assert translations.noted(words, [ENGLISH, GERMAN]) == [ENGLISH, GERMAN]


def test_somebody_may_say_that_it_is_up_to_date():
    words = translations.noted([ENGLISH, GERMAN], [SECOND, GERMAN])

    again = translations.noted(words, translations.up_to_date([SECOND, GERMAN], "de-plain"))

    assert again == [SECOND, GERMAN]


def test_a_mark_holds_until_the_first_one_changes_again():
    marked = translations.noted([SECOND, GERMAN], translations.up_to_date([SECOND, GERMAN], "de-plain"))

    assert status(translations.noted(marked, [THIRD, GERMAN])).followed == {
        "subject": "Mail stops",
        "body": "On Tuesday.",
    }


def test_another_first_version_is_followed_from_anew():
    words = translations.noted([ENGLISH, GERMAN, FRENCH], [SECOND, GERMAN, FRENCH])

    assert translations.noted(words, [GERMAN, FRENCH]) == [GERMAN, FRENCH]


def test_a_copy_of_the_first_one_is_not_translated_yet():
    copy = {**ENGLISH, "language": "de"}

    assert status([ENGLISH, copy]).is_copy
    assert not status([ENGLISH, {**ENGLISH, "level": "technical"}], "en-technical").is_copy
