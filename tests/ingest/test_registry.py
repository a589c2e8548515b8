"""Strategies by name, and their parameters as a command line writes them."""

import sys
from types import ModuleType

import pytest

from likewise.deploy.parsing import parse_pairs
from likewise.ingest.errors import ParameterError
from likewise.ingest.model import CLUSTERERS, REDUCERS
from likewise.ingest.registry import Registry


@pytest.mark.parametrize(
    ("registry", "name", "options", "expected"),
    [
        (REDUCERS, "tsne", ["perplexity=50", "n_iter=100"], {"perplexity": 50.0, "n_iter": 100}),
        (REDUCERS, "kernel-pca", ["kernel=cosine", "gamma=none"], {"kernel": "cosine", "gamma": None}),
        (REDUCERS, "kernel-pca", ["gamma=1e-3", "coef0 = -0.5"], {"gamma": 0.001, "coef0": -0.5}),
        (
            REDUCERS,
            "attributes",
            ["attributes=gender, baseColour", "blocks=2048,48"],
            {"attributes": ["gender", "baseColour"], "blocks": [2048, 48]},
        ),
        (REDUCERS, "attributes", ["blocks=none"], {"blocks": None}),
        (CLUSTERERS, "kmeans", ["n_clusters=auto"], {"n_clusters": "auto"}),
        (CLUSTERERS, "spectral", ["n_clusters=12", "n_neighbors=30"], {"n_clusters": 12, "n_neighbors": 30}),
        (CLUSTERERS, "none", [], {}),
    ],
)
def test_options_become_parameters_of_the_declared_types(registry, name, options, expected):
    params = registry.parse_params(name, parse_pairs("--param", options))
    assert params == expected
    assert [type(value) for value in params.values()] == [type(value) for value in expected.values()]
    assert {key: registry.create(name, **params).params()[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "option", "text"),
    [
        ("tsne", "perplexity", "'perplexity' is not NAME=VALUE"),
        ("tsne", "perplexty=3", "no parameter 'perplexty'. Known: n_components, perplexity"),
        ("none", "n_components=3", "Known: none"),
        ("tsne", "n_iter=2.5", "takes n_iter as int; received '2.5'"),
        ("tsne", "perplexity=nan", "takes perplexity as float; received 'nan'"),
        ("kernel-pca", "gamma=wide", r"takes gamma as float \| None; received 'wide'"),
        ("attributes", "blocks=1,two", "received '1,two'"),
        ("tnse", "n_iter=2", "Unknown reducer 'tnse'. Did you mean 'tsne'"),
    ],
)
def test_what_cannot_be_read_is_named(name, option, text):
    with pytest.raises(ParameterError, match=text):
        REDUCERS.parse_params(name, parse_pairs("--param", [option]))


def test_the_parameters_of_a_strategy_are_known():
    assert list(REDUCERS.parameters("pca")) == ["n_components", "random_state"]
    assert REDUCERS.parameters("pca")["n_components"].default == 100
    assert dict(CLUSTERERS.parameters("none")) == {}


def test_an_unknown_parameter_lists_the_known_ones():
    with pytest.raises(ParameterError, match=r"no parameter 'k'\. Known: n_clusters, random_state"):
        CLUSTERERS.create("kmeans", k=3)


class Lamp:
    def __init__(self, lit: bool = False, level: str | None = None) -> None:
        self.lit = lit
        self.level = level


def test_a_switch_is_yes_or_no(monkeypatch):
    module = ModuleType("house.lamps")
    module.Lamp = Lamp
    monkeypatch.setitem(sys.modules, "house", ModuleType("house"))
    monkeypatch.setitem(sys.modules, "house.lamps", module)
    lamps = Registry("lamp", "house", {"desk": "lamps:Lamp"})
    assert lamps.parse_params("desk", {"lit": "Yes", "level": "none"}) == {"lit": True, "level": None}
    assert lamps.parse_params("desk", {"lit": "false", "level": "7"}) == {"lit": False, "level": "7"}
    with pytest.raises(ParameterError, match=r"takes lit as .*bool.*; received '2'"):
        lamps.parse_params("desk", {"lit": "2"})
