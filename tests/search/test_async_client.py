"""The client that is awaited answers what the other one does, by methods with the same arguments."""

import asyncio
import inspect
import threading

import pytest

from likewise.ingest import Recipe, ingest
from likewise.ingest.errors import NotFoundError
from likewise.search import AsyncSearchClient, SearchClient


@pytest.fixture(scope="module")
def setting(make_catalog, make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("async")
    recipe = Recipe(reducer_params={"n_components": 8}, clusterer_params={"n_clusters": 4})
    ingest(make_catalog(folder / "catalog"), folder / "index", recipe=recipe, encoder=make_encoder())
    return folder


def asked(setting, make_encoder, question):
    async def run():
        async with await AsyncSearchClient.open(setting / "index", encoder=make_encoder()) as client:
            return await question(client)

    return asyncio.run(run())


def test_it_has_every_method_with_the_same_arguments():
    theirs = {name for name, _ in inspect.getmembers(SearchClient, inspect.isfunction) if not name.startswith("_")}
    ours = {name for name, _ in inspect.getmembers(AsyncSearchClient, inspect.isfunction) if not name.startswith("_")}
    assert ours == theirs
    for name in theirs - {"open", "close"}:
        wanted, found = (inspect.signature(getattr(each, name)) for each in (SearchClient, AsyncSearchClient))
        assert list(map(str, found.parameters.values())) == list(map(str, wanted.parameters.values())), name


def test_answers_are_the_same(setting, make_encoder):
    picture = setting / "catalog" / "images" / "121.png"

    async def question(client):
        return (
            await client.similar("100", 9, where={"gender": "Men"}),
            await client.similar_to_image(picture),
            await client.recommend(["100", picture], ["103"], diversity=0.2),
            await client.facets("gender"),
            [name async for name in client.ids({"gender": "Women"})],
            client.manifest.version,
        )

    found = asked(setting, make_encoder, question)
    with SearchClient.open(setting / "index", encoder=make_encoder()) as client:
        assert found == (
            client.similar("100", 9, where={"gender": "Men"}),
            client.similar_to_image(picture),
            client.recommend(["100", picture], ["103"], diversity=0.2),
            client.facets("gender"),
            list(client.ids({"gender": "Women"})),
            client.manifest.version,
        )


def test_errors_come_through_and_the_loop_goes_on(setting, make_encoder):
    async def question(client):
        with pytest.raises(NotFoundError, match="nobody"):
            await client.similar("nobody")
        # Two calls that wait for one another would never end one after the other.
        meeting = threading.Barrier(2, timeout=10)
        client._client.get = lambda _: meeting.wait()
        return await asyncio.gather(client.get("100"), client.get("103"))

    assert sorted(asked(setting, make_encoder, question)) == [0, 1]
