"""A filter admits the same points in every store, and in plain Python."""

import dataclasses
import operator
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.ingest.errors import ParameterError
from likewise.ingest.index import meets
from likewise.ingest.index.filters import EVERYTHING, All, Any, Exists, Not, OneOf, Range, both, keys
from likewise.ingest.index.stores import Point, Query

COLOURS = ["Red", "Navy Blue", "5", ""]
NUMBERS = [0, 5, 5.0, 5.5, -3, 10**6]
TIMES = ["2023-12-31", "2024-01-02T00:00:00Z", "2024-01-02T03:30:00+02:00", "2025-06-01T12:00:00"]
FLAGS = [True, False]


def payloads():
    """Every kind of value in every kind of key: single, in a list, empty, missing."""
    rng = np.random.default_rng(0)
    kinds = {"colour": COLOURS, "price": NUMBERS, "added": TIMES, "sold": FLAGS}
    for at in range(80):
        payload = {"id": str(at), "cluster": str(at % 3)}
        for key, values in {**kinds, "any": [*COLOURS, *NUMBERS, *TIMES, *FLAGS]}.items():
            chosen = [values[rng.integers(len(values))] for _ in range(2)]
            shape = rng.integers(6)
            if shape < 5:
                payload[key] = [chosen[0], chosen[0], chosen, [], None][shape]
        yield payload


def admits(tree, payload):
    """What the docstrings of the filters say."""
    match tree:
        case All(filters):
            return all(admits(each, payload) for each in filters)
        case Any(filters):
            return any(admits(each, payload) for each in filters)
        case Not(inner):
            return not admits(inner, payload)
        case Exists(key):
            return payload.get(key) not in (None, [])
    held = payload.get(tree.key)
    members = held if isinstance(held, list) else [held]
    if isinstance(tree, OneOf):
        return any(same(member, value) for member in members for value in tree.values)
    return any(within(member, tree) for member in members)


def same(member, value):
    return kind(member) == kind(value) and member == value


def kind(value):
    return "number" if type(value) in (int, float) else type(value)


ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def within(member, tree):
    held = as_time(member) if tree.times else member if kind(member) == "number" else None
    bounds = {name: as_time(bound.isoformat()) for name, bound in tree.times.items()} or tree.numbers
    return held is not None and all(ORDERS[name](held, bound) for name, bound in bounds.items())


def as_time(text):
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def reader(shared_store, index):
    vectors = np.random.default_rng(1).normal(size=(80, 4)).astype(np.float32)
    points = [Point(each["id"], each["id"], v, each) for v, each in zip(vectors, payloads(), strict=True)]
    manifest = dataclasses.replace(index.manifest, products=80, pictures=80, clusters={})
    writer = shared_store.begin(manifest, index.model)
    writer.upsert(points)
    with writer.commit(manifest).open() as reader:
        yield reader


KEYS = st.sampled_from(["colour", "price", "added", "sold", "any", "nowhere"])
VALUES = st.sampled_from([*COLOURS, *NUMBERS, *FLAGS, "2023-12-31", 1, 7.25])
INSTANTS = st.sampled_from([datetime(2024, 1, 2), datetime(2024, 1, 2, 1, 30, tzinfo=UTC), datetime(2025, 1, 1)])


def ranges(bounds):
    names = st.lists(st.sampled_from(["gt", "gte", "lt", "lte"]), min_size=1, max_size=2, unique=True)
    return st.builds(
        lambda key, names, values: Range(key, **dict(zip(names, values, strict=False))),
        KEYS, names, st.lists(bounds, min_size=2, max_size=2),
    )  # fmt: skip


LEAVES = st.one_of(
    st.builds(OneOf, KEYS, st.lists(VALUES, max_size=4).map(tuple)),
    ranges(st.sampled_from([*NUMBERS, 2.5])),
    ranges(INSTANTS),
    st.builds(Exists, KEYS),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=FILTERS, excluded=st.lists(st.integers(0, 90).map(str), max_size=3).map(tuple))
def test_a_filter_admits_what_its_words_say(reader, tree, excluded):
    expected = {each["id"] for each in payloads() if admits(tree, each)}
    assert {record.id for record in reader.scroll(tree, batch=33)} == expected, tree
    assert reader.count(tree) == len(expected)
    hits = reader.search([Query(np.ones(4, np.float32), 100, tree, excluded)])[0]
    assert {hit.id for hit in hits} == expected - set(excluded), tree
    assert {each["id"] for each in payloads() if meets(each, tree)} == expected, tree


def test_nothing_is_restricted_by_a_filter_of_no_conditions(reader):
    assert reader.count(EVERYTHING) == reader.count(All(())) == reader.count(Not(Any(()))) == 80
    assert reader.count(Any(())) == reader.count(OneOf("colour", ())) == 0


def test_filters_are_joined_without_nesting():
    red, cheap = OneOf("colour", ("Red",)), Range("price", lt=5)
    assert both() == both(EVERYTHING, All(())) == EVERYTHING
    assert both(EVERYTHING, red) == red
    assert both(All((red, cheap)), Exists("sold")) == All((red, cheap, Exists("sold")))
    assert list(keys(Any((Not(red), All((cheap,)))))) == ["colour", "price"]


def test_a_range_has_bounds_of_one_kind():
    with pytest.raises(ParameterError, match="needs bounds"):
        Range("price")
    with pytest.raises(ParameterError, match="all of them"):
        Range("price", gt=1, lt=datetime(2024, 1, 1))
