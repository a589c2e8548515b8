"""Options of a search mean the same in Python, on a command line and in an address."""

import dataclasses

import pytest

from likewise.ingest.errors import ParameterError
from likewise.search import SearchOptions
from likewise.search.asking.options import SearchKeywords, option_help, text_forms
from likewise.search.filtering.text_filters import parse_where_options


def test_every_option_has_a_sentence_a_text_form_and_a_keyword():
    names = [each.name for each in dataclasses.fields(SearchOptions)]
    assert list(option_help()) == list(text_forms()) == names
    assert all(sentence.endswith(".") for sentence in option_help().values())
    types = {each.name: each.type for each in dataclasses.fields(SearchOptions)}
    keywords = {name: str(kind.__forward_arg__) for name, kind in SearchKeywords.__annotations__.items()}
    assert {"k": "int", **keywords} == {"options": "SearchOptions | None", **types}


def test_what_a_call_names_counts_more_than_its_options():
    options = SearchOptions(k=9, probe=2, prior=0.5)
    assert SearchOptions.of(None, {}) == SearchOptions()
    assert SearchOptions.of(None, {"options": options}) == options
    assert SearchOptions.of(4, {"options": options, "prior": None}) == SearchOptions(k=4, probe=2)
    with pytest.raises(TypeError, match="probes"):
        SearchOptions.of(4, {"probes": 2})


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], {}),
        ([("k", "9"), ("probe", "all")], {"k": 9, "probe": "all"}),
        ([("k", "9"), ("k", "3")], {"k": 3}),
        ([("probe", "4"), ("include_self", "true")], {"probe": 4, "include_self": True}),
        ([("threshold", "0.5"), ("prior", "0")], {"score_threshold": 0.5, "prior": 0.0}),
        ([("threshold", "confident")], {"score_threshold": "confident"}),
        (
            [("where", "gender=Men"), ("where", "baseColour!=Red"), ("where", "baseColour!=Blue")],
            {"where": parse_where_options(["gender=Men", "baseColour!=Red", "baseColour!=Blue"])},
        ),
    ],
)
def test_texts_become_options(pairs, expected):
    assert SearchOptions.from_texts(pairs) == SearchOptions(**expected)


@pytest.mark.parametrize(
    ("pair", "text"),
    [
        (("k", "six"), "k must be a whole number; received 'six'"),
        (("k", "9" * 5000), "k must be a whole number; received '9999"),
        (("k", "0"), "k must be between 1 and 10,000; received 0"),
        (("probe", "most"), "probe must be a whole number or `all`; received 'most'"),
        (("include_self", "perhaps"), "include_self must be true or false; received 'perhaps'"),
        (("threshold", "high"), "threshold must be a number or `confident`; received 'high'"),
        (("threshold", "nan"), "between -1 and 1"),
        (("prior", "nan"), "between 0 and 1"),
        (("where", "gender"), "not KEY=VALUE"),
        (
            ("prob", "2"),
            "Unknown parameter 'prob'. Known: k, where, probe, include_self, threshold, prior, ",
        ),
    ],
)
def test_an_impossible_text_is_quoted_back(pair, text):
    with pytest.raises(ParameterError, match=text.replace(".", r"\.")):
        SearchOptions.from_texts([pair])


@pytest.mark.parametrize(
    "options",
    [{"k": 0}, {"k": 10_001}, {"probe": 0}, {"probe": "most"}, {"score_threshold": 2.0}, {"score_threshold": "high"},
     {"prior": -0.1}],
)  # fmt: skip
def test_an_impossible_value_is_refused_at_once(options):
    with pytest.raises(ParameterError, match=str(next(iter(options.values())))):
        SearchOptions(**options)
