"""The gate on learned indexes: good refits pass over many seeds, versions that are worse in known ways do not."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from likewise.evaluation.gate import Gate, GateRules
from likewise.ingest.catalog import FASHION, Product
from likewise.ingest.decision import Decision
from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.features import EncodedCatalog, EncodedProduct
from likewise.ingest.images import Folder, Picture
from likewise.ingest.index import Changes, Recipe, build_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.model import Model
from likewise.ingest.progress import Silent
from likewise.ingest.stages import fit

N, WIDTH = 3000, 24
SMALL = {"n_components": 8, "landmarks": 300, "members": 1, "hidden": 32}
SPEC = EncoderSpec("drawn", "fp32", "drawn-fingerprint", (WIDTH,))


def recipe(seed=0):
    params = {**SMALL, "random_state": seed}
    return Recipe(reducer="attributes", reducer_params=params, clusterer_params={"n_clusters": 4, "random_state": seed})


class Arrays:
    """Features in memory."""

    def __init__(self, rows):
        self.rows = rows

    def get(self, contents):
        return np.stack([self.rows[content] for content in contents])

    def has(self, contents):
        return np.array([content in self.rows for content in contents], dtype=bool)


def catalog_of(values, features):
    source = Folder(Path("nowhere"))
    items = [
        EncodedProduct(Product(str(at), (Picture(f"{at}.jpg", source),), row), (content_of(at),))
        for at, row in enumerate(values)
    ]
    return EncodedCatalog(items, Arrays(features), SPEC, FASHION, source, "nowhere", rows=len(items))


def content_of(at):
    # Spread over all hashes, as those of pictures are.
    return f"{at * 2654435761 % 2**32:08x}" + f"{at:056x}"


@pytest.fixture(scope="module")
def drawn():
    """Products whose pictures tell their attributes, but not for certain."""
    rng = np.random.default_rng(0)
    kinds, colours, genders = rng.integers(0, 6, N), rng.integers(0, 5, N), rng.integers(0, 2, N)
    centres = [rng.normal(size=(count, WIDTH)) for count in (6, 5, 2)]
    features = sum(each[of] for each, of in zip(centres, (kinds, colours, genders), strict=True))
    features = (features + 2.0 * rng.normal(size=(N, WIDTH))).astype(np.float32)
    values = [
        {
            "gender": ("Men", "Women")[gender],
            "masterCategory": ("Apparel", "Footwear", "Accessories")[kind // 2],
            "subCategory": f"sub {kind // 2}",
            "articleType": f"type {kind}",
            "baseColour": f"colour {colour}",
        }
        for kind, colour, gender in zip(kinds, colours, genders, strict=True)
    ]
    return catalog_of(values, {content_of(at): row for at, row in enumerate(features)})


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two processes with two threads each, on two cores, mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def models(drawn):
    return [fit(drawn, recipe(seed), Silent()) for seed in range(3)]


@pytest.fixture
def judge(drawn, models, tmp_path):
    """Publish the version of the first model, and judge another one."""
    store = EmbeddedStore(tmp_path / "index", create=True)
    build_version(store, models[0], drawn, recipe(), Silent()).publish()

    def judge(model, catalog=drawn, judged_by=drawn, decision=None, **rules):
        candidate = build_version(store, model, catalog, recipe(), Silent())
        with store.open() as current:
            return Gate(GateRules(**rules)).verdict(current, candidate, decision or Decision("fit", judged_by))

    return judge


def failed(verdict):
    return [check.name for check in verdict.checks if not check.passed]


def test_the_fit_holds_back_the_smallest_hashes_and_indexes_them_all_the_same(drawn, models):
    bound = models[0].held_back
    held = [item for item in drawn if item.content <= bound]
    assert len(held) == N // 20
    assert {model.held_back for model in models} == {bound}
    assert [models[0].capabilities.unseen(item.content) for item in held] == [True] * len(held)
    assert not models[0].capabilities.unseen("f" * 64)


def test_what_is_held_back_shapes_nothing_that_is_fitted(drawn, models):
    """Their labels may be anything: the same model comes out."""
    bound = models[0].held_back
    other = [
        {**item.product.values, "articleType": "type 0", "gender": "Men"}
        if item.content <= bound
        else item.product.values
        for item in drawn
    ]
    assert fit(catalog_of(other, drawn.features.rows), recipe(), Silent()).hash == models[0].hash


def test_the_bound_travels_with_the_model_and_counts_to_its_hash(models, tmp_path):
    models[0].save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert (loaded.held_back, loaded.hash) == (models[0].held_back, models[0].hash)
    assert dataclasses.replace(loaded, held_back="").hash != loaded.hash


def test_good_refits_pass(models, judge):
    assert len({model.hash for model in models}) == len(models)
    for model in models[1:]:
        verdict = judge(model)
        assert verdict.passed, verdict.refusals
        found = verdict.comparison
        assert (found.queries, found.unseen, found.fitted_on) == (N // 20, True, 2000 - N // 20)


def test_a_label_that_differs_from_the_picture_refuses_nothing(drawn, judge):
    """A shop's labels are wrong here and there: such a product lies far from its own picture among the attributes."""
    wrong = [
        {**item.product.values, "articleType": "type 5", "baseColour": "colour 4"}
        if at % 50 == 0
        else item.product.values
        for at, item in enumerate(drawn)
    ]
    catalog = catalog_of(wrong, drawn.features.rows)
    verdict = judge(fit(catalog, recipe(1), Silent()), catalog, catalog)
    assert "self" not in failed(verdict)


