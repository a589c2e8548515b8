"""From a catalog to a published index.

    from likewise.ingest import Recipe, ingest

    ingest("shop/", "index/", recipe=Recipe(reducer="attributes", encoder="resnet50-rich"))

The rooms, in the order of the pipeline: `catalog` reads what a shop hands over, `images` opens pictures, `encoders`
make features of them, `features` keeps those, `model` fits and places, `index` writes versions; `pipeline` is the run
through all of them.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from .catalog import ReadingOptions, RejectLimit
    from .dry_run import Plan, plan
    from .few import remove_products, update_products
    from .index import Layout, Recipe, RecipeOptions, open_store
    from .job import Job, Judge, Outcome, Rules, Verdict
    from .pipeline import ingest, run

# Nothing is imported before it is used: the errors alone, which every command needs, must not cost numpy.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "catalog": ["ReadingOptions", "RejectLimit"],
        "dry_run": ["Plan", "plan"],
        "few": ["remove_products", "update_products"],
        "index": ["Layout", "Recipe", "RecipeOptions", "open_store"],
        "job": ["Job", "Judge", "Outcome", "Rules", "Verdict"],
        "pipeline": ["ingest", "run"],
    },
)

__all__ = [
    "Job",
    "Judge",
    "Layout",
    "Outcome",
    "Plan",
    "ReadingOptions",
    "Recipe",
    "RecipeOptions",
    "RejectLimit",
    "Rules",
    "Verdict",
    "ingest",
    "open_store",
    "plan",
    "remove_products",
    "run",
    "update_products",
]
