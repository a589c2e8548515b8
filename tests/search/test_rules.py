"""A merchandiser's file: what it may hold, and that every answer follows it."""

import pytest
from any_shop import RECIPE, row, write

from likewise.ingest import ingest
from likewise.ingest.errors import ParameterError
from likewise.search import Rules, SearchClient

FIRST = """
[[rule]]
name = "campaign"
action = "first"
products = ["A-007", "A-010"]
"""
FAR = """
[[rule]]
name = "with shoes"
action = "first"
products = ["{far}"]
for = ["category=shoe"]
"""
NEVER = """
[[rule]]
name = "recalled"
action = "never"
products = ["A-007", "A-008"]
where = ["brand=Puma"]
"""
SINK = """
[[rule]]
name = "sold out"
action = "sink"
where = "in_stock=false"
"""
NEVER_FOR_SHIRTS = """
[[rule]]
action = "never"
where = ["colour=blue"]
for = ["category=shirt"]
"""


@pytest.fixture(scope="module")
def setting(shared_store, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    table = write(folder / "shop", [row(number) for number in range(240)])
    ingest(table, shared_store, recipe=RECIPE, encoder=make_encoder(), cache=folder / "cache")
    return shared_store, make_encoder(), folder


@pytest.fixture
def opened(setting, tmp_path):
    """A client that follows the rules in a text."""
    clients = []

    def opened(text=""):
        path = tmp_path / "rules.toml"
        path.write_text(text, "utf-8")
        clients.append(SearchClient.open(setting[0], encoder=setting[1], rules=path))
        return clients[-1]

    yield opened
    for client in clients:
        client.close()


def ids(hits):
    return [hit.id for hit in hits]


def test_products_come_first_and_say_by_which_rule(opened):
    plain = ids(opened().similar("A-004", 100, probe="all"))
    hits = opened(FIRST).similar("A-004", 100, probe="all")
    front = sorted(["A-007", "A-010"], key=plain.index)
    assert [(hit.id, hit.rule) for hit in hits[:2]] == [(name, "campaign") for name in front]
    assert ids(hits[2:]) == [name for name in plain if name not in front]
    assert hits.rules == ("campaign",)
    assert {hit.rule for hit in hits[2:]} == {""}


def test_what_is_named_for_some_products_comes_first_however_far_it_is(opened):
    plain = opened()
    far = ids(plain.similar("A-004", 239, probe="all"))[-1]
    following = opened(FAR.format(far=far))
    assert plain.get("A-004")["category"] == "shoe"
    hits = following.similar("A-004", 5)
    assert (hits[0].id, hits[0].rule) == (far, "with shoes")
    expected = {hit.id: hit.score for hit in plain.similar("A-004", 239, probe="all")}
    assert hits[0].score == pytest.approx(expected[far], abs=2e-5)
    # Nobody asks for shoes, it does not meet the filter, or it is what is asked about.
    assert far not in ids(following.similar("A-005", 5))
    brand = plain.get(far)["brand"]
    others = {"brand": {"not": brand}}
    assert far not in ids(following.similar("A-004", 5, where=others))
    assert far not in ids(following.recommend(["A-004"], [far], 5))
    # A page never shows it again.
    pages = [hit.id for offset in range(0, 239, 40) for hit in following.similar("A-004", 40, offset=offset)]
    assert pages.count(far) == 1
    assert len(pages) == len(set(pages)) == 239


def test_what_is_never_shown_is_never_shown_and_k_others_are(opened):
    client = opened(NEVER)
    for how in ({}, {"probe": 3}, {"probe": "all"}, {"diversity": 0.4}, {"where": {"brand": "Puma"}, "fallback": True}):
        hits = client.similar("A-004", 30, **how)
        assert len(hits) == 30
        assert not {"A-007", "A-008"} & set(ids(hits))
        assert all(hit.payload["brand"] != "Puma" for hit in hits)
        assert hits.rules == ("recalled",)
    # Its own page goes on working.
    assert len(client.similar("A-007")) == 6


@pytest.mark.parametrize("text", [NEVER, NEVER + NEVER.replace("recalled", "once more")], ids=["once", "twice"])
def test_pages_of_a_recalled_product_hold_all_others(opened, text):
    client = opened(text)
    # Of 240 products, 80 are by Puma, A-007 (no. 7) among them; A-008 is not.
    expected = set(opened().ids({"brand": {"not": "Puma"}})) - {"A-007", "A-008"}
    assert len(expected) == 240 - 80 - 1
    for name in ("A-007", "A-008", "A-009"):
        for k in (3, 7):
            shown, offset = [], 0
            while offset is not None:
                page = client.similar(name, k, offset=offset)
                shown += ids(page)
                offset = page.next
            assert len(shown) == len(set(shown))
            assert set(shown) == expected - {name}


def test_a_rule_for_some_products_leaves_others_alone(opened):
    client, plain = opened(NEVER_FOR_SHIRTS), opened()
    assert client.similar("A-004", 20) == plain.similar("A-004", 20)
    hits = client.similar("A-001", 20)
    assert len(hits) == 20
    assert all(hit.payload["colour"] != "blue" for hit in hits)
    assert hits.rules == ("rule 1",)


def test_what_sinks_comes_after_all_others_of_the_nearest(opened):
    hits = opened(SINK).similar("A-004", 200, probe="all")
    sold_out = [not hit.payload["in_stock"] for hit in hits]
    assert sold_out == sorted(sold_out)
    assert {hit.rule for hit in hits} == {"", "sold out"}
    assert hits.rules == ("sold out",)
    assert opened(SINK).similar("A-004", 3, where={"in_stock": True}).rules == ()


def test_the_first_rule_that_speaks_of_a_product_counts(opened):
    hits = opened(SINK + FIRST).similar("A-004", 200, probe="all")
    by_id = {hit.id: hit.rule for hit in hits}
    sold_out = opened().get("A-007")["in_stock"] is False
    assert by_id["A-007"] == ("sold out" if sold_out else "campaign")


def test_a_picture_is_asked_about_as_the_product_that_is_nearest(setting, opened):
    client = opened(NEVER_FOR_SHIRTS)
    for number, category in ((4, "shoe"), (5, "shirt")):
        hits = client.similar_to_image(setting[2] / "shop" / "photos" / f"{number}.png", 20)
        nearest = opened().similar_to_image(setting[2] / "shop" / "photos" / f"{number}.png", 1)[0]
        assert nearest.payload["category"] == category
        assert bool(hits.rules) == (category == "shirt")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rule = 5", "no list of rules"),
        ("[[rules]]\naction = 'sink'", "'rules'"),
        ("[[rule", "cannot be read"),
        ("[[rule]]\naction = 'hide'\nproducts = ['1']", "rule 1: action is one of first, never, sink; received 'hide'"),
        ("[[rule]]\nproducts = ['1']", "received None"),
        ("[[rule]]\naction = 'sink'", "speaks of no product"),
        ("[[rule]]\naction = 'sink'\nproduct = ['1']", "unknown key 'product'"),
        ("[[rule]]\naction = 'sink'\nproducts = [1.5]", r"products is a list of texts; received \[1.5\]"),
        ("[[rule]]\naction = 'sink'\nwhere = ['colour']", "rule 1, where: 'colour' is not KEY=VALUE"),
        ("[[rule]]\naction = 'sink'\nwhere = ['color=red']", "rule 1, where: .*Did you mean 'colour'"),
        ("[[rule]]\naction = 'sink'\nproducts = ['1']\nfor = ['stock=many']", "rule 1, for: .*many"),
        ("[[rule]]\nname = ''\naction = 'sink'\nproducts = ['1']", "name is a text"),
    ],
)
def test_a_file_that_is_none_is_refused_by_its_name_and_rule(opened, text, says):
    with pytest.raises(ParameterError, match=rf"(?s)rules\.toml.*{says}"):
        opened(text)


def test_a_missing_or_binary_file_is_refused(setting, tmp_path):
    schema = SearchClient.open(setting[0], encoder=setting[1]).manifest.schema
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ParameterError, match="cannot be read"):
            Rules.read(path, schema)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParameterError, match="cannot be read"):
        Rules.read(tmp_path / "binary.toml", schema)
