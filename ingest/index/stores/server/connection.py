"""One connection to a server: patience with it, and its errors in our words. The only place that knows them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Self, TypeVar

from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_after_delay
from tenacity.wait import wait_base, wait_random_exponential

from ....errors import StoreError, VersionGoneError
from .address import Address
from .certificates import trust, unverified
from .options import ServerOptions

T = TypeVar("T")

ATTEMPTS = 60
"""Most attempts at one request, however fast each of them fails."""

READ = "read"
"""The right that searches need."""

_API_KEY = re.compile("api.?key", re.IGNORECASE)
_UNKNOWN_KEY = "{} refuses the key ({}). Set LIKEWISE_API_KEY, or LIKEWISE_API_KEY_FILE."
_NO_RIGHT = (
    "{} does not let this key {} ({}: {}). Another key may be needed: a search has to read the index's collections, "
    "a run to manage them; see `Rights` in the operations page."
)

_BUSY = frozenset({408, 429, 500, 502, 503, 504})


class Connection:
    """Calls a Qdrant server, again while it is away or overloaded, for a bounded time.

    Every call that goes through here is idempotent: an answer may be lost after the work was done.

    Args:
        client: what talks to the server; a fake or in-memory one in tests.
        where: names the index in errors.
        options: timeouts and patience.
        address: where other processes can open one like it; None for a client of this process alone.
    """

    def __init__(
        self, client: QdrantClient, where: str, options: ServerOptions, address: Address | None = None
    ) -> None:
        self.client = client
        self.where = where
        self.options = options
        self.address = address

    @classmethod
    def open(cls, address: Address, options: ServerOptions) -> Self:
        """Connect lazily: nothing is sent before the first call.

        Raises:
            ParameterError: the file of the authorities cannot be read.
        """
        trusted = {} if options.ca_file is None else trust(options.ca_file)
        with warnings.catch_warnings():
            # A key over plain http is normal between two containers; the operations page says when it is not.
            warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
            client = QdrantClient(
                url=address.url,
                api_key=options.api_key,
                prefer_grpc=options.grpc,
                grpc_port=options.grpc_port,
                timeout=int(max(1, options.timeout)),
                check_compatibility=False,
                **trusted,
            )
        return cls(client, f"{address.url}/{address.name}", options, address)

    def write(self, call: Callable[[QdrantClient], T], *, patience: float | None = None, right: str = "write") -> T:
        """A call that changes something, tried for `patience` or `options.patience` seconds.

        Args:
            call: is given the client.
            patience: in seconds.
            right: what the key must be allowed to do, for who has to give it that right.

        Raises:
            StoreError: refused, or the server did not come back in time.
        """
        return self._call(call, self.options.patience if patience is None else patience, right)

    def read(self, call: Callable[[QdrantClient], T]) -> T:
        """A call that changes nothing, tried for `options.search_patience` seconds.

        Raises:
            StoreError: as for `write`.
        """
        return self._call(call, self.options.search_patience, READ)

    def scroll(self, collection: str, **wanted: Any) -> Iterator[Any]:  # noqa: ANN401 - as `QdrantClient.scroll`
        """All points of a collection, page by page, each page read as `read` does."""
        offset: Any = None
        while True:
            page = partial(_page, collection, {**wanted, "offset": offset})
            points, offset = self.read(page)
            yield from points
            if offset is None:
                return

    def close(self) -> None:
        """Close the sockets."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.client.close()

    def _call(self, call: Callable[[QdrantClient], T], patience: float, right: str) -> T:
        retrying = Retrying(
            stop=stop_after_delay(patience) | stop_after_attempt(ATTEMPTS),
            wait=_Wait(),
            retry=retry_if_exception(is_transient),
            reraise=True,
        )
        try:
            return retrying(call, self.client)
        except Exception as error:
            translated = translate(error, self.where, right, retrying.statistics)
            if translated is None:
                raise
            # The cause is left out: its text may hold the request's headers.
            raise translated from None


def _page(collection: str, wanted: Mapping[str, Any], client: QdrantClient) -> tuple[list[Any], Any]:
    return client.scroll(collection, **wanted)


class _Wait(wait_base):
    """Exponential with full jitter, but at least what the server asked for."""

    def __init__(self) -> None:
        self._jitter = wait_random_exponential(multiplier=0.05, max=5)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = float(error.retry_after_s) if isinstance(error, ResourceExhaustedResponse) else 0.0
        return max(min(asked, 30.0), self._jitter(retry_state))


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    if isinstance(error, UnexpectedResponse):
        return error.status_code in _BUSY
    if unverified(error):
        # It would be the same one again.
        return False
    if isinstance(error, ResponseHandlingException | ResourceExhaustedResponse):
        return True
    return _grpc_code(error) in {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL"}


def is_missing(error: BaseException) -> bool:
    """Whether the server says that a collection does not exist."""
    if isinstance(error, UnexpectedResponse):
        return error.status_code == 404
    return _grpc_code(error) == "NOT_FOUND" or (isinstance(error, ValueError) and "not found" in str(error))


def translate(error: Exception, where: str, right: str, statistics: dict[str, Any]) -> StoreError | None:
    """A foreign error in our words; None for what is a bug, not a state of the server."""
    tries = statistics.get("attempt_number", 1)
    if is_missing(error):
        return VersionGoneError(f"{where}: a version was deleted while it was read. Open the index again.")
    if isinstance(error, UnexpectedResponse):
        reason = error.content[:300].decode("utf-8", "replace")
        if error.status_code == 401:
            return StoreError(_UNKNOWN_KEY.format(where, 401))
        if error.status_code == 403:
            return StoreError(_NO_RIGHT.format(where, right, 403, reason))
        return StoreError(f"{where} answered {error.status_code} after {tries} attempts: {reason}")
    if isinstance(error, ResourceExhaustedResponse):
        return StoreError(f"{where} is overloaded (429), also after {tries} attempts. Try again later.")
    problem = unverified(error)
    if problem:
        return StoreError(
            f"The certificate of {where} cannot be verified: {problem}. If an authority of your own has signed it, "
            "name the file of its certificate in LIKEWISE_CA_FILE (or in SSL_CERT_FILE, which only REST reads)."
        )
    if isinstance(error, ResponseHandlingException):
        source = error.source
        return StoreError(
            f"{where} does not answer after {tries} attempts ({type(source).__name__}: {str(source)[:200]}). "
            "Is the server up, and the address right?"
        )
    code = _grpc_code(error)
    details = _grpc_details(error)[:300]
    # Older servers deny also a wrong key its permission, over gRPC.
    if code == "UNAUTHENTICATED" or (code == "PERMISSION_DENIED" and _API_KEY.search(details)):
        return StoreError(_UNKNOWN_KEY.format(where, code))
    if code == "PERMISSION_DENIED":
        return StoreError(_NO_RIGHT.format(where, right, code, details))
    if code:
        return StoreError(f"{where} answered {code} after {tries} attempts: {details}")
    return None


def _grpc_code(error: BaseException) -> str:
    # By duck typing, so that REST users do not import grpc.
    code = getattr(error, "code", None)
    name = getattr(code() if callable(code) else None, "name", "")
    return str(name)


def _grpc_details(error: BaseException) -> str:
    details = getattr(error, "details", None)
    return str(details() if callable(details) else error)
