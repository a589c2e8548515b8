import numpy as np

from likewise.ingest.model.clusterers.auto import CANDIDATES, choose
from likewise.ingest.model.clusterers.kmeans import KMeans


def groups(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(rng.normal(size=(16, 16)))[0][:count]
    X = np.repeat(centres, 40, axis=0) + 0.05 * rng.normal(size=(40 * count, 16))
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)


def test_well_separated_groups_are_counted():
    for count in (3, 8, 12):
        fitted = KMeans("auto").fit(groups(count))
        assert fitted.n_clusters_ == count
        assert fitted.info()["clusters"] == count
        assert set(fitted.info()["silhouette"]) <= {str(k) for k in CANDIDATES}
        assert fitted.params()["n_clusters"] == "auto"


def test_the_curve_is_bounded_by_the_number_of_vectors():
    k, curve = choose(groups(2)[:20], lambda X, k: np.arange(len(X)) % k, 0)
    assert k in curve[:, 0]
    assert curve[:, 0].max() * 4 <= 20
    assert "silhouette" not in KMeans(2).fit(groups(2)).info()
