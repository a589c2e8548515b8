"""A new index chooses its precision once; a quantized network is calibrated once, and travels: on every store."""

import dataclasses
import shutil

import pytest
from tiny_encoder import name_it

from likewise.ingest import Job, Recipe, RecipeOptions, RejectLimit, Rules, calibrating, ingest
from likewise.ingest.encoders import opening
from likewise.ingest.errors import IncompatibleError, ParameterError
from likewise.ingest.index.archive import export_version, restore_version
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.ingest.pipeline import run
from likewise.ingest.progress import Silent
from likewise.search import SearchClient

RECIPE = Recipe(
    encoder="tiny", precision="int8", reducer_params={"n_components": 6}, clusterer_params={"n_clusters": 3}
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    name_it(monkeypatch)


@pytest.fixture
def calibrations(monkeypatch):
    """How often was calibrated."""
    seen = []

    def counted(self, pixels, others):
        seen.append(len(pixels))
        return kept(self, pixels, others)

    kept = calibrating.UndecidedEncoder.calibrated
    monkeypatch.setattr(calibrating.UndecidedEncoder, "calibrated", counted)
    return seen


def picture_of(catalog, product):
    return catalog / "images" / f"{product}.png"


def found_by_picture(store, catalog, product):
    with SearchClient.open(store) as client:
        return client.similar_to_image(picture_of(catalog, product), 1, probe="all")[0].id


def test_the_network_travels_with_the_index(any_store, catalog, make_catalog, calibrations, tmp_path):
    first = ingest(catalog, any_store, recipe=RECIPE, cache=tmp_path / "one")
    spec = first.manifest.encoder
    assert (spec.precision, spec.runtime, spec.quantization.pictures) == ("int8", "openvino", 36)
    assert found_by_picture(any_store, catalog, "117") == "117"

    # Another machine, whose cache is empty, updates it with the same network; so does a fit that is asked for.
    make_catalog(catalog, 50)
    second = ingest(catalog, any_store, cache=tmp_path / "other")
    assert (second.outcome, second.encoded, second.manifest.encoder) == ("updated", 50, spec)
    third = ingest(catalog, any_store, rules=Rules(refit="always"), cache=tmp_path / "other")
    assert (third.outcome, third.encoded, third.manifest.encoder) == ("fitted", 0, spec)
    assert found_by_picture(any_store, catalog, "149") == "149"
    assert calibrations == [36]


def test_an_export_has_it(any_store, catalog, tmp_path):
    ingest(catalog, any_store, recipe=RECIPE)
    with any_store.open() as reader:
        export_version(reader, tmp_path / "index.zip", Silent())
    restored = EmbeddedStore(tmp_path / "restored", create=True)
    restored.publish(restore_version(restored, tmp_path / "index.zip", Silent()))
    assert found_by_picture(restored, catalog, "117") == "117"


def test_a_run_that_was_interrupted_does_not_calibrate_again(catalog, calibrations, tmp_path, killed_before_commit):
    with killed_before_commit():
        ingest(catalog, tmp_path / "index", recipe=RECIPE, cache=tmp_path / "cache")
    again = ingest(catalog, tmp_path / "index", recipe=RECIPE, cache=tmp_path / "cache")
    assert (again.encoded, calibrations) == (0, [36])


def test_an_index_in_another_precision_is_fitted_anew(catalog, tmp_path):
    store = EmbeddedStore(tmp_path / "index", create=True)
    plain = ingest(catalog, store, recipe=dataclasses.replace(RECIPE, precision="fp32"))
    asked = run(Job(catalog, store, RecipeOptions(precision="int8")))
    assert (plain.manifest.encoder.precision, asked.outcome, asked.manifest.encoder.precision) == (
        "fp32",
        "fitted",
        "int8",
    )
    back = run(Job(catalog, store, RecipeOptions(precision="fp32")))
    assert (back.outcome, back.encoded, back.manifest.encoder) == ("fitted", 0, plain.manifest.encoder)


def test_pictures_that_cannot_be_read_calibrate_nothing(catalog, tmp_path):
    for picture in sorted((catalog / "images").iterdir())[:6]:
        picture.write_bytes(b"none")
    rules = Rules(reject_limit=RejectLimit.parse("50%"))
    assert ingest(catalog, tmp_path / "index", recipe=RECIPE, rules=rules).manifest.encoder.quantization.pictures == 32


def test_a_catalog_without_pictures(catalog, tmp_path):
    shutil.rmtree(catalog / "images")
    (catalog / "images").mkdir()
    for at in range(100, 148):
        (catalog / "images" / f"{at}.png").write_bytes(b"none")
    with pytest.raises(ParameterError, match="No picture of the catalog can be read"):
        ingest(catalog, tmp_path / "index", recipe=RECIPE)


def test_a_catalog_of_one_picture_is_calibrated_on_it(make_catalog, tmp_path):
    recipe = dataclasses.replace(RECIPE, reducer="none", reducer_params={}, clusterer="none", clusterer_params={})
    made = ingest(make_catalog(tmp_path / "one", 1), tmp_path / "index", recipe=recipe).manifest.encoder.quantization
    assert (made.pictures, made.measured) == (1, 1)


class TestAuto:
    @pytest.fixture
    def found(self, monkeypatch):
        """What the processor has."""
        found = {}
        monkeypatch.setattr(calibrating, "processor", lambda: found)
        return found

    def run(self, catalog, folder, **options):
        return run(
            Job(catalog, EmbeddedStore(folder, create=True), RecipeOptions(encoder="tiny", components=6, **options))
        )

    def test_a_new_index_gets_what_suits_and_keeps_it(self, catalog, make_catalog, tmp_path, found, monkeypatch):
        found["avx512_bf16"] = True
        assert self.run(catalog, tmp_path / "index").manifest.encoder.precision == "bf16"
        # The next machine has something faster, and the next one nothing.
        monkeypatch.setattr("likewise.ingest.encoders.choosing.can_calibrate", lambda: True)
        monkeypatch.setattr("likewise.ingest.encoders.choosing.WORTH_IT", 10)
        found["avx512_vnni"] = True
        make_catalog(catalog, 50)
        assert self.run(catalog, tmp_path / "index", precision="auto").outcome == "updated"
        assert self.run(catalog, tmp_path / "other").manifest.encoder.precision == "int8"
        found.clear()
        assert self.run(catalog, tmp_path / "index").outcome == "nothing"
        assert self.run(catalog, tmp_path / "third").manifest.encoder.precision == "fp32"

    def test_it_says_what_it_chose(self, catalog, tmp_path, found):
        titles = []

        class Told:
            def stage(self, title, total=None):
                titles.append(title)
                return self

            def __enter__(self):
                return lambda _: None

            def __exit__(self, *_):
                return None

        found["avx512_bf16"] = True
        options = RecipeOptions(encoder="tiny", components=6)
        run(Job(catalog, EmbeddedStore(tmp_path / "index", create=True), options), progress=Told())
        assert "choose bf16: the processor computes in it" in titles


class TestWithoutOpenVino:
    @pytest.fixture
    def index(self, catalog, tmp_path, monkeypatch):
        made = ingest(catalog, tmp_path / "index", recipe=RECIPE)
        assert made.manifest.encoder.quantization.cosine > opening.STAND_IN
        monkeypatch.setattr(opening, "has_openvino", lambda: False)
        return tmp_path / "index"

    def test_searches_by_id_go_on_and_by_picture_need_a_word(self, index, catalog):
        with SearchClient.open(index) as client:
            assert len(client.similar("117")) == 6
            with pytest.raises(IncompatibleError, match="--stand-in"):
                client.similar_to_image(picture_of(catalog, "117"))
        with SearchClient.open(index, stand_in=True) as client:
            assert client.similar_to_image(picture_of(catalog, "117"), 1, probe="all")[0].id == "117"

    def test_nothing_is_indexed_by_what_stands_in(self, index, catalog, make_catalog):
        make_catalog(catalog, 50)
        with pytest.raises(IncompatibleError, match=r"pip install 'likewise\[openvino\]'"):
            ingest(catalog, index)
