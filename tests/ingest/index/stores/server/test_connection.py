"""What a server's refusal of a key is called; over REST the emulated server says it, over gRPC these errors do."""

import pytest
from grpc import RpcError, StatusCode

from likewise.ingest.errors import StoreError
from likewise.ingest.index.stores.server import Connection, ServerOptions


class Denied(RpcError):
    def __init__(self, code, details):
        self._code, self._details = code, details

    def code(self):
        return self._code

    def details(self):
        return self._details


@pytest.mark.parametrize(
    ("code", "details", "text"),
    [
        ("PERMISSION_DENIED", "Forbidden: Write access to collection shop.v000002 is required",
         r"does not let this key {right} \(PERMISSION_DENIED: .*collection shop\.v000002 is required\)"),
        ("PERMISSION_DENIED", "Invalid API key or JWT", r"refuses the key \(PERMISSION_DENIED\)\. Set LIKEWISE_"),
        ("UNAUTHENTICATED", "whatever", r"refuses the key \(UNAUTHENTICATED\)\. Set LIKEWISE_API_KEY"),
    ],
)  # fmt: skip
def test_a_key_that_lacks_a_right_is_not_told_to_be_set(code, details, text):
    tries = []

    def denied(_):
        tries.append(1)
        raise Denied(StatusCode[code], details)

    connection = Connection(None, "server/shop", ServerOptions())
    calls = {
        "read": lambda: connection.read(denied),
        "write": lambda: connection.write(denied),
        "manage shop.v000002": lambda: connection.write(denied, right="manage shop.v000002"),
    }
    for right, call in calls.items():
        with pytest.raises(StoreError, match=text.replace("{right}", right)):
            call()
    # It would be refused again.
    assert len(tries) == len(calls)
