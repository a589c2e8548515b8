from likewise.evaluation.benchmarks.pictures import markdown, measure


def test_both_ways_find_what_is_nearest():
    found = measure(300, 2, searches=20)
    assert {(each.way, each.within) for each in found} == {
        (way, within) for way in ("multi-vectors", "a point a picture") for within in (False, True)
    }
    # A cluster may not hold all that is nearest.
    assert all(each.recall > 0.95 for each in found if not each.within)
    assert all(0 < each.recall <= 1 for each in found)
    assert all(0 < each.p50_ms <= each.p95_ms for each in found)
    assert len(markdown(found).splitlines()) == 2 + len(found)
