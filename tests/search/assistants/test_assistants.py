"""The tools of assistants, called through the protocol's own client."""

import asyncio
import base64
import json

import pytest
from any_shop import RECIPE, row, write
from mcp.client import Client

from likewise.ingest import ingest
from likewise.ingest.index.stores.embedded import EmbeddedStore
from likewise.search import SearchClient
from likewise.search.assistants.server import create_server
from likewise.search.assistants.tools import Tools
from likewise.search.service.live_index import LiveIndex
from likewise.search.showing.rendering import answer_as_json


@pytest.fixture(scope="module")
def setting(make_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("assistants")
    store = EmbeddedStore(folder / "index", create=True)
    table = write(folder / "shop", [row(number) for number in range(60)])
    ingest(table, store, recipe=RECIPE, encoder=make_encoder(), cache=folder / "cache")
    (folder / "shop" / "secret.png").write_bytes((folder / "shop" / "photos" / "1.png").read_bytes())
    live = LiveIndex(lambda: store, lambda _: make_encoder())
    live.open()
    yield live, folder / "shop" / "photos", store, table
    live.close()


@pytest.fixture
def client(setting, make_encoder):
    with SearchClient.open(setting[2], encoder=make_encoder()) as client:
        yield client


@pytest.fixture
def call(setting):
    """A tool's answer, or the text of its error."""

    def call(tool, pictures=setting[1], **arguments):
        async def run():
            async with Client(create_server(Tools(setting[0], pictures=pictures))) as client:
                return await client.call_tool(tool, arguments)

        found = asyncio.run(run())
        return found.content[0].text if found.is_error else json.loads(found.content[0].text)

    return call


def listed(setting):
    async def run():
        async with Client(create_server(Tools(setting[0]))) as client:
            return client.instructions, {tool.name: tool for tool in (await client.list_tools()).tools}

    return asyncio.run(run())


def test_an_assistant_is_told_what_there_is_and_that_nothing_is_written(setting):
    instructions, tools = listed(setting)
    assert tools.keys() == {
        "find_similar", "find_similar_to_picture", "recommend", "describe_picture", "count_values", "get_product",
        "list_products",
    }  # fmt: skip
    for text in (instructions, tools["find_similar"].description):
        assert "The catalog has 60 products" in text
        assert "- brand: text: Nike, Puma, Ørsted" in text
        assert "- price: float, from " in text
        assert "- in_stock: bool: " in text
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert {"product_id", "k", "where", "diversity", "boost"} <= tools["find_similar"].input_schema["properties"].keys()


def test_answers_are_the_clients(call, client, setting):
    found = call("find_similar", product_id="A-004", k=4, where=["brand=Nike"], boost=["in_stock"], diversity=0.3)
    wanted = client.similar("A-004", 4, where={"brand": "Nike"}, boost="in_stock", diversity=0.3)
    assert found == answer_as_json(wanted)
    liked = call("recommend", liked=["A-004", "A-006"], disliked=["A-001"], k=3)
    assert liked == answer_as_json(client.recommend(["A-004", "A-006"], ["A-001"], 3))
    picture = (setting[1] / "5.png").read_bytes()
    wanted = answer_as_json(client.similar_to_image(picture, 3))
    assert call("find_similar_to_picture", picture_base64=base64.b64encode(picture).decode(), k=3) == wanted
    assert call("find_similar_to_picture", picture_file="5.png", k=3) == wanted


def test_products_and_values_are_looked_up(call, client):
    assert call("get_product", product_id="A-004") == client.get("A-004")
    found = call("list_products", where=["brand=Puma", "price<20"], limit=3)
    assert found["total"] == client.count({"brand": "Puma", "price": {"lt": 20}})
    assert all(each["brand"] == "Puma" and each["price"] < 20 for each in found["products"])
    counted = call("count_values", column="brand", where=["in_stock=true"])
    assert {each["value"]: each["count"] for each in counted["values"]} == client.facets("brand", {"in_stock": True})
    assert sum(each["count"] for each in call("count_values", column="price")["bins"]) == client.count(
        {"price": {"gte": 0}}
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("find_similar", {"product_id": "nobody"}, "no product 'nobody'"),
        ("find_similar", {"product_id": "A-004", "where": ["color=red"]}, "Did you mean 'colour'"),
        ("find_similar", {"product_id": "A-004", "k": 101}, "less than or equal to 100"),
        ("recommend", {"liked": []}, "at least one liked"),
        ("describe_picture", {"picture_file": "5.png"}, "learns no attributes"),
        ("find_similar_to_picture", {}, "either as base64 or by the name"),
        ("find_similar_to_picture", {"picture_base64": "%%%"}, "no base64"),
        ("find_similar_to_picture", {"picture_base64": base64.b64encode(b"text").decode()}, "none of JPEG"),
        ("find_similar_to_picture", {"picture_file": "../secret.png"}, "does not lie in the folder"),
        ("find_similar_to_picture", {"picture_file": "/etc/hostname"}, "does not lie in the folder"),
        ("find_similar_to_picture", {"picture_file": "none.png"}, "no file 'none.png'"),
        ("find_similar_to_picture", {"picture_file": "5.png", "pictures": None}, "start with --pictures"),
        ("count_values", {"column": "title"}, "has no index"),
    ],
)
def test_what_cannot_be_is_said(call, tool, arguments, says):
    assert says in call(tool, **arguments)


def test_a_newly_published_version_answers(setting, make_encoder):
    live, _, store, table = setting
    tools = Tools(live, refresh=0.0)
    write(table.parent, [row(number) for number in range(62)])
    ingest(table, store, recipe=RECIPE, encoder=make_encoder())
    assert tools.products([], 1)["total"] == 62
