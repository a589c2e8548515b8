"""Answers that are short: what is said of the conditions, and what a fallback adds, with regard to what is shown."""

import numpy as np
import pytest
from any_shop import RECIPE, row, write

from likewise.ingest import ingest
from likewise.search import SearchClient

COUNT = 120
ALL = {"probe": "all"}
NEVER = """
[[rule]]
name = "recalled"
action = "never"
products = ["A-003", "A-007", "A-015"]
"""
SINK = """
[[rule]]
name = "sold out"
action = "sink"
where = "in_stock=false"
"""


@pytest.fixture(scope="module")
def setting(shared_store, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fallback")
    table = write(folder / "shop", [row(number) for number in range(COUNT)])
    ingest(table, shared_store, recipe=RECIPE, encoder=make_encoder(), cache=folder / "cache")
    return shared_store, make_encoder()


@pytest.fixture
def client(setting):
    with SearchClient.open(setting[0], encoder=setting[1]) as client:
        yield client


@pytest.fixture
def ruled(setting, tmp_path):
    """A client that follows the rules in a text."""
    clients = []

    def ruled(text):
        (tmp_path / "rules.toml").write_text(text, "utf-8")
        clients.append(SearchClient.open(setting[0], encoder=setting[1], rules=tmp_path / "rules.toml"))
        return clients[-1]

    yield ruled
    for client in clients:
        client.close()


def ids(hits):
    return [hit.id for hit in hits]


def counts(hits):
    return [each.count for each in hits.short.without]


def asked(every=5):
    return [f"A-{number:03d}" for number in range(0, COUNT, every)]


def test_what_is_never_shown_is_not_counted(ruled):
    # Black are 30 products, A-003, A-007 and A-015 among them; nobody has a stock of 60.
    client, where = ruled(NEVER), {"colour": "black", "stock": {"gt": 60}}
    assert counts(client.similar("A-004", where=where)) == [0, 27]
    assert len(client.similar("A-004", 40, where={"colour": "black"}, **ALL)) == 27
    # What is asked about is subtracted once, be it recalled or not.
    assert counts(client.similar("A-007", where=where)) == [0, 27]
    assert counts(client.similar("A-011", where=where)) == [0, 26]


def test_with_a_threshold_a_condition_holds_back_what_a_search_would_show(client):
    where = {"brand": "Nike", "colour": "red"}
    scores = [hit.score for hit in client.similar("A-004", 60, where={"brand": "Nike"}, **ALL)]
    # Between the neighbours' scores, so that none is on the edge.
    for least in (np.mean(scores[2:4]), np.mean(scores[20:22]), 0.9999):
        answer = client.similar("A-004", 20, where=where, score_threshold=float(least), **ALL)
        assert len(answer) < 20
        expected = [
            len(client.similar("A-004", 20, where={key: where[key]}, score_threshold=float(least), **ALL))
            for key in ("colour", "brand")
        ]
        assert counts(answer) == expected


def test_a_fallback_finds_other_groups(client):
    for name in asked():
        wanted = {hit.payload["colour"] for hit in client.similar(name, COUNT, group_by="colour", **ALL)}
        hits = client.similar(name, 4, where={"colour": "red"}, group_by="colour", fallback=True, **ALL)
        assert hits[0].payload["colour"] == "red"
        assert len(hits) == 4
        assert {hit.payload["colour"] for hit in hits} == wanted
        assert hits.fallback == ("colour: 'red'",)


def test_a_fallback_that_adds_nothing_names_no_condition(client):
    hits = client.similar("A-004", 9, where={"in_stock": [True, False]}, group_by="brand", fallback=True, **ALL)
    assert len(hits) == 3
    assert hits.fallback == ()


def test_what_a_fallback_adds_looks_different_from_all_that_is_shown(client):
    for name in asked():
        hits = client.similar(name, 12, where={"brand": "Nike", "colour": "red"}, distinct=0.98, fallback=True, **ALL)
        vectors = np.stack([client.vector(hit.id) for hit in hits])
        assert (vectors @ vectors.T - 2 * np.eye(len(hits))).max() < 0.98
        assert len(hits) == 12
        assert len(set(ids(hits))) == 12


def test_what_a_fallback_adds_is_chosen_with_regard_to_all_that_is_shown(client):
    where = {"brand": "Nike", "colour": "red"}
    kept = client.similar("A-004", COUNT, where=where, **ALL)
    hits = client.similar("A-004", len(kept) + 3, where=where, diversity=0.8, fallback=True, **ALL)
    assert set(ids(hits)[: len(kept)]) == set(ids(kept))
    own = client.vector("A-004")
    left = {name: client.vector(name) for name in client.ids({"brand": "Nike"}) if name not in {*ids(kept), "A-004"}}
    shown = [client.vector(hit.id) for hit in kept]
    for hit in hits[len(kept) :]:
        gain = {name: 0.2 * (row @ own) - 0.8 * max(row @ other for other in shown) for name, row in left.items()}
        assert gain[hit.id] == pytest.approx(max(gain.values()), abs=1e-4)
        shown.append(left.pop(hit.id))


def test_an_answer_tells_the_rules_that_its_further_hits_followed(ruled):
    # Of 30 red products, 20 are in stock; without A-004, which is itself in stock, 29 and 19.
    hits = ruled(SINK).similar("A-004", 25, where={"colour": "red", "in_stock": True}, fallback=True, **ALL)
    assert [hit.rule for hit in hits] == [""] * 19 + ["sold out"] * 6
    assert [hit.payload["in_stock"] for hit in hits] == [True] * 19 + [False] * 6
    assert hits.rules == ("sold out",)


def test_rules_for_a_picture_go_by_one_product_throughout(ruled, client):
    rules = '[[rule]]\nname = "no blue"\naction = "never"\nwhere = ["colour=blue"]\nfor = ["category=shoe"]\n'
    vector = client.vector("A-004")
    assert client.get("A-004")["category"] == "shoe"
    # Nearest among red ones is a shoe; the further ones are found without it.
    hits = ruled(rules).similar_to_vector(vector, 110, where={"colour": "red"}, fallback=True, **ALL)
    assert client.similar_to_vector(vector, 1, where={"colour": "red"})[0].payload["category"] == "shoe"
    assert len(hits) == 90
    assert all(hit.payload["colour"] != "blue" for hit in hits)
