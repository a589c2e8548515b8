import json

import pytest

from likewise.ingest.errors import CatalogError

FORMS = ["shop.jsonl", "shop.ndjson", "shop.json", "shop.jsonl.gz", "shop.json.gz", "shop.dat"]


def text_of(name, objects):
    lines = [json.dumps(each) for each in objects]
    return json.dumps(objects) if ".json." in f"{name}." and "jsonl" not in name else "\n".join(lines)


@pytest.mark.parametrize("name", FORMS)
def test_values_keep_their_types(opened, cells, name):
    objects = [
        {"id": 12345678901234567, "tags": ["a", 1, None], "price": 9.5, "new": True, "size": {"w": 1, "h": ["é"]}},
        {"id": "x", "more": [[1, 2], {"a": None}], "price": float("nan")},
    ]
    table = opened(text_of(name, objects), name)
    assert table.columns == ["id", "tags", "price", "new", "size", "more"]
    assert cells(table) == [
        [12345678901234567, ["a", 1, None], 9.5, True, '{"w":1,"h":["é"]}', None],
        ["x", None, None, None, None, '[[1,2],{"a":null}]'],
    ]
    assert table.types == {}


def test_a_broken_line_is_a_reject_with_its_line(opened, rejects):
    lines = [b'{"id": 1}', b"", b'{"id": 2', b"[1]", b'{"id": "caf\xe9"}', b'{"id": "\\ud800"}', b'{"id": "a\\u0000"}']
    lines += [b'{"id": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"id": "' + b"x" * 40_000 + b'"}', b'{"id": 3}']
    table = opened(b"\n".join(lines), "shop.jsonl")
    assert [(line, reason) for line, reason, _ in rejects(table)] == [
        (3, "bad-value"),
        (4, "bad-value"),
        (5, "bad-encoding"),
        (6, "bad-encoding"),
        (7, "bad-encoding"),
        (8, "bad-value"),
        (9, "bad-value"),
        (10, "too-long"),
    ]
    assert [row.fields for row in table.rows() if not row.reason] == [{"id": 1}, {"id": 3}]


def test_an_array_counts_its_elements_as_rows_below_a_header(opened, rejects):
    table = opened('[{"id": 1}, 7, {"id": "\\ud800"}, {"id": 2}]', "shop.json")
    assert [(row.line, row.reason) for row in table.rows()] == [(2, ""), (3, "bad-value"), (4, "bad-encoding"), (5, "")]


def test_an_array_longer_than_a_block_and_an_element_across_two(opened, cells):
    rows = [{"id": at, "text": "é" * 3000} for at in range(1000)]
    assert cells(opened(json.dumps(rows, ensure_ascii=False), "shop.json")) == [list(row.values()) for row in rows]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"id": 1} {"id": 2}]', "damaged after element 1: a comma"),
        ('[{"id": 1}, {"id": ', "damaged after element 1"),
        ('[{"id": 1}, 12', "damaged after element 2"),
        ("[]", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"products": [\n{"id": 1}\n]}', "neither a JSON array"),
        ("null", "neither a JSON array"),
        ("[" * 10_000, "damaged"),
    ],
)
def test_what_is_no_table_of_json_is_named(opened, text, words):
    with pytest.raises(CatalogError, match=words):
        opened(text, "shop.json")


def test_keys_without_end_are_no_table(opened):
    with pytest.raises(CatalogError, match="over 10,000 different keys"):
        opened("\n".join(f'{{"key {at}": 1}}' for at in range(10_001)), "shop.jsonl")
