"""The search client for applications that must not wait: the same methods, to be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, Unpack

from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.index import Manifest, Store
from likewise.ingest.index.filters import Scalar

from .asking.examples import Example
from .asking.options import SearchKeywords
from .asking.rectangle import Rectangle
from .catalog_map import CatalogMap
from .client import SearchClient
from .describe import Description
from .filtering.facets import BINS, Bin
from .filtering.filters import Where
from .hits import Hits

if TYPE_CHECKING:
    from .asking.images import QueryImage

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
"""Calls of one client that run at once; further ones wait."""

BATCH = 1000
"""Ids that are read at once."""


class AsyncSearchClient:
    """`SearchClient` with every method to be awaited; see there for what each does.

        async def show(product_id):
            async with await AsyncSearchClient.open("index/") as client:
                return await client.similar(product_id, 6)

    Calls run in threads of the client's own, so that the event loop goes on. A call that is cancelled is not waited
    for any longer; what it has begun runs to its end.

    Args:
        client: that answers; closed with this one.
        threads: calls that run at once.
    """

    def __init__(self, client: SearchClient, threads: int = THREADS) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="likewise")

    @classmethod
    async def open(cls, store: str | Path | Store, *, threads: int = THREADS, **how: Any) -> Self:  # noqa: ANN401
        """`SearchClient.open`, with its arguments."""
        return cls(await asyncio.to_thread(partial(SearchClient.open, store, **how)), threads)

    @property
    def manifest(self) -> Manifest:
        """What built the version that is read."""
        return self._client.manifest

    async def similar(self, product_id: str, k: int | None = None, **how: Unpack[SearchKeywords]) -> Hits:
        """The products most similar to an indexed one."""
        return await self._run(self._client.similar, product_id, k, **how)

    async def similar_batch(
        self, product_ids: Sequence[str], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar` for several products."""
        return await self._run(self._client.similar_batch, product_ids, k, **how)

    async def similar_to_image(self, image: QueryImage, k: int | None = None, **how: Unpack[SearchKeywords]) -> Hits:
        """The products most similar to a picture."""
        return await self._run(self._client.similar_to_image, image, k, **how)

    async def similar_to_image_batch(
        self, images: Sequence[QueryImage], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar_to_image` for several pictures."""
        return await self._run(self._client.similar_to_image_batch, images, k, **how)

    async def recommend(
        self,
        liked: Sequence[Example],
        disliked: Sequence[Example] = (),
        k: int | None = None,
        **how: Unpack[SearchKeywords],
    ) -> Hits:
        """The products most like some examples and unlike others."""
        return await self._run(self._client.recommend, liked, disliked, k, **how)

    async def similar_to_vector(
        self, vector: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> Hits:
        """The products most similar to an index vector float[d]."""
        return await self._run(self._client.similar_to_vector, vector, k, **how)

    async def similar_to_vector_batch(
        self, vectors: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """`similar_to_vector` for float[n, d]."""
        return await self._run(self._client.similar_to_vector_batch, vectors, k, **how)

    async def similar_to_features_batch(
        self, features: NDArray[Any], k: int | None = None, **how: Unpack[SearchKeywords]
    ) -> list[Hits]:
        """The products most similar to pictures whose features float[n, D] are known."""
        return await self._run(self._client.similar_to_features_batch, features, k, **how)

    async def features(self, images: Sequence[QueryImage], rectangle: Rectangle | None = None) -> Float:
        """Features float32[n, D] of pictures."""
        return await self._run(self._client.features, images, rectangle)

    async def embed(self, images: Sequence[QueryImage]) -> Float:
        """Index vectors float32[n, d] of pictures."""
        return await self._run(self._client.embed, images)

    async def describe(self, image: QueryImage, top: int = 3) -> Description:
        """What a picture shows."""
        return await self._run(self._client.describe, image, top)

    async def get(self, product_id: str) -> dict[str, Any]:
        """The payload of a product."""
        return await self._run(self._client.get, product_id)

    async def get_batch(self, product_ids: Sequence[str]) -> list[dict[str, Any]]:
        """`get` for several products."""
        return await self._run(self._client.get_batch, product_ids)

    async def vector(self, product_id: str) -> Float:
        """The index vector float32[d] of a product's main picture."""
        return await self._run(self._client.vector, product_id)

    async def count(self, where: Where | None = None) -> int:
        """Number of products that meet the conditions."""
        return await self._run(self._client.count, where)

    async def facets(self, column: str, where: Where | None = None) -> dict[Scalar, int]:
        """Value of a column to the number of products that have it."""
        return await self._run(self._client.facets, column, where)

    async def histogram(
        self, column: str, where: Where | None = None, *, bins: int | Sequence[Any] = BINS
    ) -> list[Bin]:
        """Numbers of products by ranges of a column."""
        return await self._run(self._client.histogram, column, where, bins=bins)

    async def products(self, where: Where | None = None) -> list[dict[str, Any]]:
        """Payloads of all products that meet the conditions."""
        return await self._run(self._client.products, where)

    async def ids(self, where: Where | None = None) -> AsyncIterator[str]:
        """The ids of all products that meet the conditions, one by one."""
        found = self._client.ids(where)
        while names := await self._run(lambda: list(islice(found, BATCH))):
            for name in names:
                yield name

    async def map(self, where: Where | None = None) -> CatalogMap:
        """Where products lie on the index's map."""
        return await self._run(self._client.map, where)

    async def close(self) -> None:
        """Release the version, and the store if the client opened it, once no call runs any longer."""
        await asyncio.to_thread(self._threads.shutdown, wait=True)
        await asyncio.to_thread(self._client.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *args, **kwargs))
