"""Whatever we send says the same over gRPC as over REST: recorded over an index's life, converted there and back.

gRPC has its own messages; the client converts ours into them, and what a conversion drops or rounds would differ
between the two protocols without an error.
"""

import dataclasses
import inspect
import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import QdrantClient, grpc, models
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc, grpc_to_payload

from likewise.ingest.index.filters import All, Any, Exists, Not, OneOf, Range
from likewise.ingest.index.layout import Layout
from likewise.ingest.index.stores import Query
from likewise.ingest.index.stores.server import Connection, ServerOptions, ServerStore, qdrant_requests
from likewise.ingest.index.stores.server.qdrant_filters import server_id
from likewise.ingest.index.stores.server.view import View

PLAIN = (bool, int, float, str, type(None))


def there_and_back(value):
    """A value of a request as the server's side of gRPC would read it."""
    match value:
        case models.PointStruct():
            return GrpcToRest.convert_point_struct(RestToGrpc.convert_point_struct(value))
        case models.Filter():
            return GrpcToRest.convert_filter(RestToGrpc.convert_filter(value))
        case models.QueryRequest():
            return GrpcToRest.convert_query_points(RestToGrpc.convert_query_request(value, "shop"))
        case models.OverwritePayloadOperation():
            return GrpcToRest.convert_points_update_operation(RestToGrpc.convert_update_operation(value))
        case models.PointIdsList() | models.FilterSelector():
            return GrpcToRest.convert_points_selector(RestToGrpc.convert_points_selector(value))
        case models.VectorParams():
            return GrpcToRest.convert_vectors_config(RestToGrpc.convert_vectors_config(value))
        case models.ScalarQuantization():
            return GrpcToRest.convert_quantization_config(RestToGrpc.convert_quantization_config(value))
        case models.HnswConfigDiff():
            return GrpcToRest.convert_hnsw_config_diff(RestToGrpc.convert_hnsw_config_diff(value))
        case models.StrictModeConfig():
            return GrpcToRest.convert_strict_mode_config(RestToGrpc.convert_strict_mode_config(value))
        case models.KeywordIndexParams() | models.IntegerIndexParams():
            return GrpcToRest.convert_payload_schema_params(RestToGrpc.convert_payload_schema_params(value))
        case models.PayloadSchemaType():
            return GrpcToRest.convert_payload_schema_type(RestToGrpc.convert_payload_schema_type(value))
        case models.CreateAliasOperation() | models.DeleteAliasOperation():
            return GrpcToRest.convert_alias_operations(RestToGrpc.convert_alias_operations(value))
        case models.ReadConsistencyType():
            return GrpcToRest.convert_read_consistency(RestToGrpc.convert_read_consistency(value))
        case models.WriteOrdering():
            return GrpcToRest.convert_write_ordering(RestToGrpc.convert_write_ordering(value))
        case dict():
            message = grpc.UpdateCollection(collection_name="shop", metadata=RestToGrpc.convert_payload(value))
            return grpc_to_payload(message.metadata)
    raise AssertionError(f"{type(value).__name__} is sent, and no test converts it")


def plain(value):
    """As data, without what gRPC does not tell apart.

    Left out and null, one condition and a list of one, a vector and the search for the nearest; and its numbers are
    float32, as vectors are.
    """
    return _plain(value.model_dump(exclude_none=True) if hasattr(value, "model_dump") else value)


def _plain(value):
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(np.float32(value))
    if not isinstance(value, dict):
        return value
    found = {key: _plain(one) for key, one in value.items()}
    for clause in ("must", "should", "must_not"):
        if clause in found:
            conditions = found.pop(clause)
            if conditions != []:
                found[clause] = conditions if isinstance(conditions, list) else [conditions]
    if isinstance(found.get("query"), list):
        found["query"] = {"nearest": found["query"]}
    return found


def as_id(value):
    return GrpcToRest.convert_point_id(RestToGrpc.convert_extended_point_id(value))


class Recorder:
    """An in-memory client that keeps the arguments of every call."""

    def __init__(self):
        self.client = QdrantClient(":memory:")
        self.calls = []

    def __getattr__(self, name):
        found = getattr(self.client, name)
        if not callable(found):
            return found

        def call(*arguments, **more):
            bound = inspect.signature(found).bind(*arguments, **more).arguments
            self.calls.append((name, {**bound.pop("kwargs", {}), **bound}))
            return found(*arguments, **more)

        return call


FILTERS = [
    OneOf("gender", ("Men",)),
    All((Not(OneOf("gender", ("Men",))), OneOf("baseColour", ("Red", "Navy Blue")))),
    All((Not(OneOf("baseColour", ("Red", "Blue"))), OneOf("cluster", ("0", "1")))),
    Any((Exists("price"), Range("price", gt=1.5, lte=7), Not(All((OneOf("sold", (True,)), OneOf("year", (2011,))))))),
    Range("added", gte=datetime(2024, 1, 2, tzinfo=UTC), lt=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)),
    Any(()),
]


