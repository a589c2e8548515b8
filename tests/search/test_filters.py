import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog import FASHION, Column, Schema
from likewise.ingest.errors import ParameterError
from likewise.ingest.index import filters
from likewise.ingest.index.filters import EVERYTHING, All, OneOf, Range
from likewise.search import Not
from likewise.search.filtering.filters import parse_where
from likewise.search.filtering.text_filters import parse_where_options


def test_no_filter_is_no_condition():
    assert parse_where(None, FASHION) == parse_where({}, FASHION) == EVERYTHING


def test_the_three_forms():
    where = {"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports")}
    assert parse_where(where, FASHION) == All(
        (
            OneOf("gender", ("Men",)),
            OneOf("baseColour", ("Red", "Pink")),
            filters.Not(OneOf("usage", ("Sports",))),
        )
    )
    assert parse_where({"gender": Not(["Men", "Boys"])}, FASHION) == filters.Not(OneOf("gender", ("Men", "Boys")))


def test_a_tree_is_taken_as_it_is_but_for_its_keys():
    tree = filters.Any((OneOf("gender", ("Men",)), filters.Not(OneOf("usage", ("Sports",)))))
    assert parse_where(tree, FASHION) is tree
    with pytest.raises(ParameterError, match=r"by 'years'\. Did you mean 'year'"):
        parse_where(filters.Any((tree, Range("years", gte=2011))), FASHION)


def test_the_schema_says_what_can_be_filtered():
    shop = Schema((Column("brand"), Column("name")), {"filtered": ("brand",)})
    assert parse_where({"brand": "Acme"}, shop) == OneOf("brand", ("Acme",))
    with pytest.raises(ParameterError, match=r"by 'gender'\. Known: brand, cluster, content"):
        parse_where({"gender": "Men"}, shop)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"gender": []}, "'gender' received no value"),
        ({"gender": Not([])}, "'gender' received no value"),
        ({"year": 2011}, "received 2011; its values are texts"),
        ({"year": ["2011", 2012]}, "received 2012; its values are texts"),
        ({"gender": {"nor": "Men"}}, "a mapping is {'not': ...} or has bounds"),
        ("gender=Men", "a list of mappings or a tree of conditions; received 'gender=Men'"),
    ],
)
def test_what_is_no_filter_is_quoted_back(where, text):
    with pytest.raises(ParameterError, match=text):
        parse_where(where, FASHION)


def test_options_of_one_key_are_alternatives_and_values_keep_their_equal_signs():
    options = ["gender=Men", "baseColour=Red", "baseColour=Pink", "season!=Fall", "usage=a=b"]
    assert parse_where(parse_where_options(options), FASHION) == All(
        (
            OneOf("gender", ("Men",)),
            OneOf("baseColour", ("Red", "Pink")),
            filters.Not(OneOf("season", ("Fall",))),
            OneOf("usage", ("a=b",)),
        )
    )


@pytest.mark.parametrize("option", ["gender", "=Men", "!=Men", ""])
def test_a_malformed_option_is_quoted_back(option):
    with pytest.raises(ParameterError, match=r"KEY=VALUE"):
        parse_where_options([option])


def test_chosen_and_excluded_at_once_is_refused():
    with pytest.raises(ParameterError, match="'gender' is both"):
        parse_where_options(["gender=Men", "gender!=Women"])


@given(
    st.sampled_from(FASHION.filterable),
    st.lists(st.text(min_size=1).filter(lambda text: text == text.strip() != "*" and "||" not in text), min_size=1),
)
def test_every_option_comes_back_as_its_condition(key, values):
    tree = parse_where(parse_where_options([f"{key}={value}" for value in values]), FASHION)
    assert tree == OneOf(key, tuple(values))
