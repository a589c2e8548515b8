import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.catalog import Reject, RejectLimit, count_reasons, read_rejects, write_rejects
from likewise.ingest.catalog.rejects import LISTED
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


def test_of_very_many_the_first_are_listed_and_the_others_counted_column_by_column(read_rows):
    columns = {"price": LISTED + 1_500, "stock": 20}
    rejects = [
        Reject(f"{at}", "bad-value", f"{name} is left empty: 'x' is no number", "shop.csv", at)
        for name, count in columns.items()
        for at in range(count)
    ]
    rejects += [Reject(f"{at}", "missing-image", "there is no image", "shop.csv", at) for at in range(LISTED + 3)]
    content = write_rejects(rejects)
    rows = read_rows(content)
    assert len(rows) == 2 * LISTED + 20 + 1
    assert list(rows[-1].values()) == [
        "", "not-listed", "1,503 more: 1,500 bad-value, 3 missing-image", "shop.csv", "0"
    ]  # fmt: skip
    assert sum(row["detail"].startswith("stock") for row in rows) == 20
    assert count_reasons(read_rejects(content)) == count_reasons(rejects)
    # A run on single products reads them, has some of its own, and writes them again.
    again = write_rejects([*read_rejects(content), *rejects[:2]])
    assert read_rows(again)[-1]["detail"] == "1,505 more: 1,502 bad-value, 3 missing-image"


def test_all_rejects_count_for_the_limit_whatever_is_listed():
    rejects = [Reject(f"{at}", "missing-image", "there is no image", "shop.csv", at) for at in range(LISTED + 3)]
    with pytest.raises(TooManyRejectsError, match=rf"{LISTED + 3:,} of 10,000 .*{LISTED + 3:,} missing-image"):
        RejectLimit.parse("5%").check(rejects, 10_000)
