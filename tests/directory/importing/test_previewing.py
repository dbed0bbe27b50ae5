"""What a file would do is seen before it is done; every error has its row and its column."""

import pytest

from directory.enums import ImportState
from directory.importing import mapping, uploading
from directory.importing.refusals import MappingRefused, Unreadable
from directory.models import Import
from stakeholders.enums import AddressState
from stakeholders.models import Group, Person
from tests import factories
from tests.directory.importing.files import changes, outcomes, preview, said, take_in, workbook

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        (["Employee number", "Full name", "E-mail address"], ["external_id", "name", "email"]),
        (["Personal-Nr.", "Vorname", "Nachname", "E-Mail"], ["external_id", "first_name", "last_name", "email"]),
        (["Matricule", "Nom", "Prénom", "Adresse e-mail"], ["external_id", "last_name", "first_name", "email"]),
        (["Nom", "Courriel", "Fuseau horaire", "Langue"], ["name", "email", "time_zone", "language"]),
        (["Name", "Mail", "Abteilung", "Gruppen", "Straße"], ["name", "email", "department", "groups"]),
        (["Display name", "UPN", "Mail"], ["name", "email"]),
        (["Name", "Vorname", "Mail"], ["name", "email"]),
    ],
)
def test_columns_are_guessed_in_three_languages(head, fields):
    assert sorted(mapping.guess(head).values()) == sorted(fields)


@pytest.mark.parametrize(
    ("chosen", "sentences"),
    [
        ({"Name": "name"}, ["A column is missing: nobody can be found without an external id or an e-mail address."]),
        ({"Mail": "email"}, ["A column is missing: the name, or first name and last name."]),
        (
            {"Mail": "email", "Name": "name", "Nam": "phone"},
            ["There is no column “Nam”. The file has: Name, Mail, Other."],
        ),
        (
            {"Mail": "email", "Other": "email", "Name": "name"},
            ["E-mail address comes from two columns: “Mail” and “Other”. Keep one."],
        ),
    ],
)
def test_a_mapping_that_says_too_little_or_too_much_is_refused(chosen, sentences):
    with pytest.raises(MappingRefused) as refused:
        mapping.check(chosen, head=["Name", "Mail", "Other"])

    assert refused.value.sentences == sentences


def test_an_unknown_field_is_refused_with_those_that_exist():
    with pytest.raises(MappingRefused, match=r"There is no field “mial”\. The fields are: external_id, name, "):
        mapping.check({"Mail": "mial"}, head=["Mail"])


def test_every_bad_cell_is_told_with_its_row_and_column():
    factories.site("Berlin Mitte")
    factories.group("Board")
    long = "x" * 161
    content = (
        "Id,Name,Mail,Zone,Site,Language,Level,Groups,Verteiler,Works from,Works until\n"
        '1,Ana,ana@,Europe/Berln,"Berlin, Mite",xx,guru,Bord,maybe,8,25:00\n'
        f"2,{long},ben@example.org,CET,,de,plain,,no,8,17\n"
        "3,,cai@example.org,W. Europe Standard Time,,,,,,,\n"
        ",Dee,,New York,,,,,,9:00,\n"
    )

    assert said(preview(content)) == [
        (2, "Mail", "“ana@” is not an e-mail address. Write it like name@example.org."),
        (2, "Zone", "“Europe/Berln” is not a time zone. Did you mean Europe/Berlin?"),
        (2, "Site", "There is no site “Berlin, Mite”. Did you mean Berlin Mitte?"),
        (2, "Language", "“xx” is not a language we write in. Use en, de or fr."),
        (2, "Level", "“guru” is not a reader level. Use plain or technical."),
        (2, "Groups", "There is no group “Bord”. Did you mean Board?"),
        (2, "Verteiler", "“maybe” is neither yes nor no. Use yes or no."),
        (2, "Works until", "“25:00” is not a time of day. Write it like 08:30."),
        (3, "Name", f"“{'x' * 60}…” has 161 characters; at most 160 fit."),
        (3, "Zone", "“CET” is not a time zone. Did you mean Europe/Berlin?"),
        (4, "Zone", "“W. Europe Standard Time” is not a time zone. Did you mean Europe/Berlin?"),
        (4, "Name", "The name is missing. Somebody new needs one."),
        (5, "Zone", "“New York” is not a time zone. Did you mean America/New_York?"),
        (5, "Id", "Neither an external id nor an e-mail address: nobody can be found by this row."),
        (5, "Works from", "Working hours need a beginning and an end: give both or neither."),
    ]


