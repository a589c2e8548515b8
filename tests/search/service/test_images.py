"""Small pictures of products, by their ids and nothing else."""

import io
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from likewise.ingest import ReadingOptions, Recipe, ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore


@pytest.fixture(scope="module")
def template(tmp_path_factory, make_index):
    folder = tmp_path_factory.mktemp("images")
    make_index(folder)
    Image.new("RGB", (900, 600), (200, 30, 40)).save(folder / "catalog" / "images" / "107.png")
    (folder / "catalog" / "images" / "108.png").write_bytes(b"no picture")
    (folder / "catalog" / "images" / "109.png").unlink()
    (folder / "secret.png").write_bytes((folder / "catalog" / "images" / "100.png").read_bytes())
    return folder


@pytest.fixture(scope="module")
def http(template, make_encoder, serving, until):
    store = EmbeddedStore(template / "index")
    with serving(lambda: store, make_encoder()) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        yield client


def opened(answer):
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize(("size", "expected"), [(160, (160, 107)), (320, (320, 213)), (640, (640, 427))])
@pytest.mark.parametrize(("accept", "form"), [("image/avif,image/webp,*/*", "WEBP"), ("image/*", "JPEG")])
def test_a_picture_is_made_small(http, size, expected, accept, form):
    answer = http.get(f"/v1/images/107?size={size}", headers={"Accept": accept})
    image = opened(answer)
    assert (image.format, image.size) == (form, expected)
    assert answer.headers["Content-Type"] == f"image/{form.lower()}"
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_a_small_picture_is_not_made_larger(http):
    assert opened(http.get("/v1/images/100")).size == (30, 40)


def test_a_picture_that_a_browser_has_is_not_sent_again(http):
    first = http.get("/v1/images/101?size=160")
    known = {"If-None-Match": first.headers["ETag"]}
    assert http.get("/v1/images/101?size=160", headers=known).status_code == 304
    assert (
        http.get("/v1/images/101?size=160", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'}).content == b""
    )
    assert http.get("/v1/images/101?size=320", headers=known).status_code == 200
    assert http.get("/v1/images/101?size=160", headers={**known, "Accept": "image/webp"}).status_code == 200


def test_a_picture_is_made_once(http, monkeypatch):
    first = http.get("/v1/images/102?size=160")
    monkeypatch.setattr(
        "likewise.search.service.pictures.thumbnails.open_image", lambda *_, **__: pytest.fail("made again")
    )
    assert http.get("/v1/images/102?size=160").content == first.content


def test_pictures_go_by_number_and_by_reference(http):
    by_number, by_ref = http.get("/v1/images/100?picture=0"), http.get("/v1/images/100?ref=images/100.png")
    assert by_number.content == by_ref.content == http.get("/v1/images/100").content


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/v1/images/4711", 404, "no product '4711'"),
        ("/v1/images/100?picture=1", 404, "has no such picture"),
        ("/v1/images/100?ref=images/101.png", 404, "has no such picture"),
        ("/v1/images/100?ref=../secret.png", 404, "has no such picture"),
        ("/v1/images/100?ref=/etc/passwd", 404, "has no such picture"),
        ("/v1/images/100?size=100", 400, "size must be one of 160, 320, 640"),
        ("/v1/images/100?size=", 400, "size must be one of"),
        ("/v1/images/100?picture=-1", 400, "picture must be a whole number"),
        ("/v1/images/108", 404, "cannot be had here"),
        ("/v1/images/109", 404, "cannot be had here"),
    ],
)
def test_what_there_is_not_is_told_without_a_path(http, template, path, status, text):
    answer = http.get(path)
    assert answer.status_code == status
    assert text in answer.json()["error"]
    assert str(template) not in answer.text


def test_an_index_whose_catalog_is_elsewhere_shows_the_folder_that_it_is_given(
    template, make_encoder, serving, until, tmp_path
):
    shutil.copytree(template / "catalog", tmp_path / "here")
    Image.new("RGB", (40, 60), (10, 200, 10)).save(tmp_path / "here" / "images" / "103.png")
    store = EmbeddedStore(template / "index")
    with serving(lambda: store, make_encoder(), catalog=tmp_path / "here") as http:
        until(lambda: http.get("/readyz").status_code == 200)
        assert opened(http.get("/v1/images/103")).size == (40, 60)


def test_a_restored_index_reads_no_file_of_this_machine(template, make_encoder, serving, until, tmp_path, monkeypatch):
    """Its manifest names no folder; the folder that the service was started in is none of its business."""
    restored = tmp_path / "index"
    shutil.copytree(template / "index", restored)
    manifest = next(restored.glob("versions/*/manifest.json"))
    manifest.write_text(manifest.read_text("utf-8").replace(str(template / "catalog"), ""), "utf-8")
    monkeypatch.chdir(template / "catalog")
    store = EmbeddedStore(restored)
    with serving(lambda: store, make_encoder()) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        answer = http.get("/v1/images/100")
        assert (answer.status_code, answer.json()["error"]) == (404, "The picture of this product cannot be had here.")
        assert http.get("/v1/schema").json()["capabilities"]["images"] is False


def test_pictures_that_stand_in_a_table_are_shown(tmp_path, make_encoder, serving, until):
    colours = [(200, 30, 40), (30, 60, 180), (20, 130, 60), (230, 200, 40)]
    pictures = [encoded(Image.new("RGB", (50, 30), colours[at % 4])) for at in range(20)]
    table = {"sku": [f"S/{at}" for at in range(20)], "photo": pictures, "colour": ["a", "b", "c", "d"] * 5}
    pq.write_table(pa.table(table), tmp_path / "shop.parquet")
    recipe = Recipe(
        reducer_params={"n_components": 4}, clusterer_params={"n_clusters": 2},
        reading=ReadingOptions(id_column="sku", image_columns=("photo",)),
    )  # fmt: skip
    store = EmbeddedStore(tmp_path / "index", create=True)
    ingest(tmp_path / "shop.parquet", store, recipe=recipe, encoder=make_encoder())
    with serving(lambda: store, make_encoder()) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        image = opened(http.get("/v1/images/S%2F6"))
        assert image.size == (50, 30)
        # The table of the next night: its rows are other products' by now, but for the first.
        pq.write_table(pa.table({**table, "photo": [pictures[0], *reversed(pictures[1:])]}), tmp_path / "next.parquet")
        (tmp_path / "next.parquet").replace(tmp_path / "shop.parquet")
        assert opened(http.get("/v1/images/S%2F0?size=160")).size == (50, 30)
        answer = http.get("/v1/images/S%2F1?size=160")
        assert (answer.status_code, answer.json()["error"]) == (404, "The picture of this product cannot be had here.")
        red, green, _ = image.convert("RGB").getpixel((25, 15))
        assert abs(red - 20) < 8
        assert abs(green - 130) < 8
        assert http.get("/v1/schema").json()["capabilities"]["images"] is True


def encoded(image):
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
