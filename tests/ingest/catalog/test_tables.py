import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog import ReadingOptions, read_catalog
from likewise.ingest.catalog.nothing import is_nothing
from likewise.ingest.errors import CatalogError

HEADER = "id,gender,baseColour,productDisplayName\n"


def values(catalog):
    return [dict(product.values) for product in catalog.products]


def test_unquoted_commas_belong_to_the_last_column(make_table, tmp_path):
    catalog = read_catalog(make_table(tmp_path, HEADER + "1,Men,Red,Shirt, slim, pack of 2\n2,Women,NA,Top\n"))
    assert values(catalog) == [
        {"gender": "Men", "baseColour": "Red", "productDisplayName": "Shirt, slim, pack of 2"},
        {"gender": "Women", "baseColour": "NA", "productDisplayName": "Top"},
    ]


def test_quoted_fields_with_commas_quotes_and_line_breaks(make_table, tmp_path):
    text = HEADER + '1,Men,Red,"Shirt, ""slim"""\n2,Women,"Blue\nGreen",Top\n3,Men,Red,Cap\n'
    catalog = read_catalog(make_table(tmp_path, text))
    assert values(catalog)[0]["productDisplayName"] == 'Shirt, "slim"'
    assert values(catalog)[1]["baseColour"] == "Blue\nGreen"
    assert [(product.id, product.row) for product in catalog.products] == [("1", 2), ("2", 3), ("3", 5)]


def test_a_stray_quote_costs_no_other_row(make_table, tmp_path):
    names = ["Shoe", '6" heel', *["Shoe"] * 7]
    rows = "".join(f"{number},Men,Red,{name}\n" for number, name in enumerate(names, 1))
    catalog = read_catalog(make_table(tmp_path, HEADER + rows))
    assert [product.id for product in catalog.products] == [str(number) for number in range(1, 10)]
    assert values(catalog)[1]["productDisplayName"] == '6" heel'


def test_a_quote_that_never_closes_costs_no_other_row(make_table, tmp_path):
    catalog = read_catalog(make_table(tmp_path, HEADER + '1,Men,"Red,Shirt\n2,Men,Red,Shirt\n3,Men,Red,Shirt\n'))
    assert [product.id for product in catalog.products] == ["1", "2", "3"]


STRAYS = {
    "inch-marks-in-neighbours": ['6" heel', '5" heel', "Cap"],
    "inch-marks-apart": ['6" heel', "Cap", "Top", '15"', "Top"],
    "never-closed-then-an-inch-mark": ['"Shirt', "Top", '5" heel', "Cap"],
    "never-closed-then-one-at-the-end": ['"Shirt', "Top", '15"', "Cap"],
    "never-closed-twice": ['"Shirt', "Top", '"heel', "Cap"],
    "never-closed-in-the-last-row": ["Shirt", '"Top'],
    "three-in-a-row": ['"', '"', '"'],
}


@pytest.mark.parametrize("names", STRAYS.values(), ids=STRAYS)
def test_stray_quotes_swallow_no_row_between_them(make_table, tmp_path, names):
    rows = "".join(f"{number},Men,Red,{name}\n" for number, name in enumerate(names, 1))
    catalog = read_catalog(make_table(tmp_path, HEADER + rows))
    assert [(product.id, product.row) for product in catalog.products] == [
        (str(number), number + 1) for number in range(1, len(names) + 1)
    ]
    assert [row["productDisplayName"] for row in values(catalog)] == names


def test_a_stray_quote_leaves_quoted_commas_before_it_alone(make_table, tmp_path):
    catalog = read_catalog(make_table(tmp_path, HEADER + '1,Men,"Red, Blue",6" heel\n2,Men,"Red, Blue","Cap, wide\n'))
    assert [(row["baseColour"], row["productDisplayName"]) for row in values(catalog)] == [
        ("Red, Blue", '6" heel'),
        ("Red, Blue", '"Cap, wide'),
    ]


def test_a_quoted_field_beyond_all_bounds_is_one_reject(make_table, tmp_path):
    long = "a" * 150_000
    catalog = read_catalog(make_table(tmp_path, HEADER + f'1,Men,Red,"{long}\n{long}"\n2,Men,Red,Top\n'))
    assert [(reject.reason, reject.row) for reject in catalog.rejects] == [("too-long", 2)]
    assert [(product.id, product.row) for product in catalog.products] == [("2", 4)]


