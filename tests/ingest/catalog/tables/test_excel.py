import datetime
import zipfile

import pytest

from likewise.ingest.catalog.tables import TableOptions, open_table
from likewise.ingest.errors import CatalogError

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def cell(place: str, value) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.date):
        # Style 1 is a date; Excel counts days from the end of 1899.
        return f'<c r="{place}" s="1"><v>{(value - datetime.date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def sheet(rows: dict[int, list]) -> str:
    lines = []
    for number, row in rows.items():
        cells = "".join(cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row) if value is not None)
        lines.append(f'<row r="{number}">{cells}</row>')
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def write(path, **sheets: str):
    """An Excel file with these sheets, which are XML."""
    book = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(sheets, 1))
    targets = "".join(
        f'<Relationship Id="r{at}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    styles = f'<Relationship Id="r99" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>{book}</sheets></workbook>'
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships {PACKAGE}>{targets}{styles}</Relationships>")
        whole = f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f"<Relationships {PACKAGE}>{whole}</Relationships>")
        formats = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        archive.writestr("xl/styles.xml", f"<styleSheet {MAIN}>{formats}</styleSheet>")
        for at, content in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{at}.xml", content)
    return path


DAY = datetime.date(2026, 3, 1)


def test_values_keep_their_types(tmp_path, cells):
    rows = {1: ["id", " name ", "since", "new", 2025], 2: [7, " Shirt ", DAY, True, 1.5], 4: ["x", None, None, False]}
    table = open_table(write(tmp_path / "shop.xlsx", Products=sheet(rows)))
    assert table.columns == ["id", "name", "since", "new", "2025"]
    assert cells(table) == [[7.0, " Shirt ", DAY, True, 1.5], ["x", None, None, False, None]]
    assert [row.line for row in table.rows()] == [2, 4]
    assert table.recognised == "Excel, sheet 'Products', 5 columns"


def test_the_first_sheet_unless_another_is_named(tmp_path, cells):
    path = write(tmp_path / "shop.xlsx", One=sheet({1: ["a"]}), Two=sheet({3: ["b"], 4: [1]}))
    assert open_table(path).columns == ["a"]
    table = open_table(path, TableOptions(sheet="Two"))
    assert (table.columns, cells(table), [row.line for row in table.rows()]) == (["b"], [[1.0]], [4])
    with pytest.raises(CatalogError, match="no sheet 'Three'; it has 'One', 'Two'"):
        open_table(path, TableOptions(sheet="Three"))


def test_empty_columns_are_left_out_and_others_named(tmp_path):
    rows = {1: ["id", None, "name", None], 2: [1, None, "a", None], 3: [2, None, "b", "c"]}
    assert open_table(write(tmp_path / "shop.xlsx", S=sheet(rows))).columns == ["id", "name", "column 4"]


def test_it_is_known_by_its_content(tmp_path):
    assert open_table(write(tmp_path / "shop.csv", S=sheet({1: ["a"]}))).columns == ["a"]


def test_one_cell_far_away_is_refused_before_it_takes_memory(tmp_path):
    far = sheet({1: ["id"]}).replace("</sheetData>", '<row r="9"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    with pytest.raises(CatalogError, match=r"reaches to row 1,048,576 and column 16,384"):
        open_table(write(tmp_path / "shop.xlsx", S=far))


@pytest.mark.parametrize(
    ("rows", "words"), [({}, "is empty"), ({1: ["a", "a"]}, "column 'a' twice"), ({1: [" "]}, "has no columns")]
)
def test_sheets_that_are_no_tables(tmp_path, rows, words):
    with pytest.raises(CatalogError, match=words):
        open_table(write(tmp_path / "shop.xlsx", S=sheet(rows)))


def test_other_zip_files_and_damaged_ones(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("1.jpg", b"x")
    with pytest.raises(CatalogError, match="without an Excel sheet"):
        open_table(tmp_path / "photos.zip")
    data = write(tmp_path / "shop.xlsx", S=sheet({1: ["id"], 2: [1]})).read_bytes()
    for cut in range(0, len(data), 7):
        (tmp_path / "cut.xlsx").write_bytes(data[:cut])
        with pytest.raises(CatalogError):
            open_table(tmp_path / "cut.xlsx")
