import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog import Reject, RejectLimit, read_rejects, write_rejects
from likewise.ingest.errors import ParameterError, StoreError, TooManyRejectsError


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


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.builds(Reject, TEXT, st.sampled_from(["bad-id", "truncated"]), TEXT, TEXT, st.integers(0, 10**9))))
def test_what_was_written_is_read_and_written_again_as_it_was(rejects):
    written = write_rejects(rejects)
    assert write_rejects(read_rejects(written)) == written
    assert [(each.reason, each.row) for each in read_rejects(written)] == [(each.reason, each.row) for each in rejects]


@pytest.mark.parametrize("content", [b"id,reason\n1,x\n", b"id,reason,detail,file,row\n1,x,y,z,no\n", b"\xff\n1\n"])
def test_a_damaged_file_is_said(content):
    with pytest.raises(StoreError, match=r"rejects\.csv is damaged"):
        read_rejects(content)
