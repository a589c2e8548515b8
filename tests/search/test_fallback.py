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


def counts(hits):
    return [each.count for each in hits.short.without]


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
