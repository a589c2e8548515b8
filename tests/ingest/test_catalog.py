from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog import CatalogOptions, read_catalog
from likewise.ingest.errors import CatalogError, ParameterError, TooManyRejectsError
from likewise.ingest.product import Reject, point_id
from likewise.ingest.rejects import RejectLimit, write_rejects


def table(folder: Path, text: str, name: str = "styles.csv") -> Path:
    (folder / "images").mkdir(exist_ok=True)
    for number in range(1, 10):
        (folder / "images" / f"{number}.jpg").write_bytes(b"x")
    (folder / name).write_text(text, "utf-8", newline="")
    return folder


HEADER = "id,gender,baseColour,productDisplayName\n"


def attributes(catalog):
    return [dict(product.attributes) for product in catalog.products]


def test_unquoted_commas_belong_to_the_last_column(tmp_path):
    catalog = read_catalog(table(tmp_path, HEADER + "1,Men,Red,Shirt, slim, pack of 2\n2,Women,NA,Top\n"))
    assert attributes(catalog) == [
        {"gender": "Men", "baseColour": "Red", "productDisplayName": "Shirt, slim, pack of 2"},
        {"gender": "Women", "baseColour": "NA", "productDisplayName": "Top"},
    ]


def test_quoted_fields_with_commas_quotes_and_line_breaks(tmp_path):
    text = HEADER + '1,Men,Red,"Shirt, ""slim"""\n2,Women,"Blue\nGreen",Top\n3,Men,Red,Cap\n'
    catalog = read_catalog(table(tmp_path, text))
    assert attributes(catalog)[0]["productDisplayName"] == 'Shirt, "slim"'
    assert attributes(catalog)[1]["baseColour"] == "Blue\nGreen"
    assert [(product.id, product.row) for product in catalog.products] == [("1", 2), ("2", 3), ("3", 5)]


def test_a_stray_quote_costs_no_other_row(tmp_path):
    names = ["Shoe", '6" heel', *["Shoe"] * 7]
    rows = "".join(f"{number},Men,Red,{name}\n" for number, name in enumerate(names, 1))
    catalog = read_catalog(table(tmp_path, HEADER + rows))
    assert [product.id for product in catalog.products] == [str(number) for number in range(1, 10)]
    assert attributes(catalog)[1]["productDisplayName"] == '6" heel'


def test_a_quote_that_never_closes_costs_no_other_row(tmp_path):
    catalog = read_catalog(table(tmp_path, HEADER + '1,Men,"Red,Shirt\n2,Men,Red,Shirt\n3,Men,Red,Shirt\n'))
    assert [product.id for product in catalog.products] == ["1", "2", "3"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_a_byte_order_mark(tmp_path, end):
    text = "\ufeff" + (HEADER + "1,Men,Red,Shirt\n\n2,Women,Blue,Top").replace("\n", end)
    catalog = read_catalog(table(tmp_path, text))
    assert [product.id for product in catalog.products] == ["1", "2"]
    assert (catalog.rows, catalog.rejects) == (2, [])


def test_empty_cells_are_no_attributes(tmp_path):
    assert attributes(read_catalog(table(tmp_path, HEADER + "1,,Red, \n"))) == [{"baseColour": "Red"}]


def test_only_combines_values_of_one_column_and_columns(tmp_path):
    text = HEADER + "1,Men,Red,a\n2,Men,Blue,b\n3,Women,Red,c\n4,Men,Green,d\n"
    only = (("gender", "Men"), ("baseColour", "Red"), ("baseColour", "Blue"))
    catalog = read_catalog(table(tmp_path, text), CatalogOptions(only=only))
    assert [product.id for product in catalog.products] == ["1", "2"]
    assert (catalog.rows, catalog.excluded) == (2, 2)


def test_only_that_matches_nothing_names_what_exists(tmp_path):
    folder = table(tmp_path, HEADER + "1,Men,Red,a\n")
    with pytest.raises(CatalogError, match=r"No row .* has gender = Boys; it has 'Men'"):
        read_catalog(folder, CatalogOptions(only=(("gender", "Boys"),)))
    with pytest.raises(CatalogError, match="no column 'sex'; it has id, gender"):
        read_catalog(folder, CatalogOptions(only=(("sex", "M"),)))


def test_any_table_with_an_id_and_an_image_column(tmp_path):
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "1.png").write_bytes(b"x")
    (tmp_path / "shop.csv").write_text("sku,photo,gender,price\nX-1,a b/1.png,Men,9.5\nX-2,,Men,1\n")
    options = CatalogOptions(id_column="sku", image_column="photo")
    catalog = read_catalog(tmp_path / "shop.csv", options)
    assert [(product.id, product.image_name, dict(product.attributes)) for product in catalog.products] == [
        ("X-1", "a b/1.png", {"gender": "Men"})
    ]
    assert [(reject.id, reject.reason, reject.row) for reject in catalog.rejects] == [("X-2", "missing-image", 3)]


