"""What searches answer beside their hits, and searches by likes and by pictures that were sent before."""

import hashlib

import pytest

from likewise.ingest import Recipe
from likewise.search import SearchClient, SearchOptions


@pytest.fixture(scope="module")
def setting(tmp_path_factory, make_index, make_encoder, serving, until):
    folder = tmp_path_factory.mktemp("answers")
    params = {"n_components": 8, "members": 1, "hidden": 16}
    recipe = Recipe(reducer="attributes", reducer_params=params, clusterer_params={"n_clusters": 4})
    store = make_index(folder, recipe)
    with (
        serving(lambda: store, make_encoder()) as http,
        SearchClient.open(store, encoder=make_encoder()) as client,
    ):
        until(lambda: http.get("/readyz").status_code == 200)
        yield http, client, folder / "catalog" / "images"


@pytest.fixture
def http(setting):
    return setting[0]


@pytest.fixture
def client(setting):
    return setting[1]


@pytest.fixture
def picture(setting):
    return (setting[2] / "121.png").read_bytes()


def ids(answer):
    return [hit["id"] for hit in answer["hits"]]


def sent(http, picture):
    return http.post("/v1/similar", content=picture).json()["picture"]


def test_pages_follow_one_another(http, client):
    first = http.get("/v1/similar/110?k=5").json()
    second = http.get(f"/v1/similar/110?k=5&offset={first['next']}").json()
    assert ids(first) + ids(second) == [hit.id for hit in client.similar("110", 10)]
    assert http.get("/v1/similar/110?k=100&probe=all").json()["next"] is None


def test_a_short_answer_says_what_holds_it_back(http):
    answer = http.get("/v1/similar/100?k=40&where=baseColour=Red&where=gender=Men&probe=all").json()
    assert answer["short"]["asked"] == 40
    assert answer["short"]["found"] == len(answer["hits"])
    without = {each["condition"]: each["count"] for each in answer["short"]["without"]}
    assert without.keys() == {"baseColour=Red", "gender=Men"}
    assert all(count > len(answer["hits"]) for count in without.values())


def test_a_fallback_says_what_it_left_out(http):
    answer = http.get("/v1/similar/100?k=14&where=gender=Men&where=baseColour=Red&probe=all&fallback=true").json()
    assert answer["fallback"] == {"dropped": ["baseColour=Red"]}
    assert len(answer["hits"]) == 14
    for hit in answer["hits"]:
        assert hit["payload"]["gender"] == "Men"
        assert hit.get("dropped", []) == ([] if hit["payload"]["baseColour"] == "Red" else ["baseColour=Red"])


def test_variety_and_groups_are_those_of_the_client(http, client):
    answer = http.get("/v1/similar/110?k=4&group_by=baseColour&diversity=0.5&probe=all").json()
    assert ids(answer) == [
        hit.id for hit in client.similar("110", 4, group_by="baseColour", diversity=0.5, probe="all")
    ]
    assert len({hit["payload"]["baseColour"] for hit in answer["hits"]}) == 4


def test_a_picture_is_asked_with_again_by_its_name(http, picture):
    first = http.post("/v1/similar?k=5", content=picture).json()
    assert first["picture"] == hashlib.sha256(picture).hexdigest()
    again = http.get(f"/v1/similar?picture={first['picture']}&k=5").json()
    assert again == first
    filtered = http.get(f"/v1/similar?picture={first['picture']}&k=5&where=gender=Men").json()
    assert {hit["payload"]["gender"] for hit in filtered["hits"]} == {"Men"}


def test_a_part_of_a_picture_is_another_picture(http, client, picture):
    part = "0.1,0.5,0.5,0.4"
    answer = http.post(f"/v1/similar?k=5&rectangle={part}", content=picture).json()
    assert ids(answer) == [hit.id for hit in client.similar_to_image(picture, 5, rectangle=part)]
    assert ids(http.get(f"/v1/similar?picture={answer['picture']}&k=5&rectangle={part}").json()) == ids(answer)
    forgotten = http.get(f"/v1/similar?picture={answer['picture']}&rectangle=0,0,0.3,0.3")
    assert (forgotten.status_code, forgotten.json()["type"]) == (404, "PictureForgottenError")


def test_a_part_of_a_products_own_picture_is_asked_for(http, client):
    part = "0.1,0.5,0.5,0.4"
    answer = http.get(f"/v1/similar/110?k=5&rectangle={part}").json()
    assert ids(answer) == [hit.id for hit in client.similar("110", 5, rectangle=part)]
    assert "110" not in ids(answer)
    assert http.get(f"/v1/similar/nobody?rectangle={part}").status_code == 404


