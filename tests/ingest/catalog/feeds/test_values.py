import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog.feeds.values import addresses, levels, listed, plain, text, truth


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("https://x/1.jpg", ["https://x/1.jpg"]),
        ("https://x/1.jpg,https://x/2.jpg", ["https://x/1.jpg", "https://x/2.jpg"]),
        ("https://x/w_1,h_2/1.jpg, HTTP://x/2.jpg", ["https://x/w_1,h_2/1.jpg", "HTTP://x/2.jpg"]),
        ('"https://x/2,3.jpg","https://x/2,4.jpg"', ["https://x/2,3.jpg", "https://x/2,4.jpg"]),
        ("https://x/1.jpg, photos/2.jpg", ["https://x/1.jpg", "photos/2.jpg"]),
        ("1.jpg, 2.jpg,,3\\,4.jpg", ["1.jpg", "2.jpg", "3,4.jpg"]),
        (["https://x/1.jpg ", "", None, "https://x/2.jpg"], ["https://x/1.jpg", "https://x/2.jpg"]),
        (None, []),
        (" ", []),
    ],
)
def test_pictures_of_one_cell(cell, expected):
    assert list(addresses(cell)) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One</p><p>Two<br/>three</p>", "One Two three"),
        ("H<sub>2</sub>O &amp; <b>more</b>&nbsp;&#8364;", "H2O & more €"),
        ("<style>p { }</style>a<SCRIPT src=x>if (a < b) {}</script >b<!-- no <p> -->c", "abc"),
        ("15 < 20 > 3 and a <b", "15 < 20 > 3 and a <b"),
        ("  plain \n text ", "plain text"),
        ("&lt;b&gt; stays", "<b> stays"),
        ("<script>never closed", ""),
    ],
)
def test_descriptions_without_their_markup(markup, expected):
    assert plain(markup) == expected


@pytest.mark.parametrize(
    "part", ["<", "<a ", "<!--", "<a b='", "</", "<script>", "<script></s", "&", "<![CDATA[", "&#"]
)
def test_no_markup_takes_long(part):
    before = time.process_time()
    plain((part * 32_768)[:32_768])
    assert time.process_time() - before < 1


@given(st.text() | st.lists(st.text()) | st.floats() | st.binary() | st.none())
def test_any_cell_is_text(cell):
    assert isinstance(text(cell), str)
    assert all(listed(cell))
    assert isinstance(plain(text(cell)), str)


def test_small_things():
    assert levels("A > B>C > > B") == ["A", "B", "C"]
    assert (truth("TRUE"), truth("0"), truth(1), truth(False), truth("maybe")) == (True, False, True, False, None)
    assert (text(15970.0), text(float("nan")), text([1, 2]), text({"a": 1})) == ("15970", "", "1", "")