@pytest.fixture(scope="module")
def sent(index):
    """All calls of an index's life, from its making to the deletion of a version."""
    recorder = Recorder()
    layout = Layout(shards=6, replication_factor=2, write_consistency=2, on_disk=True, quantization="int8")
    options, manifest = ServerOptions(parallel=1, layout=layout), dataclasses.replace(index.manifest, layout=layout)
    store = ServerStore(Connection(recorder, "memory/shop", options), "shop")
    with store.exclusive():
        for _ in range(2):
            writer = store.begin(manifest, index.model)
            writer.upsert(index.points)
            writer.attach("rejects.csv", b"id\n")
            writer.commit(manifest).publish()
        writer = store.begin(manifest, index.model, parent=store.current(), share=0.05)
        writer.replace_payloads({index.points[3].key: {**index.points[3].payload, "predicted": ["gender", "season"]}})
        writer.delete([index.points[1].key, index.points[2].key])
        writer.commit(dataclasses.replace(manifest, products=len(index.points) - 2)).publish()
        with store.open() as reader:
            reader.model()
            names = tuple(point.key for point in index.points[:3])
            reader.search([Query(index.vectors[0], 6, found, names, 0.25) for found in FILTERS])
            reader.retrieve(names, with_vector=True)
            for found in FILTERS:
                list(reader.scroll(found, with_vector=True, batch=7))
                reader.count(found)
        store.rollback()
        store.delete("v000003")
        store.delete("v000001")
        store.sweep()
    yield recorder.calls
    recorder.client.close()


def values(calls):
    """Every argument that is more than a name, a number or a switch; lists one by one."""
    for name, arguments in calls:
        for key, argument in arguments.items():
            for value in argument if isinstance(argument, list) else [argument]:
                if not isinstance(value, PLAIN) or isinstance(value, models.PayloadSchemaType):
                    yield name, key, value


def test_the_life_of_an_index_was_recorded(sent):
    assert {name for name, _ in sent} >= {
        "create_collection", "create_payload_index", "upsert", "set_payload", "delete_payload", "delete",
        "update_collection", "update_collection_aliases", "query_batch_points", "retrieve", "scroll", "count",
        "delete_collection",
    }  # fmt: skip
    kinds = {type(value) for _, _, value in values(sent)}
    assert {models.PointStruct, models.Filter, models.QueryRequest, models.StrictModeConfig, dict} <= kinds


def test_every_value_that_was_sent_comes_back_unchanged(sent):
    for name, key, value in values(sent):
        assert plain(there_and_back(value)) == plain(value), f"{name}, {key}"


def test_every_id_that_was_sent_comes_back_unchanged(sent):
    asked = [point for name, more in sent if name == "retrieve" for point in more["ids"]]
    stored = [point.id for name, more in sent if name == "upsert" for point in more["points"]]
    selected = [
        point
        for name, more in sent
        if name == "delete" and isinstance(more["points_selector"], models.PointIdsList)
        for point in more["points_selector"].points
    ]
    pages = [more["offset"] for name, more in sent if name == "scroll" and more.get("offset") is not None]
    for point in [*asked, *stored, *selected, *pages]:
        assert as_id(point) == point
    assert {type(point) for point in stored} == {int, str}


@pytest.mark.parametrize("tree", FILTERS)
@pytest.mark.parametrize("view", [View(None), View(7)])
def test_every_kind_of_filter_comes_back_unchanged(tree, view):
    found = view.admits(tree, ("7", "007"))
    assert plain(there_and_back(found)) == plain(found)


def test_a_rescored_search_keeps_its_parameters():
    request = qdrant_requests.request(
        Query(np.ones(4, np.float32), 6, FILTERS[1], ("7", "007"), -0.5), View(7), rescore=True
    )
    assert plain(there_and_back(request)) == plain(request)
    assert there_and_back(request).params.quantization.oversampling == qdrant_requests.OVERSAMPLING


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=5,
    )
)  # fmt: skip
def test_any_metadata_and_payload_comes_back_unchanged(payload):
    # As text: an integer has to stay one, the manifest's counts are checked by type.
    assert json.dumps(there_and_back(payload), sort_keys=True) == json.dumps(payload, sort_keys=True)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30) | st.integers(0, 2**64).map(str))
def test_any_product_has_the_same_point_over_both_protocols(name):
    assert as_id(server_id(name)) == server_id(name)
    found = models.Filter(must_not=[models.HasIdCondition(has_id=[server_id(name)])])
    assert plain(there_and_back(found)) == plain(found)
