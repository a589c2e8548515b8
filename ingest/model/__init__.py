"""From features to index vectors and clusters, by a model that is fitted once and saved with an index.

Features float32[n, D] and the catalog's attributes come in; a fitted model, which also maps and clusters pictures
that it has not seen, goes out. The pipeline fits a model, an index writes its vectors, and a search maps its queries
with it.
"""

from .capabilities import Capabilities
from .clusterers import CLUSTERERS, Clusterer
from .drift import DRIFT_FILE, Baseline, DriftReport
from .estimator import CLUSTERS, COMPONENTS, check_matrix, unit_rows
from .fitting import fit_model
from .held_back import held_back
from .model import NETWORK, Model, Placement, cluster_label, cluster_sizes, weighed, with_network
from .product_map import MAP_FILE, ProductMap
from .reducers import REDUCERS, AttributeColumns, Reducer

__all__ = [
    "CLUSTERERS",
    "CLUSTERS",
    "COMPONENTS",
    "DRIFT_FILE",
    "MAP_FILE",
    "NETWORK",
    "REDUCERS",
    "AttributeColumns",
    "Baseline",
    "Capabilities",
    "Clusterer",
    "DriftReport",
    "Model",
    "Placement",
    "ProductMap",
    "Reducer",
    "check_matrix",
    "cluster_label",
    "cluster_sizes",
    "fit_model",
    "held_back",
    "unit_rows",
    "weighed",
    "with_network",
]