def test_rows_that_are_too_short_too_long_or_damaged_are_told():
    content = (
        b"Name,Mail,Phone\nAna\nBen,ben@example.org,1,2\nC\x00ai,cai@example.org,\n"
        b"Dee,d@example.org,,,\nEli,e@example.org\n"
    )

    import_ = preview(content)

    found = said(import_)
    assert [found[0], found[2], found[3]] == [
        (2, "Mail", "The cell is missing: the row has 1, the head 3. Is a quotation mark missing?"),
        (3, "D", "The cell belongs to no column: the row has 4, the head 3. Is a quotation mark missing?"),
        (4, "Name", "The cell has a control character (such as NUL) in it. The file may be damaged: save it again."),
    ]
    assert outcomes(import_) == [(2, "wrong"), (3, "wrong"), (4, "wrong"), (5, "new"), (6, "new")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1.23E+05;Ana;a@example.org", ("Id", "“1.23E+05” is a number that the spreadsheet has shortened.")),
        ("1,23457E+11;Ana;a@example.org", ("Id", "“1,23457E+11” is a number that the spreadsheet has shortened.")),
        ("#NV;Ana;a@example.org", ("Id", "The cell is an error of the spreadsheet (#NV).")),
        ("1;#NAME?;a@example.org", ("Name", "The cell is an error of the spreadsheet (#NAME?).")),
        ("1;=1+1;a@example.org", ("Name", "The cell looks like a formula.")),
        ("1;Ana;Ana <a@x.org>", ("Mail", "“Ana <a@x.org>” is not an e-mail address. Did you mean a@x.org?")),
        ("1;Ana;mailto:a@x.org", ("Mail", "“mailto:a@x.org” is not an e-mail address. Did you mean a@x.org?")),
        ("1;Ana;a@x.org.", ("Mail", "“a@x.org.” is not an e-mail address. Did you mean a@x.org?")),
        ('1;Ana;"a@x.org; b@x.org"', ("Mail", "“a@x.org; b@x.org” is not an e-mail address. There are several in it")),
        (";Ana;n/a", ("Mail", "“n/a” is not an e-mail address. Write it like name@example.org.")),
    ],
)
def test_what_spreadsheets_and_people_leave_in_cells_is_one_problem_with_its_remedy(row, problem):
    import_ = preview(f"Id;Name;Mail\n{row}\n")

    ((_, column, sentence),) = said(import_)
    assert (column, sentence[: len(problem[1])]) == problem


def test_an_odd_value_that_is_stored_already_is_no_error():
    factories.person("#N/A", email="ana@example.org", external_id="1.5E+10")

    assert outcomes(preview("Id,Name,Mail\n1.5E+10,#N/A,ana@example.org\n")) == [(2, "same")]


def test_a_wrong_address_that_repeats_is_told_once():
    import_ = preview("Id,Name,Mail\n1,Ana,n/a\n2,Ben,n/a\n")

    assert [len(row.problems) for row in import_.rows.order_by("number")] == [1, 1]


@pytest.mark.parametrize("language", ["de-CH", "de_DE.UTF-8", "german", "Deutsch (Schweiz)", "ger", "DEU"])
def test_a_language_has_many_names(language):
    import_ = preview(f"Name,Mail,Language\nAna,a@example.org,{language}\n")

    assert import_.rows.get().values["language"] == "de"


def test_the_zones_of_outlook_are_recognised():
    import_ = preview('Name;Mail;Zone\nAna;a@example.org;"(UTC+01:00) Amsterdam, Berlin, Bern"\n')

    assert said(import_)[0][2].endswith("is not a time zone. Did you mean Europe/Amsterdam?")


