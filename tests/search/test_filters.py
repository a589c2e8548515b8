import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.errors import ParameterError
from likewise.ingest.index.stores import Condition
from likewise.search.filters import KEYS, Not, parse_where, parse_where_options


def test_no_filter_is_no_condition():
    assert parse_where(None) == parse_where({}) == ()


def test_the_three_forms():
    assert parse_where({"gender": "Men", "baseColour": ["Red", "Pink"], "usage": Not("Sports")}) == (
        Condition("gender", ("Men",)),
        Condition("baseColour", ("Red", "Pink")),
        Condition("usage", ("Sports",), negated=True),
    )


def test_options_of_one_key_are_alternatives_and_values_keep_their_equal_signs():
    options = ["gender=Men", "baseColour=Red", "baseColour=Pink", "season!=Fall", "usage=a=b"]
    assert parse_where(parse_where_options(options)) == (
        Condition("gender", ("Men",)),
        Condition("baseColour", ("Red", "Pink")),
        Condition("usage", ("a=b",)),
        Condition("season", ("Fall",), negated=True),
    )


@pytest.mark.parametrize("option", ["gender", "=Men", "!=Men", ""])
def test_a_malformed_option_is_quoted_back(option):
    with pytest.raises(ParameterError, match=r"KEY=VALUE"):
        parse_where_options([option])


def test_chosen_and_excluded_at_once_is_refused():
    with pytest.raises(ParameterError, match="'gender' is both"):
        parse_where_options(["gender=Men", "gender!=Women"])


@given(st.sampled_from(KEYS), st.lists(st.text(min_size=1).filter(lambda text: text == text.strip()), min_size=1))
def test_every_option_comes_back_as_its_condition(key, values):
    conditions = parse_where(parse_where_options([f"{key}={value}" for value in values]))
    assert conditions == (Condition(key, tuple(values)),)
