"""What a run keeps of a long catalog is ids and hashes."""

import json
import subprocess
import sys

import pytest

from likewise.ingest.catalog import FASHION, Payloads, Product
from likewise.ingest.features import EncodedCatalog, EncodedProduct
from likewise.ingest.images import Folder, Picture
from likewise.ingest.index import find_changes
from likewise.ingest.index.stores.points import Record

ROWS = 200_000

PROGRAM = f"""
import json
from dataclasses import dataclass
from likewise.evaluation.memory import AnonymousPeak, anonymous_mib
from likewise.ingest.catalog import Column, Payloads, Product, Reject, Schema, spool_products, spool_rejects
from likewise.ingest.catalog import count_reasons, write_rejects
from likewise.ingest.features import EncodedCatalog, EncodedProduct, spool_items
from likewise.ingest.images import Folder, Picture
from likewise.ingest.index import Record, find_changes

source, schema = Folder(None), Schema((Column("title"), Column("price", "float")))

def product(at):
    values = {{"title": f"Article {{at}} of a shop " + "that has many " * 4, "price": at / 8}}
    return Product(f"A{{at:09d}}", (Picture(f"images/{{at}}.jpg", source),), values, at + 2)

@dataclass
class Stub:
    schema: object
    predicts: tuple = ()
    manifest = capabilities = property(lambda self: self)

    def scroll(self):
        payloads = Payloads(schema)
        for at in range({ROWS}):
            at = at * 7919 % {ROWS}
            made = payloads.make(product(at), (f"{{at:064x}}",), f"cluster {{at % 50}}")
            yield Record(made["id"], made | {{"price": -1.5}})

start = anonymous_mib()
with AnonymousPeak() as peak:
    items = spool_items(EncodedProduct(product(at), (f"{{at:064x}}",)) for at in range({ROWS}))
    catalog = EncodedCatalog(items, None, None, schema, source, "")
    changes = find_changes(Stub(schema), catalog, removes=lambda _: False)
    sampled = len(catalog.sample(50, 0)), len(catalog.spread(50))
    detail = "price is left empty: 'no' is no number"
    rejects = spool_rejects(Reject(f"{{at}}", "bad-value", detail, "t.csv", at) for at in range({ROWS}))
    written = len(write_rejects(rejects)), count_reasons(rejects).total()
print(json.dumps([peak.mib - start, changes.counts(), sampled, written]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for anonymous memory")
def test_two_hundred_thousand_products_that_all_differ_are_compared_in_little_memory():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    grown, changes, sampled, written = json.loads(done.stdout)
    assert changes == {
        "added": 0, "changed": 0, "relabelled": ROWS, "removed": 0, "missing": 0, "unchanged": 0
    }  # fmt: skip
    assert sampled == [50, 50]
    assert written[0] < 2**20
    assert written[1] == ROWS
    # As objects they take more than 1 kB each: 200 MiB.
    assert grown < 100


class Index:
    """As much of a reader as a comparison needs."""

    def __init__(self, payloads, predicts=(), schema=FASHION):
        self.payloads, self.predicts, self.schema = payloads, predicts, schema
        self.manifest = self.capabilities = self

    def scroll(self):
        return (Record(payload["id"], payload) for payload in self.payloads)


def compared(index, items):
    return find_changes(index, EncodedCatalog(items, None, None, FASHION, None, ""), removes=lambda _: False)


def item(name, content="aa", **values):
    return EncodedProduct(Product(name, (Picture("1.jpg", Folder(None)),), values), (content,))


def payload(each, cluster="0", **differing):
    return Payloads(FASHION).make(each.product, each.contents, cluster) | differing


def test_what_differs_is_found_in_the_order_of_the_catalog():
    items = [item(name, gender="Men") for name in "abcdef"]
    index = Index([
        payload(items[5], gender="Women"),
        payload(items[3], ["3", "1"], gender="Boys"),
        payload(items[4], content="bb"),
        payload(items[2]),
        payload(items[0], content="cc"),
        payload(item("z"), "2"),
    ])  # fmt: skip
    changes = compared(index, items)
    assert changes.added == [items[1]]
    assert changes.changed == [items[0], items[4]]
    assert [(each.item, each.cluster) for each in changes.relabelled] == [(items[3], ["3", "1"]), (items[5], "0")]
    assert changes.relabelled[-1].item == items[5]
    assert (changes.unchanged, changes.missing, changes.removed) == (1, ["z"], [])
    assert (changes.placed.products, changes.placed.pictures) == (4, 4)
    assert changes.placed.clusters == {"0": 2, "1": 1, "2": 1, "3": 1}
    assert len(changes.digests) == 2


@pytest.mark.parametrize(("theirs", "ours"), [(1, 1.0), (1.0, 1), (True, 1), (0.0, False), (-0.0, 0)])
def test_equal_numbers_are_no_difference_however_a_store_gives_them(theirs, ours):
    each = item("a", gender=ours)
    assert compared(Index([payload(each, gender=theirs)]), [each]).counts()["unchanged"] == 1


@pytest.mark.parametrize(("theirs", "ours"), [(-1, -2), (2**60, 2**60 + 1), (1, "1"), (1, 1.5), (["a"], "a")])
def test_values_that_differ_are_a_difference(theirs, ours):
    each = item("a", gender=ours)
    assert compared(Index([payload(each, gender=theirs)]), [each]).counts()["relabelled"] == 1


def test_a_value_that_the_vector_carries_makes_a_new_vector():
    items = [item("a", gender="Men", season="Fall"), item("b", gender="Men", season="Fall")]
    index = Index([payload(items[0], gender="Women"), payload(items[1], season="Spring")], predicts=("gender",))
    changes = compared(index, items)
    assert (changes.changed, [each.item for each in changes.relabelled]) == ([items[0]], [items[1]])


def test_predicted_values_are_no_difference():
    each = item("a", gender="Men")
    index = Index([payload(each, season="Fall", predicted=["season"])])
    assert json.dumps(compared(index, [each]).counts()["unchanged"]) == "1"
