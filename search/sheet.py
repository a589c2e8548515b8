"""Answers of a client as a contact sheet on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from likewise.ingest.errors import ImageError, LikewiseError, NotFoundError
from likewise.ingest.images.decode import open_image
from likewise.ingest.index.stores import Hit

from .client import SearchClient
from .contact_sheet import Tile, contact_sheet


def write_sheet(
    path: Path,
    client: SearchClient,
    *,
    ids: Sequence[str] = (),
    images: Sequence[str | Path] = (),
    found: Sequence[Sequence[Hit]],
    catalog: Path | None = None,
) -> None:
    """Draw one row for each query, first the ids, then the images, as `found` has them.

    Args:
        path: the picture; its suffix chooses the format.
        catalog: folder of the product images; by default where they were at the ingest.

    Raises:
        NotFoundError: the folder of the images is gone, or not known: a restored index does not say.
        LikewiseError: the picture cannot be written.
    """
    root = catalog or _catalog(client)
    if not root.is_dir():
        raise NotFoundError(f"The product images are not in {root}; say where with --catalog.")
    queries = [_product_tile(payload, root, None) for payload in client.get_batch(ids)]
    queries += [Tile(_open(Path(image)), (Path(image).name,), None, True) for image in images]
    rows = [
        [query, *(_product_tile(hit.payload, root, hit.score) for hit in hits)]
        for query, hits in zip(queries, found, strict=True)
    ]
    try:
        contact_sheet(rows).save(path)
    except (OSError, ValueError) as error:
        raise LikewiseError(f"The contact sheet {path} cannot be written: {error}.") from error


def _catalog(client: SearchClient) -> Path:
    found = client.manifest.catalog
    if not found:
        # Path("") would be the current folder.
        raise NotFoundError(
            f"Version {client.manifest.version} was restored and does not know its product images; say where they are "
            "with --catalog."
        )
    return Path(found)


def _product_tile(payload: dict[str, Any], root: Path, score: float | None) -> Tile:
    facts = " · ".join(payload[key] for key in ("articleType", "baseColour") if payload.get(key))
    caption = (payload.get("productDisplayName", payload["id"]), facts)
    image = (root / payload["image"]).resolve()
    # An index may come from a stranger: its image names must not lead out of the catalog.
    inside = image.is_relative_to(root.resolve())
    return Tile(_open(image) if inside else None, caption, score, score is None)


def _open(path: Path) -> Image.Image | None:
    try:
        return open_image(path)
    except ImageError:
        return None
