"""Whatever Excel and its like write."""

import datetime
import io
import zipfile

import pytest

from directory.importing import reading
from directory.importing.refusals import Unreadable
from tests.directory.importing.files import with_part, workbook

HEAD = ["Name", "E-Mail"]
ROWS = [(2, ["Ana Müller", "ana@example.org"]), (3, ["Ben, B.", "ben@example.org"])]


def read(content):
    table = reading.read(content)
    return table.head, [(row.number, row.cells) for row in table.rows]


def refusal(content):
    with pytest.raises(Unreadable) as caught:
        read(content)
    return str(caught.value)


TEXT = 'Name;E-Mail\r\nAna Müller;ana@example.org\r\n"Ben, B.";ben@example.org\r\n'


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("cp1252"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        b"sep=;\r\n" + TEXT.encode(),
        b'\xef\xbb\xbf"sep=;"\n' + TEXT.encode(),
        TEXT.replace(";", ",").encode(),
        TEXT.replace(";", "\t").encode(),
        TEXT.replace(";", "|").encode(),
        b"sep=|\n" + TEXT.replace(";", "|").encode("cp1252"),
        TEXT[:-2].encode(),
        TEXT.encode("mac_roman"),
        TEXT.encode("cp850"),
        TEXT.encode() + b"\x1a",
        TEXT.replace(";", ", ").encode(),
    ],
)
def test_the_same_table_comes_out_of_every_encoding_separator_and_line_end(content):
    assert read(content) == (HEAD, ROWS)


def test_a_single_column_needs_no_separator():
    assert read(b"E-Mail\nana@example.org\n") == (["E-Mail"], [(2, ["ana@example.org"])])


def test_a_cell_with_line_breaks_is_one_row_and_empty_lines_count():
    content = b'Name,E-Mail\n"Ana\r\nAbel",ana@example.org\n\n,\n"said ""hi""",b@example.org\n'

    assert read(content)[1] == [
        (2, ["Ana\r\nAbel", "ana@example.org"]),
        (3, []),
        (4, ["", ""]),
        (5, ['said "hi"', "b@example.org"]),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \r\n\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b";;\n;;\n", "The file is empty."),
        (b";".join(b"%d" % at for at in range(300)), "Row 1: The file has 300 columns; at most 256 are read."),
        (
            b"Name,Mail\nx," + b"y" * 200_000,
            "Row 2, column B: A cell is longer than any spreadsheet allows; perhaps a quotation mark is not closed.",
        ),
        (
            b"Name,Mail\n" + b"x" * 200_000 + b",y",
            "Row 2, column A: A cell is longer than any spreadsheet allows; perhaps a quotation mark is not closed.",
        ),
        (b"Name,Mail,MAIL\n", "Row 1, column C: Two columns are called “MAIL” (columns B and C). Rename one of them."),
        (
            b"Na\x00me,Mail\n",
            "Row 1, column A: The name of the column has a control character (such as NUL) in it. The file may be "
            "damaged: save it again.",
        ),
        (
            b'Name,Mail\nAna,a@example.org\nBen,"b@example.org\nCai,c@example.org\n',
            "Row 3, column B: A quotation mark is opened and never closed.",
        ),
        (
            b'Name,Mail\n"Ana "the boss" Abel",a@example.org\n',
            "Row 2, column A: Text follows a closing quotation mark. Write quotation marks inside a cell twice.",
        ),
        (
            b"Name,Mail\nAna,a@example.org\nM\xc3\xbcller,b@example.org\nB\xe4r,c@example.org\n",
            "Row 4: A character cannot be read: the text is not UTF-8 throughout. Save the file as CSV UTF-8.",
        ),
        (
            b"Name,Mail\nB\xe4r M\xfcller\x81,c@example.org\n",
            "Row 2: A character cannot be read: the text is not Windows-1252 throughout. Save the file as CSV UTF-8.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
            "This is an old Excel file (.xls), which is not read. Save it as .xlsx or CSV.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "This workbook is protected by a password. Save it as .xlsx or CSV without one.",
        ),
        (b"%PDF-1.7", "This is a PDF, not a table. Save it as .xlsx or CSV."),
        (
            b"\xef\xbb\xbf<html><table>",
            "This is a web page or XML, whatever its name says. Open it in Excel. Save it as .xlsx or CSV.",
        ),
        (
            b"PK\x03\x04 but no archive",
            "This workbook is damaged: it cannot be unpacked. Save it again as .xlsx.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place_and_a_remedy(content, sentence):
    assert refusal(content) == sentence


def test_a_column_without_a_name_is_called_by_its_place_and_empty_ones_at_the_end_are_dropped():
    assert read(b"Name,,E-Mail,,\n")[0] == ["Name", "Column B", "E-Mail"]


def test_formulas_in_text_are_pointed_out_and_literals_are_not_formulas():
    rows = list(reading.read(b'Name,Id,Phone\n=1+1,"=""007""",+49 30\n').rows)

    assert rows[0].cells[1:] == ["007", "+49 30"]
    assert list(rows[0].faults) == [0]


def test_a_workbook_gives_numbers_dates_and_times_as_people_write_them():
    content = workbook(
        ["Name", "Id", "Start", "At", "Yes", "Rate", "Text"],
        ["Ana", 4711.0, datetime.date(2026, 3, 2), datetime.time(8, 30), True, 1.5, "007"],
        [],
        ["Ben"],
    )

    assert read(content)[1] == [
        (2, ["Ana", "4711", "2026-03-02", "08:30", "true", "1.5", "007"]),
        (3, []),
        (4, ["Ben"]),
    ]


def test_a_formula_in_a_workbook_is_a_fault_even_with_a_stored_result_and_text_like_one_is_not():
    def change(sheet):
        sheet["B2"].value = "=1+1"
        sheet["B2"].data_type = "s"
        sheet["C2"] = "#N/A"
        sheet["C2"].data_type = "e"

    row = next(reading.read(workbook(["Name", "Id", "Mail"], ["=A1", "x", "y"], change=change)).rows)

    assert row.cells == ["", "=1+1", ""]
    assert row.faults == {
        0: "is a formula. Copy the column and paste it as values, then save.",
        2: "is an error of the spreadsheet (#N/A).",
    }


def test_an_entity_bomb_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'

    assert refusal(with_part(workbook(["Name"], ["Ana"]), "xl/worksheets/sheet1.xml", bomb)) == (
        "This workbook is damaged. Open it in your spreadsheet program and save it again as .xlsx."
    )


def test_an_archive_that_unpacks_to_far_more_than_a_table_is_refused_unread():
    content = with_part(workbook(["Name"], ["Ana"]), "xl/media/zeros.bin", bytes(140 << 20))

    assert len(content) < 1 << 20
    assert refusal(content) == "This workbook unpacks to far more than a table of people needs."


def test_an_archive_that_lies_about_its_size_is_refused():
    content = with_part(workbook(["Name"], ["Ana"]), "xl/media/zeros.bin", bytes(1 << 20))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/media/zeros.bin").file_size
    lying = content.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))

    assert refusal(lying) == "This workbook is damaged: it cannot be unpacked. Save it again as .xlsx."