def test_parquet_with_numbers_and_nulls(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "1.png").write_bytes(b"x")
    columns = {"sku": [7, 8], "photo": ["1.png", "1.png"], "gender": ["Men", None], "year": [2011, None]}
    pq.write_table(pa.table(columns), tmp_path / "shop.parquet")
    options = CatalogOptions(id_column="sku", image_column="photo")
    catalog = read_catalog(tmp_path / "shop.parquet", options)
    assert [(product.id, dict(product.attributes)) for product in catalog.products] == [
        ("7", {"gender": "Men", "year": "2011"}),
        ("8", {}),
    ]


@pytest.mark.parametrize("suffix", [".jpeg", ".png", ".webp"])
def test_images_of_the_public_layout_may_have_other_suffixes(tmp_path, suffix):
    folder = table(tmp_path, HEADER + "1,Men,Red,a\n")
    (folder / "images" / "1.jpg").rename(folder / "images" / f"1{suffix}")
    assert read_catalog(folder).products[0].image_name == f"images/1{suffix}"


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        (b"", "styles.csv", "is empty"),
        (b"id,id\n1,2\n", "styles.csv", "column 'id' twice"),
        (b"sku,gender\n1,Men\n", "styles.csv", "no column 'id'; it has sku, gender"),
        (b"\xff\xfeid\n", "styles.csv", "header .* cannot be read"),
        (b"PAR1 nonsense", "x.parquet", "no readable Parquet"),
        (b"id\n", "x.xlsx", "neither .csv nor .parquet"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, name, text):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CatalogError, match=text):
        read_catalog(tmp_path / name)


def test_no_table_at_all_says_what_to_give(tmp_path):
    with pytest.raises(CatalogError, match=r"no table .*styles\.csv"):
        read_catalog(tmp_path)


FIELD = st.text(st.characters(exclude_characters="\r\n\0\ufeff", exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(rows, tmp_path_factory):
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["id", "gender", "baseColour"])
    for number, row in enumerate(rows, 1):
        writer.writerow([number, *row])
    catalog = read_catalog(table(tmp_path_factory.mktemp("csv"), out.getvalue()))
    expected = [{"gender": a.strip(), "baseColour": b.strip()} for a, b in rows]
    assert attributes(catalog) == [{key: value for key, value in row.items() if value} for row in expected]


@given(lines=st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_the_bytes_no_row_is_lost(lines, tmp_path_factory):
    folder = table(tmp_path_factory.mktemp("bytes"), "")
    body = [line.replace(b"\n", b"").replace(b"\r", b"").replace(b'"', b"") for line in lines]
    (folder / "styles.csv").write_bytes(HEADER.encode() + b"\n".join(body) + b"\n")
    catalog = read_catalog(folder)
    assert len(catalog.products) + len(catalog.rejects) == sum(1 for line in body if line.strip())


@pytest.mark.parametrize(("text", "rejects", "stops"), [("2", 2, False), ("2", 3, True), ("5%", 5, False),
                                                        ("5%", 6, True), ("0", 1, True), ("0%", 0, False)])  # fmt: skip
def test_the_limit_is_a_count_or_a_share(text, rejects, stops):
    found = [Reject(str(at), "empty", "no content", "images/1.jpg", at) for at in range(rejects)]
    if stops:
        with pytest.raises(TooManyRejectsError, match=rf"{rejects} of 100 .*{rejects} empty"):
            RejectLimit.parse(text).check(found, 100)
    else:
        RejectLimit.parse(text).check(found, 100)


@pytest.mark.parametrize("text", ["", "-1", "many", "101%", "5.5", "%", "nan%"])
def test_an_impossible_limit_is_quoted_back(text):
    with pytest.raises(ParameterError, match="--max-rejects"):
        RejectLimit.parse(text)


def test_rejects_are_safe_in_a_spreadsheet(read_rows):
    data = write_rejects([Reject("=1+1", "bad-id", 'a "quoted", text\nover lines', "styles.csv", 3)])
    assert data.decode().splitlines()[1].startswith("'=1+1,bad-id,")


@given(st.text(max_size=30), st.text(max_size=30))
def test_two_products_never_share_a_point(one, other):
    assert (point_id(one) == point_id(other)) == (one == other)


def test_numbers_stay_numbers():
    assert point_id("15970") == 15970
    assert {type(point_id(name)).__name__ for name in ("007", "-1", str(2**64), "1.0", "²", "x")} == {"UUID"}
    assert point_id(str(2**64 - 1)) == 2**64 - 1


@pytest.mark.realdata
def test_the_real_products(fashion):
    everything = read_catalog(fashion)
    assert (len(everything.products), everything.rejects) == (6723, [])
    only = tuple(("masterCategory", name) for name in ("Apparel", "Footwear", "Accessories"))
    assert len(read_catalog(fashion, CatalogOptions(only=only)).products) == 6685
