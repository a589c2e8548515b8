"""The encoded catalog as files: written once, and read by the process of each method."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from likewise.ingest.catalog import Product, Schema
from likewise.ingest.encoders import EncoderSpec, leading_encoder
from likewise.ingest.errors import ParameterError
from likewise.ingest.features import EncodedCatalog, EncodedProduct, FeatureCache, Leading, spool_items
from likewise.ingest.images import Folder, Picture

HEADER, PRODUCTS = "catalog.json", "products.jsonl"


def save_catalog(catalog: EncodedCatalog, cache: Path, folder: Path) -> None:
    """Write a catalog into `folder`, which is created; its features stay in the folder `cache`."""
    folder.mkdir(parents=True, exist_ok=True)
    header = {
        "encoder": catalog.encoder.to_dict(),
        "schema": catalog.schema.to_dict(),
        "root": catalog.root,
        "cache": str(cache.resolve()),
    }
    (folder / HEADER).write_text(json.dumps(header), "utf-8")
    with (folder / PRODUCTS).open("w", encoding="utf-8") as file:
        for item in catalog:
            product = item.product
            refs = [picture.ref for picture in product.pictures]
            line = {"id": product.id, "row": product.row, "pictures": refs, "values": dict(product.values)}
            file.write(json.dumps({**line, "contents": item.contents}) + "\n")


def load_catalog(folder: Path) -> EncodedCatalog:
    """Read what `save_catalog` wrote; its rejects stay behind."""
    header = json.loads((folder / HEADER).read_text("utf-8"))
    encoder, pictures = EncoderSpec.from_dict(header["encoder"]), Folder(Path(header["root"]))
    with (folder / PRODUCTS).open(encoding="utf-8") as file:
        items = spool_items(_item(json.loads(line), pictures) for line in file)
    features = FeatureCache(Path(header["cache"]), encoder)
    schema = Schema.from_dict(header["schema"])
    return EncodedCatalog(items, features, encoder, schema, pictures, header["root"], rows=len(items))


def with_study_features(catalog: EncodedCatalog) -> EncodedCatalog:
    """The catalog with the features of the encoder that its own begins with, which are the study's; else itself."""
    try:
        leading = leading_encoder(catalog.encoder)
    except ParameterError:
        # An encoder of your own has no registered name.
        return catalog
    if leading is None:
        return catalog
    return dataclasses.replace(catalog, features=Leading(catalog.features, leading.dim), encoder=leading)


def _item(line: dict[str, Any], pictures: Folder) -> EncodedProduct:
    own = tuple(Picture(ref, pictures) for ref in line["pictures"])
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in line["values"].items()}
    return EncodedProduct(Product(line["id"], own, values, line["row"]), tuple(line["contents"]))
