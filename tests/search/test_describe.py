import numpy as np
import pytest

from likewise.ingest.errors import ParameterError
from likewise.ingest.model.reducers.pca import PCA
from likewise.search.describe import describe


class Predicts:
    def __init__(self):
        self.values_ = {"gender": np.array(["Boys", "Men", "Women"])}

    def probabilities(self, features):
        return {"gender": np.array([[0.1, 0.6, 0.3], [0.4, 0.2, 0.4]])[: len(features)]}


def test_the_most_probable_values_come_first_and_ties_keep_their_order():
    assert describe(Predicts(), np.zeros((2, 4), np.float32), 2) == [
        {"gender": [("Men", 0.6), ("Women", 0.3)]},
        {"gender": [("Boys", 0.4), ("Women", 0.4)]},
    ]


def test_a_reducer_that_learned_nothing_says_so():
    with pytest.raises(ParameterError, match="'pca', which learns no attributes"):
        describe(PCA(2), np.zeros((1, 4), np.float32), 2)
