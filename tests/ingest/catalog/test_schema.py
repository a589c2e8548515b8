"""The columns of a catalog and their roles, as a manifest keeps them."""

import json

import pytest

from likewise.ingest.catalog import FASHION, Column, Schema


def test_it_survives_json():
    assert Schema.from_dict(json.loads(json.dumps(FASHION.to_dict()))) == FASHION


def test_filters_name_the_filtered_columns_and_our_own_keys():
    schema = Schema((Column("brand"), Column("size")), {"filtered": ("size",)})
    assert schema.names == ("brand", "size")
    assert schema.filterable == ("size", "cluster", "content")
    assert schema.role("scored") == ()


def test_the_study_scores_five_attributes():
    assert FASHION.role("scored") == ("gender", "masterCategory", "subCategory", "articleType", "baseColour")
    assert len(FASHION.names) == 9
    assert "productDisplayName" not in FASHION.filterable


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"columns": [{"name": "brand"}], "roles": {}},
        {"columns": 3, "roles": {}},
        {"columns": [], "roles": {"filtered": ["brand"]}},
    ],
)
def test_what_is_no_schema(data):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Schema.from_dict(data)
