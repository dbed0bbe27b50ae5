"""Workbooks as others write them: part by part."""

import io
import zipfile

import pytest

from commsplan.lib import xlsx
from commsplan.lib.sheets import FORMULA, TOO_LONG

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGED = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(*sheets: str, texts="", styles="", states=(), properties="", prefix="", strict=False):
    """`sheets` are what stands in <sheetData>."""
    of = "http://purl.oclc.org/ooxml/officeDocument/relationships" if strict else RELATED
    p = f"{prefix}:" if prefix else ""
    names = f'xmlns{":" + prefix if prefix else ""}="{MAIN}" xmlns:rel="{RELATED}"'
    listed = "".join(
        f'<{p}sheet name="S{at}" sheetId="{at}" state="{(states or ("visible",) * 9)[at]}" rel:id="r{at}"/>'
        for at in range(len(sheets))
    )
    links = "".join(
        f'<Relationship Id="r{at}" Type="{of}/worksheet" Target="sheets/s{at}.xml"/>' for at in range(len(sheets))
    )
    links += f'<Relationship Id="t" Type="{of}/sharedStrings" Target="/xl/texts.xml"/>' if texts else ""
    links += f'<Relationship Id="s" Type="{of}/styles" Target="styles.xml"/>' if styles else ""
    start = (
        f'<Relationships xmlns="{PACKAGED}"><Relationship Id="a" Type="{of}/officeDocument" Target="xl/workbook.xml"/>'
    )
    parts = {
        "_rels/.rels": f"{start}</Relationships>",
        "xl/workbook.xml": f"<{p}workbook {names}>{properties}<{p}sheets>{listed}</{p}sheets></{p}workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGED}">{links}</Relationships>',
        "xl/texts.xml": f"<sst {names.replace(':' + prefix if prefix else '~', '', 1)}>{texts}</sst>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
    }
    for at, sheet in enumerate(sheets):
        parts[f"xl/sheets/s{at}.xml"] = f"<{p}worksheet {names}>{sheet}</{p}worksheet>"
    return packed(parts)


def packed(parts: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def cells(data: str, **options) -> list[list]:
    return list(xlsx.read(workbook(f"<sheetData>{data}</sheetData>", **options)))


def row(*inner: str) -> list:
    return cells(f"<row>{''.join(inner)}</row>")[0]


def test_rows_and_cells_that_do_not_say_where_they_are_follow_each_other():
    assert cells("<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c t='str'><v>x</v></c></row>") == [
        ["1", "", "3"],
        [],
        ["x"],
    ]


def test_cells_say_where_they_are_in_any_order_and_gaps_stay():
    assert cells('<row r="3"><c r="C3"><v>3</v></c><c r="A3"><v>1</v></c></row>') == [[], [], ["1", "", "3"]]


def test_what_a_sheet_says_of_its_size_and_rows_of_styles_alone_count_for_nothing():
    styled = "".join(f'<row r="{number}"><c r="A{number}" s="0"/></row>' for number in range(2, 1000))
    sheet = f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>{styled}</sheetData>'

    assert list(xlsx.read(workbook(sheet))) == [["1"]]


def test_texts_are_shared_rich_escaped_and_without_how_they_are_spoken():
    texts = (
        "<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space='preserve'>ch </t></r></si>"
        "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></si><si><t>a_x000D_b</t></si><si/>"
    )
    shared = "".join(f'<c t="s"><v>{at}</v></c>' for at in range(5))

    assert cells(f"<row>{shared}<c><v>1</v></c></row>", texts=texts) == [["plain", "rich ", "東京", "a\rb", "", "1"]]


def test_texts_may_stand_in_the_cell():
    assert row(
        '<c t="inlineStr"><is><t>A</t></is></c>',
        '<c t="inlineStr"><is><r><t>B</t></r><r><t>C</t></r><rPh><t>no</t></rPh></is></c>',
        '<c t="inlineStr"><is><t><![CDATA[<D>]]></t></is></c>',
    ) == ["A", "BC", "<D>"]


@pytest.mark.parametrize(
    "cell",
    [
        "<c><f>1+1</f><v>2</v></c>",
        "<c><f>1+1</f></c>",
        '<c><f t="shared" si="0"/><v>2</v></c>',
        '<c t="str"><f t="array" ref="A1:A2">A2:A3</f><v>x</v></c>',
        '<c t="s"><f>A9</f><v>0</v></c>',
        '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    ],
)
def test_a_formula_is_a_fault_whatever_its_stored_result(cell):
    assert row(cell) == [FORMULA]


def test_numbers_are_written_as_people_do_and_never_with_lost_digits():
    assert row(*(f"<c><v>{raw}</v></c>" for raw in ("007", "4711.0", "1.23E+05", "0.1", "-3", " 5 "))) == [
        *("007", "4711", "123000", "0.1", "-3", "5"),
    ]
    assert row("<c><v>1.2345678901234599E+17</v></c>", "<c><v>1234567890123456</v></c>") == [TOO_LONG, TOO_LONG]


def test_formats_say_what_is_a_date_and_which_numbers_keep_their_zeros():
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="[$-407]d. mmm yy"/>'
        '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="164"/>'
        '<xf numFmtId="165"/><xf numFmtId="20"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="d"/></dxf></dxfs>'
    )
    found = [(1, 42), (2, 46083), (3, 0.375), (0, 46083), (2, 1e9)]
    data = "".join(f'<c s="{style}"><v>{value}</v></c>' for style, value in found)

    assert cells(f"<row>{data}</row>", styles=styles) == [["00042", "2026-03-02", "09:00", "46083", "1000000000"]]
    of_macs = cells(f"<row>{data}</row>", styles=styles, properties='<workbookPr date1904="1"/>')
    assert of_macs[0][1] == "2030-03-03"


def test_the_first_sheet_that_is_seen_is_read():
    sheets = [f"<sheetData><row><c><v>{number}</v></c></row></sheetData>" for number in range(3)]

    assert list(xlsx.read(workbook(*sheets, states=["veryHidden", "visible", "visible"]))) == [["1"]]
    assert list(xlsx.read(workbook(*sheets, states=["hidden"] * 3))) == [["0"]]


def test_a_prefix_and_the_strict_form_are_read_too():
    data = '<x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>A</x:t></x:is></x:c></x:row></x:sheetData>'

    assert list(xlsx.read(workbook(data, prefix="x", strict=True))) == [["A"]]


@pytest.mark.parametrize(
    "sheet",
    [
        "<sheetData><row><c t='s'><v>9</v></c></row></sheetData>",
        "<sheetData><row><c><v>abc</v></c></row></sheetData>",
        "<sheetData><row r='x'><c><v>1</v></c></row></sheetData>",
        "<sheetData><row><c r='7'><v>1</v></c></row></sheetData>",
        "<sheetData><row><c r='AAAAAA1'><v>1</v></c></row></sheetData>",
        "<sheetData><row><c><c><v>1</v></c></c></row></sheetData>",
        "<sheetData><row><c><v>1</v></c>",
        "<sheetData><row><c s='99'><v>1</v></c></row></sheetData>",
        "<sheetData><row><c t='d'><v>yesterday</v></c></row></sheetData>",
        "<a>" * 101,
    ],
)
def test_a_broken_sheet_is_a_sentence(sheet):
    with pytest.raises(xlsx.NotAWorkbook):
        list(xlsx.read(workbook(sheet)))


def test_rows_that_go_back_are_a_sentence_and_not_moved():
    with pytest.raises(xlsx.NotAWorkbook):
        cells('<row r="5"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row>')
