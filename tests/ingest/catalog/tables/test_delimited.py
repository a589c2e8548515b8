import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.tables import TableOptions, open_table
from likewise.ingest.catalog.tables.lines import Block
from likewise.ingest.catalog.tables.quoting import Shape
from likewise.ingest.catalog.tables.records import Layout, read_rows
from likewise.ingest.errors import CatalogError

NAMES = {",": "commas", ";": "';'", "\t": "tabs", "|": "'|'"}


@pytest.mark.parametrize("delimiter", NAMES)
def test_a_delimiter_is_recognised(opened, cells, delimiter):
    table = opened(delimiter.join(("id", "name")) + "\n" + delimiter.join(("1", "Shirt")) + "\n")
    assert (table.columns, cells(table)) == (["id", "name"], [["1", "Shirt"]])
    assert table.recognised == f"CSV, {NAMES[delimiter]} between columns, UTF-8, 2 columns"
    assert table.types == {}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        # Two characters stand in the header and in every row: more columns win.
        ("id;price in EUR, net;colour\n1;9,50;red\n2;8,10;blue\n", ["id", "price in EUR, net", "colour"]),
        # The count that all rows have wins, though a title may have more signs.
        ("id,colour|shade,name\n1,red|dark,a\n2,blue,b\n3,x,c\n", ["id", "colour|shade", "name"]),
        ('id;text\n1;"a, b, c"\n2;"d, e"\n', ["id", "text"]),
        ('"id";"a;b"\n"1";"x"\n', ["id", "a;b"]),
        ("name\nShirt, slim\n", ["name"]),
        ("id,name\n", ["id", "name"]),
        # Line breaks in a cell are no rows.
        ('id;text, long\n1;"a\nb, c\nd"\n2;"e\nf, g\nh"\n', ["id", "text, long"]),
    ],
)
def test_the_consistent_delimiter_wins(opened, text, columns):
    assert opened(text).columns == columns


def test_a_table_of_one_column_has_no_delimiter(opened, cells):
    table = opened('name\nShirt, slim\n\n"Cap ""wide"""\n')
    assert cells(table) == [["Shirt, slim"], ['Cap "wide"']]
    assert table.recognised == "CSV, UTF-8, 1 column"


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_excels_own_first_line(opened, cells, first):
    table = opened(f"{first}\nid;a,b\n1;x,y\n")
    assert (table.columns, cells(table)) == (["id", "a,b"], [["1", "x,y"]])
    assert [row.line for row in table.rows()] == [3]


def test_a_delimiter_that_is_given_is_not_guessed(opened, cells):
    table = opened("id,a;b\n1,x;y\n", delimiter=";")
    assert (table.columns, cells(table)) == (["id,a", "b"], [["1,x", "y"]])
    assert opened("id\ta,b\n1\tx,y\n", delimiter="tab").columns == ["id", "a,b"]
    with pytest.raises(CatalogError, match=r"one character, .* received '::'"):
        opened("id::a\n", delimiter="::")


def test_names_of_columns_are_trimmed_and_lose_their_line_breaks(opened):
    assert opened('id , "name" ,"price\n(EUR)", net \n').columns == ["id", "name", "price (EUR)", "net"]


@pytest.mark.parametrize("text", ["id;a;a\n", "id; a;a \n", 'id;"a";a\n'])
def test_a_doubled_name_is_an_error(opened, text):
    with pytest.raises(CatalogError, match="column 'a' twice"):
        opened(text)


def test_the_empty_columns_of_a_spreadsheet_are_left_out(opened, cells):
    table = opened("id;;name;;\n1;;Shirt;;\n2;;Cap\n3;;Top; slim;;\n")
    assert table.columns == ["id", "name"]
    assert cells(table) == [["1", "Shirt"], ["2", "Cap"], ["3", "Top; slim"]]
    assert opened("id;name;;\n").columns == ["id", "name"]


def test_a_column_without_a_name_is_kept_if_it_has_cells(opened, cells):
    table = opened("id,,name,column 4,\n1,x,Shirt,a,\n2,,Cap,b,y\n")
    assert table.columns == ["id", "column 2", "name", "column 4", "column 5"]
    assert cells(table)[1] == ["2", "", "Cap", "b", "y"]
    assert opened("column 2,\na,b\n").columns == ["column 2", "column 2*"]