def test_another_archive_is_no_workbook():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    assert refusal(made.getvalue()) == "This is not an Excel workbook (.xlsx). Save it as .xlsx or CSV."


def test_a_row_far_out_does_not_keep_the_reader_busy():
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        b'<row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>Ana</t></is></c></row></sheetData></worksheet>'
    )

    assert refusal(with_part(workbook(["Name"]), "xl/worksheets/sheet1.xml", sheet)) == (
        "This workbook has more than 1,048,576 rows."
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_titles_above_the_table_are_passed_over(separator):
    text = "People of Northfield\n\nAs of,2026-03-02\nName,E-Mail\nAna,ana@example.org\n".replace(",", separator)

    assert read(text.encode()) == (["Name", "E-Mail"], [(5, ["Ana", "ana@example.org"])])


def test_titles_above_the_table_in_a_workbook_are_passed_over():
    content = workbook(["People"], [], ["", "Name", "E-Mail"], ["", "Ana", "ana@example.org"])

    assert read(content) == (["Column A", "Name", "E-Mail"], [(4, ["", "Ana", "ana@example.org"])])


def test_the_first_row_stays_the_head_when_none_after_it_names_columns():
    assert read(b"Wer,Wohin\nAna,ana@example.org\n") == (["Wer", "Wohin"], [(2, ["Ana", "ana@example.org"])])


def test_an_empty_first_sheet_says_where_the_table_belongs():
    assert refusal(workbook()) == "The first sheet of this workbook is empty. Move the table to the front."


NAMES = (
    "Jörg Weiß",
    "André Lefèvre",
    "Françoise Hébert",
    "ÄRZTIN Östlund",
    "Zoë O’Brien",
    "Müller – Köln",
    "Ana-Belén",
)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
@pytest.mark.parametrize("names", [NAMES, NAMES[:1], NAMES[2:4]])
def test_what_excel_saves_for_windows_mac_and_dos_is_told_apart_by_its_letters(encoding, names):
    names = [name for name in names if name.encode(encoding, "replace").decode(encoding) == name]
    content = "".join(f"{name};x@example.org\r\n" for name in ["Name", *names]).encode(encoding)

    assert [row[1][0] for row in read(content)[1]] == names


@pytest.mark.parametrize(
    "name", ["Šimek", "Miloš Žižek", "Tomáš Dvořák".replace("ř", "r"), "Łukasz".replace("Ł", "L"), "5 €"]
)
def test_names_in_windows_encoding_are_not_taken_for_another(name):
    assert read(f"Name;Mail\r\n{name};x@example.org\r\n".encode("cp1252"))[1][0][1][0] == name


def test_two_columns_that_mean_nothing_may_have_one_name():
    assert read(b"Name,Note,Mail,note\n")[0] == ["Name", "Note", "Mail", "note (column D)"]
