import gzip
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.ingest.catalog.feeds import open_xml_feed
from likewise.ingest.errors import CatalogError

HEAD = '<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
TAIL = "</channel></rss>"


def feed(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def item(text):
    return HEAD + f"<item><g:id>1</g:id>{text}</item>\n" + TAIL


BILLION = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{"&a" + (str(n - 1) if n else "") + ";"}">' * 1 for n in range(1, 9))
    + "]>\n<rss><channel><item><id>&a8;</id></item></channel></rss>"
)
HOSTILE = {
    "billion-laughs": (BILLION, "document type"),
    "quadratic": (
        '<!DOCTYPE r [<!ENTITY a "' + "a" * 50_000 + '">]><rss><item>' + "&a;" * 1_000 + "</item></rss>",
        "document type",
    ),
    "external-entity": (
        '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><item><id>&f;</id></item></rss>',
        "document type",
    ),
    "external-dtd": (
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd"><rss><item><id>1</id></item></rss>',
        "document type",
    ),
    "parameter-entity": ('<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><rss/>', "document type"),
    "unknown-entity": (item("<g:title>&nbsp;</g:title>"), "undefined entity"),
    "deep": (HEAD + "<a>" * 100_000, "nested more than 32"),
    "deep-in-an-item": (item("<a>" * 50 + "</a>" * 50), "nested more than 32"),
    "huge-attribute": (item(f'<g:title x="{"a" * 3_000_000}">t</g:title>'), "tag is longer"),
    "huge-comment": (item(f"<!--{'a' * 3_000_000}-->"), "tag is longer"),
    "huge-name": (HEAD + "<" + "a" * 3_000_000, "tag is longer"),
    "truncated": (item("<g:title>t</g:title>")[:-40], "no element found|unclosed|mismatched"),
    "unbound-prefix": ("<rss><item><g:id>1</g:id></item></rss>", "unbound prefix"),
    "mismatched": (HEAD + "<item></channel></rss>", "mismatched tag"),
    "not-xml": ("id,title\n1,2\n", "syntax error|not well-formed"),
    "empty": ("", "no element found"),
    "control-character": (item("<g:title>\x00</g:title>"), "not well-formed"),
    "not-utf-8": (item("<g:title>ÿ</g:title>").encode("latin-1"), "not well-formed"),
    "unknown-encoding": ('<?xml version="1.0" encoding="x-none"?><rss/>', "unknown encoding"),
    "ever-new-names": (
        HEAD
        + "".join(f"<item>{''.join(f'<c{n}_{m}>x</c{n}_{m}>' for m in range(300))}</item>" for n in range(9))
        + TAIL,
        "more than 2,000 ways",
    ),
    "no-items": (HEAD + "<title>Shop</title>" + TAIL, "no products"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_feed_is_one_clear_error(name, tmp_path):
    content, said = HOSTILE[name]
    with pytest.raises(CatalogError, match=said) as caught:
        open_xml_feed(feed(tmp_path / "feed.xml", content))
    assert str(tmp_path / "feed.xml") in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_broken_feed_says_after_which_product(tmp_path):
    text = HEAD + "<item>\n<g:id>1</g:id></item>\n<item><g:id>2</item>\n" + TAIL
    with pytest.raises(CatalogError, match="after the product at line 3: mismatched tag: line 5"):
        open_xml_feed(feed(tmp_path / "feed.xml", text))


def test_a_packed_feed_that_is_cut_off_is_an_error(tmp_path):
    packed = gzip.compress(item("<g:title>t</g:title>").encode() * 50)
    with pytest.raises(CatalogError, match="damaged or cut off"):
        open_xml_feed(feed(tmp_path / "feed.xml.gz", packed[: len(packed) // 2]))
    with pytest.raises(CatalogError, match="cannot be read"):
        open_xml_feed(tmp_path / "none.xml")


def test_a_long_value_costs_its_own_item_alone(tmp_path):
    text = HEAD + f"<item><g:id>1</g:id><g:title>{'a' * 100_000}</g:title></item><item><g:id>2</g:id></item>" + TAIL
    rows = list(open_xml_feed(feed(tmp_path / "feed.xml", text)).rows())
    assert [(row.fields["id"], row.reason) for row in rows] == [("1", "too-long"), ("2", "")]
    assert len(rows[0].fields["title"]) <= 32_768


def test_an_item_of_too_many_values_is_a_reject(tmp_path):
    rows = list(open_xml_feed(feed(tmp_path / "feed.xml", item("<g:a>b</g:a>" * 5_000))).rows())
    assert [row.reason for row in rows] == ["too-long"]
    assert len(rows[0].fields["a"]) < 2_001


def test_an_item_without_end_does_not_fill_the_memory(tmp_path):
    text = item("".join(f"<g:v{n}>{'a' * 30_000}</g:v{n}>" for n in range(100)))
    [row] = open_xml_feed(feed(tmp_path / "feed.xml", text)).rows()
    assert row.reason == "too-long"
    assert sum(map(len, row.fields.values())) < 1_100_000


def test_repeated_values_are_lists_and_parts_stay_together(tmp_path):
    parts = "<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>"
    text = item(f"<g:price>19.90 EUR</g:price>{parts}{parts}<g:x>1</g:x><g:x>2</g:x>")
    [row] = open_xml_feed(feed(tmp_path / "feed.xml", text)).rows()
    assert row.fields["price"] == "19.90 EUR"
    assert row.fields["shipping"] == [{"country": "DE", "price": "4.90 EUR"}] * 2
    assert row.fields["x"] == ["1", "2"]
    assert row.line == 3


def test_google_values_come_before_those_of_the_format(tmp_path):
    text = item(
        "<title>Long</title><g:title>Short</g:title><link>https://a.example</link><description> d </description>"
    )
    [row] = open_xml_feed(feed(tmp_path / "feed.xml", text)).rows()
    assert row.fields == {"id": "1", "title": "Short", "link": "https://a.example", "description": "d"}


def test_text_in_pieces_and_in_cdata_is_one(tmp_path):
    [row] = open_xml_feed(feed(tmp_path / "f.xml", item("<g:title>A &amp; B<![CDATA[ <b>]]>&#x20AC;</g:title>"))).rows()
    assert row.fields["title"] == "A & B <b>€"


def test_other_encodings_are_read_as_they_declare(tmp_path):
    text = item("<g:title>Weiß</g:title>").replace('"1.0"?', '"1.0" encoding="ISO-8859-15"?', 1)
    [row] = open_xml_feed(feed(tmp_path / "feed.xml", text.encode("iso-8859-15"))).rows()
    assert row.fields["title"] == "Weiß"
    [row] = open_xml_feed(feed(tmp_path / "feed.xml", item("<g:title>Weiß</g:title>").encode("utf-16"))).rows()
    assert row.fields["title"] == "Weiß"


def test_rows_can_be_read_again_and_with_fewer_columns(tmp_path):
    table = open_xml_feed(feed(tmp_path / "feed.xml", item("<g:title>t</g:title>")))
    assert list(table.rows()) == list(table.rows())
    assert [row.fields for row in table.rows({"title"})] == [{"title": "t"}]
    assert table.columns == ["id", "title"]


def test_memory_does_not_grow_with_the_feed(tmp_path):
    def peak(count):
        path = tmp_path / f"{count}.xml.gz"
        with gzip.open(path, "wt", compresslevel=1) as file:
            file.write(HEAD)
            for number in range(count):
                file.write(f"<item><g:id>{number}</g:id><g:title>{'word ' * 20}</g:title></item>\n")
            file.write(TAIL)
        tracemalloc.start()
        try:
            assert sum(1 for _ in open_xml_feed(path).rows()) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(20_000) < peak(2_000) + 500_000


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_bytes_are_rows_or_a_clear_error(tmp_path, noise, at):
    whole = item("<g:title>t</g:title>").encode()
    path = feed(tmp_path / "feed.xml", whole[:at] + noise + whole[at:])
    try:
        rows = list(open_xml_feed(path).rows())
    except CatalogError:
        return
    assert all(isinstance(row.fields, dict) for row in rows)
