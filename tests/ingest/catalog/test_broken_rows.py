"""Broken rows of a table: none is lost, each is named with its reason, none costs another."""

import pytest

from likewise.ingest.catalog import read_catalog

pytestmark = pytest.mark.usefixtures("deadline")

HEADER = b"id,gender,masterCategory,baseColour,productDisplayName\n"
ROWS: list[tuple[bytes, str]] = [
    (b",Men,Apparel,Red,no id", "empty-id"),
    (b"  ,Men,Apparel,Red,blank id", "empty-id"),
    (b"good,Men,Apparel,Red,seen before", "duplicate-id"),
    (b"few,Men,Apparel", "too-few-fields"),
    (b"one", "too-few-fields"),
    (b"../../etc/passwd,Men,Apparel,Red,leaves", "outside-catalog"),
    (b"/etc/passwd,Men,Apparel,Red,absolute", "outside-catalog"),
    (b"..,Men,Apparel,Red,parent", "outside-catalog"),
    (b"caf\xe9,Men,Apparel,Red,latin-1 id", "bad-encoding"),
    (b"latin,Men,Apparel,Red,caf\xe9", "bad-encoding"),
    (b"utf16,\xff\xfeM\0,Apparel,Red,x", "bad-encoding"),
    (b"sur,\xed\xa0\x80,Apparel,Red,x", "bad-encoding"),
    (b"nul\0,Men,Apparel,Red,x", "bad-encoding"),
    (b"bell\x07,Men,Apparel,Red,x", "bad-id"),
    (b"esc\x1b[31m,Men,Apparel,Red,x", "bad-id"),
    (b"x" * 300 + b",Men,Apparel,Red,long id", "too-long"),
    (b"huge,Men,Apparel,Red," + b"y" * 40_000, "too-long"),
    (b"vast,Men,Apparel,Red," + b"z" * 1_100_000, "too-long"),
    (b"lost,Men,Apparel,Red,no image", "missing-image"),
    (b'"",Men,Apparel,Red,quoted nothing', "empty-id"),
    (b'"good",Men,Apparel,Red,seen before', "duplicate-id"),
    (b" good ,Men,Apparel,Red,seen before", "duplicate-id"),
    (b'lost,"Men,Apparel,Red', "too-few-fields"),
    (b'lost,"Men",Apparel,Red,6" heel', "missing-image"),
    (b'lost,Men,Apparel,Red,"never closed', "missing-image"),
    (b'"lost,Men,Apparel,Red,never closed', "missing-image"),
    (b'lost,Men,Apparel,"Red"x"y",mixed', "missing-image"),
    (b'lost,Men,Apparel,Red,"' + b"q" * 200_000 + b'"', "too-long"),
    (b'lost,Men,Apparel,Red,"never closed' + b"q" * 200_000, "too-long"),
    (b"lost" + b"," * 100_000, "too-long"),
    (b",,,,", "empty-id"),
    (b"\xef\xbb\xbfgood,Men,Apparel,Red,a second mark", "missing-image"),
    (b"\x7f,Men,Apparel,Red,delete", "bad-id"),
    ("x\x85x,Men,Apparel,Red,next line".encode(), "bad-id"),
    (b"cut\xe2\x82,Men,Apparel,Red,half a character", "bad-encoding"),
    (b"over\xc0\xaf,Men,Apparel,Red,overlong", "bad-encoding"),
]


@pytest.mark.parametrize(("line", "reason"), ROWS, ids=[f"{at}-{reason}" for at, (_, reason) in enumerate(ROWS)])
def test_every_broken_row_is_named_and_costs_no_other(tmp_path, line, reason):
    (tmp_path / "images").mkdir()
    for name in ("good", "after"):
        (tmp_path / "images" / f"{name}.jpg").write_bytes(b"x")
    (tmp_path / "styles.csv").write_bytes(HEADER + b"good,Men,Apparel,Red,a\n" + line + b"\nafter,Men,Apparel,Red,b\n")
    catalog = read_catalog(tmp_path)
    assert [product.id for product in catalog.products] == ["good", "after"]
    assert {(reject.reason, reject.file, reject.row) for reject in catalog.rejects} == {(reason, "styles.csv", 3)}
    assert catalog.rows == 2 + len(catalog.rejects)