def test_a_picture_that_was_never_sent_is_forgotten(http):
    answer = http.get(f"/v1/similar?picture={'0' * 64}")
    assert (answer.status_code, answer.json()["type"]) == (404, "PictureForgottenError")
    assert "send it again" in answer.json()["error"]


def test_likes_are_those_of_the_client(http, client, picture):
    name = sent(http, picture)
    body = {"liked": ["110", {"picture": name}], "disliked": ["101"], "k": 7, "where": ["gender=Men"], "probe": "all"}
    answer = http.post("/v1/recommend", json=body).json()
    where = {"gender": "Men"}
    expected = client.recommend(["110", picture], ["101"], 7, where=where, probe="all")
    assert ids(answer) == [hit.id for hit in expected]
    assert http.post("/v1/recommend", json={**body, "where": where}).json() == answer
    assert http.post("/v1/recommend", json={**body, "k": 7.0}).json() == answer


def test_every_option_of_a_search_is_one_of_likes(http):
    options = {
        "k": 3, "offset": 1, "where": [], "probe": 2, "include_self": True, "threshold": 0.1, "prior": 0.2,
        "strategy": "average_vector", "diversity": 0.1, "group_by": "gender", "distinct": 0.99, "boost": ["year"],
        "fallback": False,
    }  # fmt: skip
    known = {each["name"] for each in http.get("/v1/schema").json()["options"]}
    assert options.keys() | {"rectangle"} == known
    answer = http.post("/v1/recommend", json={"liked": ["110"], **options, "boost": []})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "no JSON"),
        (b"[1]", "The body is an object"),
        (b"{}", "at least one liked"),
        (b'{"liked": "110"}', "liked is a list"),
        (b'{"liked": [110]}', "liked is a list"),
        (b'{"liked": [{"picture": 1}]}', "liked is a list"),
        (b'{"liked": ["110"], "disliked": {}}', "disliked is a list"),
        (b'{"liked": ["110"], "k": "six"}', "k received 'six', which is of another type"),
        (b'{"liked": ["110"], "k": true}', "of another type"),
        (b'{"liked": ["110"], "k": 0}', "received 0"),
        (b'{"liked": ["110"], "kk": 1}', "Unknown parameter 'kk'"),
        (b'{"liked": ["110"], "where": "gender=Men"}', "where is a list"),
        (b'{"liked": ["110"], "where": {"gander": "Men"}}', "Did you mean 'gender'"),
    ],
)
def test_a_wish_that_is_none_is_told_why(http, body, text):
    answer = http.post("/v1/recommend", content=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "ParameterError")
    assert text in answer.json()["error"]


def test_liked_products_and_pictures_that_do_not_exist_are_404(http):
    assert http.post("/v1/recommend", json={"liked": ["4711"]}).json()["type"] == "NotFoundError"
    answer = http.post("/v1/recommend", json={"liked": ["110", {"picture": "0" * 64}]})
    assert (answer.status_code, answer.json()["type"]) == (404, "PictureForgottenError")


def test_a_picture_is_described_in_words(http, client, picture):
    answer = http.post("/v1/describe", content=picture).json()
    expected = client.describe(picture)
    assert answer["picture"] == hashlib.sha256(picture).hexdigest()
    assert answer["description"].keys() == expected.keys()
    for name, values in expected.items():
        assert answer["description"][name] == [[value, pytest.approx(p, abs=1e-5)] for value, p in values]
    assert http.get(f"/v1/describe?picture={answer['picture']}").json() == answer
    assert http.get(f"/v1/describe?picture={'0' * 64}").status_code == 404


def test_answers_are_given_again_as_long_as_their_version_is_searched(http, monkeypatch):
    first = http.get("/v1/similar/117?k=3&where=gender=Men")
    monkeypatch.setattr(SearchClient, "similar", lambda *_, **__: pytest.fail("searched again"))
    again = http.get("/v1/similar/117?k=3&where=gender=Men")
    assert (again.content, again.headers["X-Likewise-Version"]) == (first.content, "v000001")


def test_the_schema_tells_the_options(http):
    options = {each["name"]: each for each in http.get("/v1/schema").json()["options"]}
    assert options["k"]["default"] == SearchOptions().k
    assert options["k"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 10_000}
    assert all(each["help"] for each in options.values())