def test_formula_cells_are_errors_where_the_column_is_used():
    content = workbook(["Name", "Mail", "Remark"], ["Ana", "=A2", "=1+1"], ["Ben", "ben@example.org", "=1+1"])

    import_ = preview(content, name="people.xlsx")

    assert said(import_)[0] == (
        2,
        "Mail",
        "The cell is a formula. Copy the column and paste it as values, then save.",
    )
    assert outcomes(import_) == [(2, "wrong"), (3, "new")]


def test_rows_with_the_same_key_name_each_other_and_none_of_them_counts():
    content = "Id,Name,Mail\n1,Ana,a@example.org\n2,Ben,A@Example.org\n1,Cai,c@example.org\n4,Dee,d@example.org\n"

    import_ = preview(content)

    assert said(import_) == [
        (2, "Id", "Row 4 has the same value."),
        (2, "Mail", "Row 3 has the same value."),
        (3, "Mail", "Row 2 has the same value."),
        (4, "Id", "Row 2 has the same value."),
    ]
    assert import_.counts["new"] == 1


def test_two_rows_that_mean_the_same_person_are_errors():
    factories.person("Ana", email="ana@example.org", external_id="1")

    import_ = preview("Id,Name,Mail\n1,Ana,\n9,Ana,ana@example.org\n")

    assert said(import_) == [(2, "Id", "Row 3 means the same person."), (3, "Id", "Row 2 means the same person.")]


def test_people_are_found_by_external_id_first_then_by_address_in_any_case():
    ana = factories.person("Ana", email="old@example.org", external_id="1")
    ben = factories.person("Ben", email="Ben@Example.org")

    import_ = preview("Id,Name,Mail\n1,Ana Abel,new@example.org\n2,Ben,ben@example.org\n3,Cai,cai@example.org\n")

    assert list(import_.rows.order_by("number").values_list("person", flat=True)) == [ana.pk, ben.pk, None]
    assert changes(import_) == [
        {"name": ["Ana", "Ana Abel"], "email": ["old@example.org", "new@example.org"]},
        {"external_id": ["", "2"]},
        {},
    ]
    assert import_.counts == {"new": 1, "changed": 2, "same": 0, "wrong": 0, "kept": 0, "new_groups": []}


def test_an_external_id_and_an_address_of_two_people_are_an_error():
    factories.person("Ana", email="ana@example.org", external_id="1")
    factories.person("Ben", email="ben@example.org", external_id="2")

    assert said(preview("Id,Name,Mail\n1,Ana,ben@example.org\n")) == [
        (2, "Id", "These are two people: external id 1 is Ana, but ben@example.org belongs to Ben.")
    ]


def test_who_was_merged_is_who_they_became():
    kept = factories.person("Ana Abel", email="ana@example.org", external_id="1")
    factories.person("A. Abel", email="a@example.org", external_id="2", merged_into=kept, archived_at=factories.NOW)

    import_ = preview("Id,Name,Mail,Phone\n2,Ana Abel,a@example.org,123\n")

    assert [(row.person, row.changes) for row in import_.rows.order_by("number")] == [(kept, {"phone": ["", "123"]})]


def test_who_was_erased_does_not_come_back():
    factories.person("Erased", email="", external_id="1", erased_at=factories.NOW, archived_at=factories.NOW)

    assert said(preview("Id,Name\n1,Ana\n")) == [
        (2, "Id", "This person was erased on request. An import does not bring them back: take the row out.")
    ]


def test_who_left_comes_back_only_as_a_change_that_is_shown():
    factories.person("Ana", email="ana@example.org", external_id="1", archived_at=factories.NOW)

    assert changes(preview("Id,Name\n1,Ana\n")) == [{"archived": [True, False]}]


def test_who_left_does_not_take_an_address_back_that_somebody_else_has_now():
    factories.person("Ana", email="desk@example.org", external_id="1", archived_at=factories.NOW)
    factories.person("Ben", email="desk@example.org", external_id="2")

    assert said(preview("Id,Name\n1,Ana\n")) == [
        (2, "Id", "Ana left and would come back, but desk@example.org belongs to Ben now.")
    ]