@pytest.mark.parametrize("text", [",,\n1,2,3\n", ";\n"])
def test_a_header_of_nothing_is_no_header(opened, text):
    with pytest.raises(CatalogError, match="has no columns"):
        opened(text)


def test_only_columns_that_are_kept_and_every_call_begins_anew(opened):
    table = opened("id,name,price\n1,Shirt,9\n")
    assert [row.fields for row in table.rows({"price", "id", "none"})] == [{"id": "1", "price": "9"}]
    assert [row.fields for row in table.rows([])] == [{}]
    assert [row.fields for row in table.rows()] == [{"id": "1", "name": "Shirt", "price": "9"}]


def test_broken_rows_of_any_delimiter_are_rejects_with_their_lines(opened, rejects):
    table = opened(
        'id;name;colour\n1;"é\nb";red'.encode() + b"\n2;few\n3;caf\xe9;red\n4;n\0l;red\n5;" + b"x" * 40_000 + b";red\n"
    )
    assert rejects(table) == [
        (4, "too-few-fields", "2 fields, the header has 3"),
        (5, "bad-encoding", "byte 6 is not UTF-8 (b'\\xe9')"),
        (6, "bad-encoding", "it contains a NUL character"),
        (7, "too-long", "name has 40,000 characters"),
    ]
    assert [row.line for row in table.rows()] == [2, 4, 5, 6, 7]


def test_blocks_end_where_records_go_on(opened, cells):
    # About three blocks of a MiB; a line break in a cell every other row.
    rows = [[str(at), f'say "{at}",\n\n"twice"' if at % 2 else "x" * 99, "end"] for at in range(40_000)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["id", "text", "last"], *rows])
    assert cells(opened(out.getvalue())) == rows


def test_a_stray_quote_in_a_long_table_costs_no_other_row(opened, cells):
    rows = [[str(at), 'heel 6"', '"never closed' if at == 20_000 else "x" * 60] for at in range(40_000)]
    table = opened("id,text,last\n" + "".join(",".join(row) + "\n" for row in rows))
    assert cells(table) == rows


@given(rows=st.lists(st.tuples(*[st.text("aé€ß\"', ;\n", max_size=9)] * 2), max_size=8))
def test_what_was_written_in_a_given_encoding_is_read_back(tmp_path_factory, cells, rows):
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(
        [["id", "Größe", "Maß"], *([number, *row] for number, row in enumerate(rows))]
    )
    path = tmp_path_factory.mktemp("table") / "shop.csv"
    path.write_bytes(out.getvalue().encode("cp1252"))
    table = open_table(path, TableOptions(encoding="cp1252"))
    assert cells(table) == [[str(number), *(cell.strip() for cell in row)] for number, row in enumerate(rows)]


CELL = st.text(st.characters(exclude_characters="\r\0\ufeff", exclude_categories=["Cs"]), max_size=9)


@given(text=st.text('a",\n é\0', max_size=60))
def test_whole_blocks_give_what_care_gives(text):
    text = text.removesuffix("\n") + "\n"
    layout = Layout(Shape(",", 3, 4), "utf-8", {0: "id", 1: "name", 2: "more", 3: "column 4"})
    at_once = list(read_rows([Block(2, text)], layout))
    # A lone surrogate at the end makes the whole block one to be careful with.
    careful = list(read_rows([Block(2, text + "\udcff\n")], layout))
    assert careful[: len(at_once)] == at_once


@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=8),
    delimiter=st.sampled_from(sorted(NAMES)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read_back(tmp_path_factory, cells, rows, delimiter, encoding, quoting, end):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "one", "two", "three"])
    writer.writerows([number, *row] for number, row in enumerate(rows, 1))
    path = tmp_path_factory.mktemp("table") / "shop.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    table = open_table(path)
    assert table.columns == ["id", "one", "two", "three"]
    expected = [[cell.replace("\r\n", "\n").strip() for cell in row] for row in rows]
    assert cells(table) == [[str(number), *row] for number, row in enumerate(expected, 1)]


@pytest.mark.parametrize("line", ['"', '""', '"""', '","', '"a', 'a"', '"",', '""","'])
def test_quotes_without_sense_take_no_time(opened, deadline, line):
    table = opened("id,name,price\n" + '"1\n' + f"{line}\n" * 30_000)
    assert sum(1 for _ in table.rows()) > 0
