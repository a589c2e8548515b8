"""One cache for all indexes of a user: what an index kept for itself comes into it, and what nobody needs goes."""

import hashlib
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.ingest import Recipe, ingest
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.features import FeatureCache, adopt, cache_files, keep_only
from likewise.ingest.index.stores.embedded import EmbeddedStore

SPEC = EncoderSpec("any", "fp32", "print", (3,))
RECIPE = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 3})
OTHER = EncoderSpec("another", "bf16", "other-print", (2,))


def key(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def filled(folder, numbers, spec=SPEC):
    cache = FeatureCache(folder, spec)
    numbers = list(numbers)
    if numbers:
        cache.append([key(number) for number in numbers], np.array([[number] * spec.dim for number in numbers]))
    return cache


def held(folder, spec=SPEC):
    cache = FeatureCache(folder, spec)
    found = cache.contents
    return dict(zip(found, cache.get(found)[:, 0].tolist(), strict=True))


def test_what_was_encoded_for_one_index_is_not_encoded_for_another(catalog, encoder, any_store, tmp_path):
    ingest(catalog, tmp_path / "first", recipe=RECIPE, encoder=encoder)
    seen = encoder.seen
    assert seen > 0
    assert ingest(catalog, any_store, recipe=RECIPE, encoder=encoder).encoded == 0
    assert encoder.seen == seen
    assert not (tmp_path / "first" / "embeddings").exists()


def test_features_that_lie_in_an_index_are_taken_over_once(catalog, encoder, features_folder, tmp_path):
    ingest(catalog, tmp_path / "index", recipe=RECIPE, encoder=encoder)
    features_folder.rename(tmp_path / "index" / "embeddings")
    assert EmbeddedStore(tmp_path / "index").left_features is not None
    outcome = ingest(catalog, tmp_path / "index", recipe=RECIPE, encoder=encoder)
    assert (outcome.outcome, outcome.encoded) == ("nothing", 0)
    assert EmbeddedStore(tmp_path / "index").left_features is None
    assert len(FeatureCache(features_folder, encoder.spec)) > 0


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_adopting_joins_both_without_doubles(tmp_path_factory, ours, theirs):
    old, new = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("new")
    filled(old, theirs)
    filled(old, [1], OTHER)
    filled(new, ours)
    assert adopt(old, new) == len(theirs - ours) + 1
    assert held(new) == {key(number): float(number) for number in ours | theirs}
    assert held(new, OTHER) == {key(1): 1.0}
    assert len(FeatureCache(new, SPEC)) == len(ours | theirs)
    assert not old.exists()


def test_an_adoption_that_was_killed_goes_on(tmp_path, monkeypatch):
    filled(tmp_path / "old", range(10))
    with monkeypatch.context() as patch:
        patch.setattr("likewise.ingest.features.adoption.BLOCK", 4)
        append, left = FeatureCache.append, [2]

        def die(cache, *arguments):
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            append(cache, *arguments)

        patch.setattr(FeatureCache, "append", die)
        with pytest.raises(KeyboardInterrupt):
            adopt(tmp_path / "old", tmp_path / "new")
    assert len(held(tmp_path / "old")) == 10
    assert adopt(tmp_path / "old", tmp_path / "new") == 2
    assert len(held(tmp_path / "new")) == 10


def test_a_folder_is_not_adopted_by_itself(tmp_path):
    filled(tmp_path, range(3))
    assert adopt(tmp_path, tmp_path) == 0
    assert len(held(tmp_path)) == 3


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 30)))
def test_pruning_keeps_what_is_needed_and_nothing_else(tmp_path_factory, there, needed):
    folder = tmp_path_factory.mktemp("cache")
    filled(folder, there)
    (file,) = cache_files(folder)
    wanted = {key(number) for number in needed}
    assert keep_only(file, wanted, dry_run=True) == len(there - needed)
    assert len(held(folder)) == len(there)
    assert keep_only(file, wanted) == len(there - needed)
    assert held(folder) == {key(number): float(number) for number in there & needed}


def test_who_has_the_cache_open_meanwhile_finds_the_right_features_or_none(tmp_path):
    opened = filled(tmp_path, range(6))
    (file,) = cache_files(tmp_path)
    keep_only(file, {key(4), key(5)})
    # From the file that it has open.
    np.testing.assert_array_equal(opened.get([key(5)]), [[5, 5, 5]])
    opened.append([key(9)], np.array([[9, 9, 9]]))
    assert opened.has([key(number) for number in (0, 4, 5, 9)]).tolist() == [False, True, True, True]
    np.testing.assert_array_equal(opened.get([key(4), key(9)])[:, 0], [4, 9])


def test_a_disk_that_is_full_leaves_the_cache_as_it_was(tmp_path, monkeypatch):
    filled(tmp_path, range(6))
    (file,) = cache_files(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Exception, match="No space left"):
            keep_only(file, {key(1)})
    assert len(held(tmp_path)) == 6
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix == ".partial"] == []
