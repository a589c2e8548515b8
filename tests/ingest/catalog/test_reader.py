import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog import Column, ReadingOptions, point_id, read_catalog
from likewise.ingest.errors import CatalogError

HEADER = "id,gender,baseColour,productDisplayName\n"


def test_only_combines_values_of_one_column_and_columns(make_table, tmp_path):
    text = HEADER + "1,Men,Red,a\n2,Men,Blue,b\n3,Women,Red,c\n4,Men,Green,d\n"
    only = (("gender", "Men"), ("baseColour", "Red"), ("baseColour", "Blue"))
    catalog = read_catalog(make_table(tmp_path, text), ReadingOptions(only=only))
    assert [product.id for product in catalog.products] == ["1", "2"]
    assert (catalog.rows, catalog.excluded) == (2, 2)


def test_only_that_matches_nothing_names_what_exists(make_table, tmp_path):
    folder = make_table(tmp_path, HEADER + "1,Men,Red,a\n")
    with pytest.raises(CatalogError, match=r"No row .* has gender = Boys; it has 'Men'"):
        read_catalog(folder, ReadingOptions(only=(("gender", "Boys"),)))
    with pytest.raises(CatalogError, match="no column 'sex'; it has id, gender"):
        read_catalog(folder, ReadingOptions(only=(("sex", "M"),)))


def test_a_row_of_bad_encoding_keeps_what_can_be_read(make_table, tmp_path):
    folder = make_table(tmp_path, "")
    rows = b"1,Men,Red,caf\xe9\n2,M\xe9n,Red,Top\n3,Women,Red,caf\xe9\n4,Men,Red,Top\n"
    (folder / "styles.csv").write_bytes(HEADER.encode() + rows)
    catalog = read_catalog(folder, ReadingOptions(only=(("gender", "Men"),)))
    assert [(reject.id, reject.reason, reject.row) for reject in catalog.rejects] == [
        ("1", "bad-encoding", 2),
        ("2", "bad-encoding", 3),
    ]
    assert ([product.id for product in catalog.products], catalog.excluded) == (["4"], 1)


def test_any_table_with_an_id_and_an_image_column(tmp_path):
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "1.png").write_bytes(b"x")
    (tmp_path / "shop.csv").write_text("sku,photo,gender,price\nX-1,a b/1.png,Men,9.5\nX-2,,Men,1\n")
    options = ReadingOptions(id_column="sku", image_columns=("photo",))
    catalog = read_catalog(tmp_path / "shop.csv", options)
    assert [(product.id, product.pictures[0].ref, dict(product.values)) for product in catalog.products] == [
        ("X-1", "a b/1.png", {"gender": "Men", "price": 9.5})
    ]
    assert [(reject.id, reject.reason, reject.row) for reject in catalog.rejects] == [("X-2", "missing-image", 3)]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("../outside.png", "outside-catalog"),
        ("shop/../../outside.png", "outside-catalog"),
        ("/etc/passwd", "outside-catalog"),
        ("shop", "not-a-file"),
        ("x" * 5000, "unreadable"),
        ("1.png/more", "unreadable"),
        ("2.png", "missing-image"),
    ],
)
def test_an_image_column_leads_nowhere_else(tmp_path, image, reason):
    folder = tmp_path / "catalog"
    (folder / "shop").mkdir(parents=True)
    for path in (tmp_path / "outside.png", folder / "1.png"):
        path.write_bytes(b"x")
    (folder / "shop.csv").write_text(f"id,photo\n1,{image}\n2,shop/../1.png\n")
    catalog = read_catalog(folder / "shop.csv", ReadingOptions(image_columns=("photo",)))
    assert [(reject.id, reject.reason, reject.row) for reject in catalog.rejects] == [("1", reason, 2)]
    assert [product.id for product in catalog.products] == ["2"]


@pytest.mark.parametrize("suffix", [".jpeg", ".png", ".webp", ".JPG"])
def test_images_of_the_public_layout_may_have_other_suffixes(make_table, tmp_path, suffix):
    folder = make_table(tmp_path, HEADER + "1,Men,Red,a\n")
    (folder / "images" / "1.jpg").rename(folder / "images" / f"1{suffix}")
    assert read_catalog(folder).products[0].pictures[0].ref == f"images/1{suffix}"


def test_a_picture_reads_its_file_and_every_column_is_kept_with_its_type(make_table, tmp_path):
    catalog = read_catalog(make_table(tmp_path, "id,gender,price\n1,Men,9.5\n"))
    (product,) = catalog.products
    assert [picture.read() for picture in product.pictures] == [b"x"]
    assert catalog.schema.columns == (Column("gender"), Column("price", "float"))
    assert (dict(product.values), product.row) == ({"gender": "Men", "price": 9.5}, 2)


def test_no_table_at_all_says_what_to_give(tmp_path):
    with pytest.raises(CatalogError, match=r"no catalog in .*styles\.csv"):
        read_catalog(tmp_path)


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
    assert len(read_catalog(fashion, ReadingOptions(only=only)).products) == 6685
