import pytest

from likewise.ingest.catalog import Reject, RejectLimit, write_rejects
from likewise.ingest.errors import ParameterError, TooManyRejectsError


@pytest.mark.parametrize(("text", "rejects", "stops"), [("2", 2, False), ("2", 3, True), ("5%", 5, False),
                                                        ("5%", 6, True), ("0", 1, True), ("0%", 0, False)])  # fmt: skip
def test_the_limit_is_a_count_or_a_share(text, rejects, stops):
    rows = [Reject(str(at), "empty", "no content", "images/1.jpg", at) for at in range(rejects)]
    if stops:
        with pytest.raises(TooManyRejectsError, match=rf"{rejects} of 100 .*{rejects} empty"):
            RejectLimit.parse(text).check(rows, 100)
    else:
        RejectLimit.parse(text).check(rows, 100)


@pytest.mark.parametrize("text", ["", "-1", "many", "101%", "5.5", "%", "nan%"])
def test_an_impossible_limit_is_quoted_back(text):
    with pytest.raises(ParameterError, match="--max-rejects"):
        RejectLimit.parse(text)


def test_rejects_are_safe_in_a_spreadsheet(read_rows):
    data = write_rejects([Reject("=1+1", "bad-id", 'a "quoted", text\nover lines', "styles.csv", 3)])
    assert data.decode().splitlines()[1].startswith("'=1+1,bad-id,")
