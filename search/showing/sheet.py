"""Answers of a client as a contact sheet on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from likewise.ingest.catalog import Payloads
from likewise.ingest.errors import ImageError, LikewiseError, NotFoundError
from likewise.ingest.images import DECODE_SIDE, PictureSource, open_image
from likewise.ingest.index import Hit, picture_source

from ..client import SearchClient
from .contact_sheet import Tile, contact_sheet
from .rendering import Caption


def write_sheet(
    path: Path,
    client: SearchClient,
    *,
    ids: Sequence[str] = (),
    images: Sequence[str | Path] = (),
    liked: Sequence[str | Path] = (),
    answers: Sequence[Sequence[Hit]],
    catalog: Path | None = None,
) -> None:
    """Draw one row for each query, first the ids, then the images, then what is liked, as `answers` has them.

    Args:
        path: the picture; its suffix chooses the format.
        client: that answered.
        ids: of products that were asked for.
        images: that were asked for.
        liked: products (texts) and pictures that were asked for together; the first one stands for them.
        answers: the hits of each.
        catalog: folder of the product images; by default where they were at the ingest.

    Raises:
        NotFoundError: the folder of the images is gone, or not known: a restored index does not say.
        LikewiseError: the picture cannot be written.
    """
    pictures = picture_source(client.manifest, catalog or _catalog(client))
    if not pictures.root.is_dir():
        raise NotFoundError(f"The product images are not in {pictures.root}; say where with --catalog.")
    keys = client.payloads
    queries = [_product_tile(payload, keys, pictures) for payload in client.get_batch(ids)]
    queries += [_picture_tile(image) for image in images]
    for example in liked[:1]:
        if isinstance(example, str):
            queries.append(_product_tile(client.get(example), keys, pictures))
        else:
            queries.append(_picture_tile(example))
    rows = [
        [query, *(_product_tile(hit.payload, keys, pictures, hit) for hit in hits)]
        for query, hits in zip(queries, answers, strict=True)
    ]
    try:
        contact_sheet(rows).save(path)
    except (OSError, ValueError) as error:
        raise LikewiseError(f"The contact sheet {path} cannot be written: {error}.") from error


def _catalog(client: SearchClient) -> Path:
    folder = client.manifest.catalog
    if not folder:
        # Path("") would be the current folder.
        raise NotFoundError(
            f"Version {client.manifest.version} was restored and does not know its product images; say where they are "
            "with --catalog."
        )
    return Path(folder)


def _product_tile(payload: Mapping[str, Any], keys: Payloads, pictures: PictureSource, hit: Hit | None = None) -> Tile:
    caption = Caption.of(payload, keys.schema)
    try:
        image = open_image(pictures.read((hit.image if hit else None) or keys.images(payload)[0]), side=DECODE_SIDE)
    except ImageError:
        image = None
    return Tile(
        image, (caption.title or payload[keys.id], caption.facts), None if hit is None else hit.score, hit is None
    )


def _picture_tile(image: str | Path) -> Tile:
    return Tile(_open(image), (Path(image).name,), None, True)


def _open(path: str | Path) -> Image.Image | None:
    try:
        return open_image(Path(path), side=DECODE_SIDE)
    except ImageError:
        return None
