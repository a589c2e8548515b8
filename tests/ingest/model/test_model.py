"""A model as a whole: fitting, placing, saving."""

import json
from contextlib import contextmanager

import numpy as np
import pytest

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.errors import IncompatibleError, StoreError
from likewise.ingest.model import CLUSTERERS, REDUCERS, Capabilities, Model, cluster_sizes, fit_model, weighed
from likewise.ingest.progress import Silent

SPEC = EncoderSpec("resnet50", "fp32", "f" * 64, (16,))
LEARNED = {"n_components": 4, "members": 2, "hidden": 8, "attributes": ["colour"]}


class Recorder:
    def __init__(self):
        self.titles = []

    @contextmanager
    def stage(self, title, total=None):
        self.titles.append(title)
        yield lambda done: None


def products(n=120):
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 3, n)
    features = np.abs(rng.normal(size=(n, 16)) + 4 * np.eye(16)[colour]).astype(np.float32)
    return features, {"colour": np.array(["blue", "green", "red"])[colour]}


def fitted(reducer="pca", progress=None, **params):
    return fit_model(
        SPEC,
        *products(),
        REDUCERS.create(reducer, **(params or {"n_components": 4})),
        CLUSTERERS.create("kmeans", n_clusters=3),
        progress or Silent(),
    )


def test_each_part_is_fitted_in_a_stage_of_its_own():
    recorder = Recorder()
    fitted(progress=recorder)
    assert recorder.titles == ["fit pca", "fit kmeans"]


def test_a_point_vector_begins_with_the_index_vector_which_has_a_cluster():
    features, attributes = products()
    for model in (fitted(), fitted("attributes", **LEARNED)):
        vectors, clusters = model.place(features, attributes)
        assert vectors.shape == (120, model.reducer.vector_dim)
        assert vectors.dtype == np.float32
        index_vectors = model.index_vectors(features)
        np.testing.assert_allclose(vectors[:, : model.reducer.index_dim], index_vectors, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(index_vectors, axis=1), 1, atol=1e-6)
        np.testing.assert_array_equal(clusters, model.clusterer.predict(index_vectors))
        np.testing.assert_array_equal(model.point_vectors(features, attributes), vectors)


def test_what_a_model_can_do_is_what_its_reducer_learned():
    assert fitted().capabilities == Capabilities()
    assert fitted("attributes", **LEARNED).capabilities.predicts == ("colour",)


@pytest.mark.parametrize(("reducer", "params"), [("pca", {"n_components": 4}), ("attributes", LEARNED)])
def test_a_saved_model_is_the_same_model(tmp_path, reducer, params):
    model = fitted(reducer, **params)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert loaded.hash == model.hash
    assert loaded.verified(model.hash, "v1") is loaded
    assert (loaded.encoder, loaded.capabilities) == (model.encoder, model.capabilities)
    features, attributes = products()
    np.testing.assert_array_equal(loaded.point_vectors(features, attributes), model.point_vectors(features, attributes))


def test_another_model_is_refused():
    with pytest.raises(IncompatibleError, match="v7 was altered"):
        fitted().verified("0" * 64, "v7")


def test_a_damaged_model_is_named(tmp_path):
    fitted().save(tmp_path)
    header = json.loads((tmp_path / "reducer.json").read_text())
    (tmp_path / "reducer.json").write_text(json.dumps({**header, "params": {"wings": 2}}))
    with pytest.raises(StoreError, match="reducer of the model"):
        Model.load(tmp_path)
    (tmp_path / "encoder.json").write_text("{}")
    with pytest.raises(StoreError, match=r"encoder\.json"):
        Model.load(tmp_path)


def test_names_of_saved_arrays_stay_what_they_are():
    """A model of an earlier release is verified by a hash over these names."""
    arrays = fitted("attributes", **LEARNED).reducer.arrays()
    assert {name for name in arrays if not name.startswith(("kernels.", "networks."))} == {
        "values.colour", "blocks.edges", "blocks.mean", "blocks.lengths", "blocks.axes0", "posterior.share",
        "posterior.temperature", "posterior.accuracy", "posterior.reach", "mean", "look", "features", "labels",
        "threshold",
    }  # fmt: skip
    saved = {
        "none": {"width"},
        "pca": {"mean", "components", "explained_variance_ratio"},
        "isomap": {
            "front_mean", "front_components", "landmarks", "geodesics", "column_means", "projection", "scalars"
        },
        "kernel-pca": {"landmarks", "projection", "column_means", "scalars"},
        "tsne": {"front_mean", "front_components", "landmarks", "places", "rows"},
    }  # fmt: skip
    for name, keys in saved.items():
        params = {} if name == "none" else {"n_components": 3}
        assert set(REDUCERS.create(name, **params).fit(products()[0]).arrays()) == keys
    for name, keys in {"none": {"width"}, "kmeans": {"centroids", "inertia", "curve"},
                       "spectral": {"points", "labels", "centroids", "rows", "curve"}}.items():  # fmt: skip
        assert set(CLUSTERERS.create(name).fit(products()[0]).arrays()) == keys


def test_a_query_weighs_both_halves():
    vectors = np.ones((2, 5), np.float32)
    np.testing.assert_allclose(weighed(vectors, 3, 0.9), [[0.1, 0.1, 0.1, 0.9, 0.9]] * 2, atol=1e-6)


def test_cluster_sizes_by_hand():
    assert cluster_sizes(np.array([2, 0, 2, 2], np.intp)) == {"0": 1, "2": 3}
