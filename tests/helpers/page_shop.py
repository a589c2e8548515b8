"""The shop of the page's tests: drawn furniture with prices and days, and a few products that are meant to hurt."""

import csv
from dataclasses import dataclass
from pathlib import Path

from likewise.ingest import ReadingOptions, Recipe, ingest
from likewise.ingest.demo import CATALOGS
from likewise.ingest.index.stores.embedded import EmbeddedStore

PRODUCTS = 60

MAKERS = 14

MARKUP = '<img src=x onerror="document.title=1"><b>Bold & Sons</b>'
"""The title and the brand of one product: markup, were it taken for that."""

ODD_ID = "A/1 ?&#%\u00e9"
"""The id of one product: all that addresses treat in a way of their own."""

TRAP, ODD = "M-1006", "M-1012"
"""Their ids before: two chairs."""

READING = ReadingOptions(**CATALOGS["furniture"].reading)

RECIPE = Recipe(
    reducer="attributes", reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4}, reading=READING
)


@dataclass(frozen=True)
class Shop:
    """A catalog and its index.

    Attributes:
        folder: of the catalog.
        store: of its index.
    """

    folder: Path
    store: EmbeddedStore

    def picture(self, product: str = "M-1000") -> Path:
        """A picture of a product."""
        return self.folder / "photos" / f"{product}_front.jpg"

    def renew(self, encoder: object) -> None:
        """Publish another version, in which a product has another name."""
        rows = _rows(self.folder)
        rows[0]["title"] += ", renewed"
        _write(self.folder, rows)
        ingest(self.folder, self.store, recipe=RECIPE, encoder=encoder)


def make_shop(folder: Path, encoder: object, products: int = PRODUCTS) -> Shop:
    """Draw it and index it."""
    catalog = folder / "catalog"
    CATALOGS["furniture"].draw(catalog, products)
    rows = _rows(catalog)
    for number, row in enumerate(rows):
        # More values than a filter shows at once.
        row["maker"] = f"Maker {number % MAKERS}"
        if row["sku"] == TRAP:
            row.update(title=MARKUP, brand=MARKUP)
        if row["sku"] == ODD:
            row.update(sku=ODD_ID)
    _write(catalog, rows)
    store = EmbeddedStore(folder / "index", create=True)
    ingest(catalog, store, recipe=RECIPE, encoder=encoder)
    return Shop(catalog, store)


def _rows(catalog: Path) -> list[dict[str, str]]:
    with (catalog / "furniture.csv").open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _write(catalog: Path, rows: list[dict[str, str]]) -> None:
    with (catalog / "furniture.csv").open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
