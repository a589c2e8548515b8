from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.nothing import NOTHING, is_nothing, nothing_words, whole_numbers, without_point


@pytest.mark.parametrize(
    "word", ["", "  ", "nan", "NaN", "None", "NULL", "null", "N/A", "n/a", "#N/A", "NaT", "<NA>", " - "]
)
def test_words_that_mean_nothing(word):
    assert is_nothing(word)


@pytest.mark.parametrize("word", ["NA", "Nan", "Null", "none", "no", "0", "--size--", "unknown", "False", "nano"])
def test_words_that_are_values(word):
    assert not is_nothing(word)


@pytest.mark.parametrize("value", [0, 0.0, False, 1, [], {}, b"", datetime.now(UTC)])
def test_values_that_are_no_text_are_values(value):
    assert not is_nothing(value)


def test_what_a_typed_table_marks_as_missing_is_nothing():
    assert is_nothing(None)
    assert is_nothing(float("nan"))


def test_words_can_be_added_and_replaced():
    words = nothing_words(["NA ", "unbekannt"])
    assert is_nothing("NA", words)
    assert is_nothing("unbekannt", words)
    assert is_nothing("nan", words)
    assert not is_nothing("None", NOTHING - {"None"})


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["15970.0", "0.0", ""], True),
        (["15970.0", "15971"], False),
        (["15970.5"], False),
        (["007.0"], False),
        (["1.00"], False),
        (["-1.0"], False),
        (["9007199254740992.0"], False),
        (["٣.0"], False),
        (["", ""], False),
        ([], False),
    ],
)
def test_whole_numbers_that_were_written_as_floats(texts, expected):
    assert whole_numbers(texts) is expected


@given(st.lists(st.integers(0, 2**53 - 1).filter(lambda number: number < 10**16), min_size=1))
def test_they_come_back_as_they_were(numbers):
    texts = [str(float(number)) for number in numbers]
    assert whole_numbers(texts)
    assert [without_point(text) for text in texts] == [str(number) for number in numbers]