def test_labels_that_were_shuffled_in_one_category_are_refused(drawn, judge):
    """Learned from a broken export; the catalog that is shown is the right one."""
    rng = np.random.default_rng(1)
    values = [dict(item.product.values) for item in drawn]
    shoes = [at for at, row in enumerate(values) if row["masterCategory"] == "Footwear"]
    for at, other in zip(shoes, rng.permutation(shoes), strict=True):
        row = drawn.items[other].product.values
        values[at] |= {name: row[name] for name in ("gender", "articleType", "baseColour")}
    assert failed(judge(fit(catalog_of(values, drawn.features.rows), recipe(1), Silent()))) == ["precision"]


def test_a_network_with_noise_is_refused(models, judge):
    worse = models[1]
    arrays = worse.reducer.arrays()
    rng = np.random.default_rng(2)
    noisy = {
        name: array + rng.normal(scale=2 * array.std(), size=array.shape).astype(array.dtype)
        if array.ndim == 2 and array.dtype == np.float32
        else array
        for name, array in arrays.items()
    }
    reducer = type(worse.reducer)(**worse.reducer.params()).restore(noisy)
    assert "precision" in failed(judge(dataclasses.replace(worse, reducer=reducer)))


@pytest.mark.parametrize("asked_with", ["the right features", "the wrong ones"])
def test_a_wrong_preprocessing_is_refused(drawn, models, judge, asked_with):
    """Half of the numbers in another order, as from channels that are swapped, under the same fingerprint."""
    order = np.concatenate([np.arange(WIDTH)[::-2], np.arange(WIDTH)[::2]])
    wrong = {content: row[order] for content, row in drawn.features.rows.items()}
    swapped = catalog_of([item.product.values for item in drawn], wrong)
    judged_by = drawn if asked_with == "the right features" else swapped
    seen = set(failed(judge(models[0], swapped, judged_by)))
    assert seen & ({"self", "precision"} if judged_by is drawn else {"encoder"})


def test_half_a_catalog_is_refused(drawn, models, judge):
    items = list(drawn)
    half = drawn.subset(items[::2])
    changes = Changes(removed=[item.product.id for item in items[1::2]], unchanged=N // 2)
    assert "removed" in failed(judge(models[1], half, half, Decision("fit", half, changes)))


def test_a_model_of_an_earlier_release_held_nothing_back_and_the_verdict_says_so(models, judge):
    verdict = judge(dataclasses.replace(models[1], held_back=""))
    assert verdict.passed, verdict.refusals
    assert (verdict.comparison.queries, verdict.comparison.unseen, verdict.comparison.fitted_on) == (2000, False, 0)
    assert "2000 products fitted on, asked by picture" in verdict.checks[-1].detail