def test_a_description_that_is_too_long_costs_nothing_but_itself(make_table, tmp_path):
    catalog = read_catalog(make_table(tmp_path, f"id,story,gender\n1,{'b' * 100_000},Men\n"))
    assert values(catalog) == [{"gender": "Men"}]
    assert [(each.id, each.reason, each.row) for each in catalog.warnings] == [("1", "too-long", 2)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_a_byte_order_mark(make_table, tmp_path, end):
    text = "\ufeff" + (HEADER + "1,Men,Red,Shirt\n\n2,Women,Blue,Top").replace("\n", end)
    catalog = read_catalog(make_table(tmp_path, text))
    assert [product.id for product in catalog.products] == ["1", "2"]
    assert (catalog.rows, catalog.rejects) == (2, [])


def test_empty_cells_are_no_values(make_table, tmp_path):
    assert values(read_catalog(make_table(tmp_path, HEADER + "1,,Red, \n"))) == [{"baseColour": "Red"}]


def test_parquet_with_numbers_and_nulls(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "1.png").write_bytes(b"x")
    columns = {"sku": [7, 8], "photo": ["1.png", "1.png"], "gender": ["Men", None], "year": [2011, None]}
    pq.write_table(pa.table(columns), tmp_path / "shop.parquet")
    options = ReadingOptions(id_column="sku", image_columns=("photo",))
    catalog = read_catalog(tmp_path / "shop.parquet", options)
    assert [(product.id, dict(product.values)) for product in catalog.products] == [
        ("7", {"gender": "Men", "year": 2011}),
        ("8", {}),
    ]


def write_parquet(folder: Path, **columns) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "images").mkdir()
    (folder / "images" / "7.jpg").write_bytes(b"x")
    pq.write_table(pa.table(columns), folder / "shop.parquet")
    return folder / "shop.parquet"


def test_parquet_from_pandas_has_whole_numbers_as_floats(tmp_path):
    catalog = read_catalog(write_parquet(tmp_path, id=[7.0, None], year=[2011.0, float("nan")], gender=[" Men ", ""]))
    assert [(product.id, dict(product.values)) for product in catalog.products] == [
        ("7", {"year": 2011, "gender": "Men"})
    ]
    assert [(reject.reason, reject.row) for reject in catalog.rejects] == [("empty-id", 3)]


def test_a_cell_of_parquet_that_is_not_text_costs_its_row_only(tmp_path):
    import pyarrow as pa

    offsets, content = b"\0\0\0\0\3\0\0\0\6\0\0\0\7\0\0\0", b"MenM\xe9n\0"
    gender = pa.Array.from_buffers(pa.utf8(), 3, [None, pa.py_buffer(offsets), pa.py_buffer(content)])
    catalog = read_catalog(write_parquet(tmp_path, id=["7", "8", "9"], gender=gender))
    assert [product.id for product in catalog.products] == ["7"]
    assert [(reject.id, reject.reason, reject.row) for reject in catalog.rejects] == [
        ("8", "bad-encoding", 3),
        ("9", "bad-encoding", 4),
    ]


def test_bytes_in_parquet_are_text_if_they_can_be(tmp_path):
    catalog = read_catalog(write_parquet(tmp_path, id=[b"7", b"\xe9"]))
    assert [product.id for product in catalog.products] == ["7"]
    assert [reject.reason for reject in catalog.rejects] == ["bad-encoding"]


def test_damage_inside_a_parquet_file_is_named(tmp_path):
    path = write_parquet(tmp_path, id=[str(at) * 20 for at in range(5000)])
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(data)
    with pytest.raises(CatalogError, match="damaged after row 1 "):
        read_catalog(path)


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        (b"", "styles.csv", "is empty"),
        (b"id,id\n1,2\n", "styles.csv", "column 'id' twice"),
        (b"sku,gender\n1,Men\n", "styles.csv", "no column 'id'; it has sku, gender"),
        (b"\xff\xfeid\n", "styles.csv", "header .* cannot be read"),
        (b"id," + b"c" * 200_000 + b"\n", "styles.csv", "header .* cannot be read"),
        (b"PAR1 nonsense", "x.parquet", "no readable Parquet"),
        (b"id\n", "x.xlsx", "neither .csv nor .parquet"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, name, text):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CatalogError, match=text):
        read_catalog(tmp_path / name)


QUOTED = st.text('a", ', max_size=8)


@given(names=st.lists(QUOTED, min_size=1, max_size=9))
def test_whatever_the_quotes_no_row_is_lost(make_table, names, tmp_path_factory):
    rows = "".join(f"{number},Men,Red,{name}\n" for number, name in enumerate(names, 1))
    catalog = read_catalog(make_table(tmp_path_factory.mktemp("quotes"), HEADER + rows))
    assert [product.id for product in catalog.products] == [str(number) for number in range(1, len(names) + 1)]


FIELD = st.text(st.characters(exclude_characters="\r\0\ufeff", exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(make_table, rows, tmp_path_factory):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["id", "gender", "baseColour"])
    for number, row in enumerate(rows, 1):
        writer.writerow([number, *row])
    options = ReadingOptions(types=(("gender", "text"), ("baseColour", "text")))
    catalog = read_catalog(make_table(tmp_path_factory.mktemp("csv"), out.getvalue()), options)
    expected = [{"gender": a.strip(), "baseColour": b.strip()} for a, b in rows]
    assert values(catalog) == [{key: text for key, text in row.items() if not is_nothing(text)} for row in expected]


@given(lines=st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_the_bytes_no_row_is_lost(make_table, lines, tmp_path_factory):
    folder = make_table(tmp_path_factory.mktemp("bytes"), "")
    body = [line.replace(b"\n", b"").replace(b"\r", b"").replace(b'"', b"") for line in lines]
    (folder / "styles.csv").write_bytes(HEADER.encode() + b"\n".join(body) + b"\n")
    catalog = read_catalog(folder)
    assert len(catalog.products) + len(catalog.rejects) == sum(1 for line in body if line.strip())