def test_the_address_of_somebody_who_left_may_go_to_somebody_new():
    factories.person("Ana", email="desk@example.org", external_id="1", archived_at=factories.NOW)

    assert outcomes(preview("Id,Name,Mail\n2,Ben,desk@example.org\n")) == [(2, "new")]


def test_an_empty_cell_changes_nothing_and_a_new_address_works_again():
    factories.person(
        "Ana", email="old@example.org", external_id="1", phone="123", email_state=AddressState.BOUNCED, job_title="Dean"
    )

    assert changes(preview("Id,Name,Mail,Phone\n1,,new@example.org,\n")) == [
        {"email": ["old@example.org", "new@example.org"], "email_state": ["bounced", "working"]}
    ]


def test_what_a_person_chose_is_kept_and_said():
    factories.person("Ana", external_id="1", language="de", own_choices=["language"])

    import_ = preview("Id,Name,Language,Phone\n1,Ana,fr,7\n")

    assert [(row.outcome, row.changes, row.kept) for row in import_.rows.order_by("number")] == [
        ("changed", {"phone": ["", "7"]}, ["language"])
    ]
    assert import_.counts["kept"] == 1


def test_groups_and_tags_are_added_never_taken_away():
    board, staff = factories.group("Board"), factories.group("Staff")
    factories.person("Ana", external_id="1", tags=["pilot"], groups=[board, staff])

    import_ = preview("Id,Name,Groups,Tags\n1,Ana,board; New one|Other,vip;pilot\n", creates_groups=True)

    assert changes(import_) == [{"tags": [["pilot"], ["pilot", "vip"]], "groups": [[], ["New one", "Other"]]}]
    assert import_.counts["new_groups"] == ["New one", "Other"]
    assert Group.objects.count() == 2


def test_a_new_person_gets_the_clock_of_the_site_unless_the_file_says_otherwise():
    factories.site("Paris", time_zone="Europe/Paris")

    import_ = preview("Id,Name,Site\n1,Ana,PARIS\n")

    assert [row.values["site"] for row in import_.rows.order_by("number")] == ["Paris"]


def test_looking_changes_nothing_in_the_register_and_can_be_repeated():
    import_ = preview("Id,Name\n1,Ana\n")
    again = preview("Id,Name\n1,Ana\n")

    assert Person.objects.count() == 0
    assert outcomes(import_) == outcomes(again)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"Name,Mail\n", "The file has a head and no rows."),
        (
            b'Name,Mail\n"Ana,ana@example.org\n' + b"Ben,ben@example.org\n" * 5000,
            "Row 2, column A: A quotation mark is opened and never closed.",
        ),
    ],
)
def test_a_file_that_breaks_on_the_way_says_where_and_leaves_no_rows(content, problem):
    import_ = preview(content)

    assert (import_.state, import_.problem) == (ImportState.FAILED, problem)
    assert import_.rows.count() == 0


def test_a_file_that_is_too_large_is_refused_before_it_is_read(settings, monkeypatch):
    settings.IMPORT_MAX_MB = 1

    class Untouchable:
        def read(self, size):
            raise AssertionError("It was read.")

    with pytest.raises(Unreadable, match="The file is larger than 1 MB"):
        uploading.take_in(Untouchable(), name="x.csv", by=None, now=factories.NOW, size=(1 << 20) + 1)
    with pytest.raises(Unreadable, match="The file is larger than 1 MB"):
        take_in(b"Name\n" + b"x" * (1 << 20))
    assert Import.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 300])
def test_the_number_of_queries_does_not_grow_with_the_rows(rows, django_assert_num_queries):
    factories.person("Ana", external_id="0", email="p0@example.org")
    content = "Id,Name,Mail,Groups\n" + "".join(f"{one},P{one},p{one}@example.org,\n" for one in range(rows))

    with django_assert_num_queries(28):
        preview(content)
