from likewise.search import Hit, to_frame


def test_hits_are_ranked_rows():
    frame = to_frame([Hit("3", 0.9, {"id": "3", "gender": "Men"}), Hit("1", 0.8, {"id": "1", "usage": "Casual"})])
    assert list(frame.columns) == ["rank", "id", "score", "gender", "usage"]
    assert frame["id"].tolist() == ["3", "1"]
    assert frame["rank"].tolist() == [1, 2]
    assert frame["gender"].isna().tolist() == [False, True]


def test_payloads_are_rows_with_their_own_columns():
    frame = to_frame([{"id": "3", "gender": "Men"}, {"id": "1", "gender": "Women"}])
    assert frame.to_dict("list") == {"id": ["3", "1"], "gender": ["Men", "Women"]}


def test_nothing_is_an_empty_table():
    assert to_frame([]).empty
