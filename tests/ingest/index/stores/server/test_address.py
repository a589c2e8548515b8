import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.ingest.errors import LikewiseError, ParameterError
from likewise.ingest.index.stores.server.address import Address
from likewise.ingest.index.stores.server.options import ServerOptions


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("http://localhost:6333/shop", "http://localhost:6333", "shop"),
        ("https://qdrant.example/my-shop_2/", "https://qdrant.example:6333", "my-shop_2"),
        ("http://[::1]:7000/shop", "http://[::1]:7000", "shop"),
        ("https://example.com/qdrant/shop", "https://example.com:443/qdrant", "shop"),
        ("http://example.com:8080/a/v1.17/shop/", "http://example.com:8080/a/v1.17", "shop"),
    ],
)
def test_an_address_is_a_server_and_a_name(text, url, name):
    assert Address.parse(text) == Address(url, name)


@pytest.mark.parametrize(
    "text", ["http://localhost:6333", "http://localhost/../b", "http://localhost//b", "http://localhost/a b/c",
             "ftp://x/shop", "http:///shop", "http://x:port/shop", "http://x/shop.v1", "http://x/" + "s" * 200]
)  # fmt: skip
def test_what_is_no_address_is_quoted_back(text):
    with pytest.raises(ParameterError, match=r"http|port"):
        Address.parse(text)


@pytest.mark.parametrize("text", ["http://user:SECRET@host/shop", "http://host/shop?key=SECRET", "http://h/s#SECRET"])
def test_a_key_in_an_address_is_refused_and_not_repeated(text):
    with pytest.raises(ParameterError, match="LIKEWISE_API_KEY") as caught:
        Address.parse(text)
    assert "SECRET" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_an_error_of_ours(text):
    for candidate in (text, "http://" + text, "http://host/" + text):
        try:
            Address.parse(candidate)
        except LikewiseError:
            continue


def test_the_key_comes_from_the_environment_or_a_file_and_is_never_shown(tmp_path):
    (tmp_path / "key").write_text("from-file\n")
    file = {"LIKEWISE_API_KEY_FILE": str(tmp_path / "key")}
    assert ServerOptions.from_environment(file).api_key == "from-file"
    both = ServerOptions.from_environment({**file, "LIKEWISE_API_KEY": "from-variable", "LIKEWISE_GRPC": "1"})
    assert (both.api_key, both.grpc) == ("from-variable", True)
    assert "from-variable" not in repr(both)
    assert ServerOptions.from_environment({}).api_key is None


def test_the_port_of_grpc_and_the_authorities_come_from_the_environment():
    found = ServerOptions.from_environment({"LIKEWISE_GRPC_PORT": "7334", "LIKEWISE_CA_FILE": "/etc/ca.pem"})
    assert (found.grpc_port, found.ca_file) == (7334, "/etc/ca.pem")
    usual = ServerOptions.from_environment({"LIKEWISE_CA_FILE": ""})
    assert (usual.grpc_port, usual.ca_file) == (6334, None)


@pytest.mark.parametrize(
    "environment",
    [
        {"LIKEWISE_API_KEY_FILE": "/nowhere/key"},
        {"LIKEWISE_TIMEOUT": "soon"},
        {"LIKEWISE_API_KEY": "a\nb"},
        {"LIKEWISE_GRPC_PORT": "tcp://10.0.0.1:6334"},
        {"LIKEWISE_GRPC_PORT": "0"},
        {"LIKEWISE_GRPC_PORT": "70000"},
    ],
)
def test_impossible_settings_are_named(environment):
    with pytest.raises(ParameterError):
        ServerOptions.from_environment(environment)


@pytest.mark.parametrize("bad", [{"parallel": 0}, {"lease": -1}, {"timeout": float("nan")}])
def test_impossible_options_are_named(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        ServerOptions(**bad)
