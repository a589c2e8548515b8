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


def test_values_keep_their_types_also_where_some_are_missing():
    first = {"id": "3", "stock": 5, "sold": True, "price": 1.5, "sizes": ["S", "M"], "added": "2026-01-05"}
    frame = to_frame([Hit("3", 0.9, first), Hit("1", 0.8, {"id": "1"})])
    kinds = {name: str(frame[name].dtype) for name in ("stock", "sold", "price")}
    assert kinds == {"stock": "Int64", "sold": "boolean", "price": "float64"}
    assert frame["stock"][0] == 5
    assert frame["sizes"][0] == ["S", "M"]
    assert str(to_frame([first])["stock"].dtype) == "int64"


def test_columns_of_our_names_keep_them():
    hits = [Hit("3", 0.9, {"_id": "3", "id": 17, "score": 4.5, "rank": 2, "image": ["a", "b"]}, image="b")]
    frame = to_frame(hits)
    assert frame.to_dict("records") == [
        {"_rank": 1, "_id": "3", "_score": 0.9, "matched_image": "b", "id": 17, "score": 4.5, "rank": 2,
         "image": ["a", "b"]}
    ]  # fmt: skip
