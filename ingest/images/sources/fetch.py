"""Pictures over http and https: redirects, retries, limits of time and size."""

from __future__ import annotations

import random
import ssl
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ...errors import ImageError
from .addresses import parse, refused, shown
from .answers import Answer, Validators
from .body import CutShortError, read_body
from .options import Refused, SourceOptions
from .outages import Outages
from .pinned import Deadline, PinnedTransport, Resolve, look_up

MOST_REDIRECTS = 5
MOST_WAIT = 30.0
"""Seconds that a server may ask to wait; if it asks for more, it counts as failed."""

_CONNECT = 10.0
_HEADERS = {
    # Plain, so that a short answer cannot expand without bound; formats that every decoder has first.
    "Accept-Encoding": "identity",
    "Accept": "image/jpeg,image/png,image/webp;q=0.9,image/*;q=0.5,*/*;q=0.1",
    "User-Agent": "likewise (pictures of products)",
}


class WebFetcher:
    """Fetches pictures; one for all threads, which share its connections.

    Args:
        options: limits, and what may be fetched.
        credentials: name and password by origin.
        backoff: seconds before the second attempt, doubled before each further one.
        resolve: looks host names up.
        tls: what verifies servers.
        outages: which hosts are left alone.
    """

    def __init__(
        self,
        options: SourceOptions,
        credentials: dict[str, tuple[str, str]] | None = None,
        *,
        backoff: float = 0.5,
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
        outages: Outages | None = None,
    ) -> None:
        self._options = options
        self._credentials = credentials if credentials is not None else {}
        self._backoff = backoff
        self._deadline = Deadline()
        self._stop = threading.Event()
        self._outages = outages or Outages()
        transport = PinnedTransport(
            allow_private=options.allow_private,
            # The decoders read beside those that fetch ahead.
            parallel=options.parallel + 4,
            deadline=self._deadline,
            resolve=resolve,
            tls=tls,
        )
        timeout = httpx.Timeout(options.timeout, connect=min(_CONNECT, options.timeout))
        # Proxies of the environment would look names up themselves, so that nothing could be checked.
        self._client = httpx.Client(transport=transport, timeout=timeout, headers=_HEADERS, trust_env=False)

    def fetch(self, ref: str, known: Validators) -> Answer:
        """See `Fetcher`: GET, again after 429, 5xx and failures of the network, as often as the options say."""
        host = _url(ref).host
        if self._outages.is_out(host):
            raise ImageError("unreachable", f"{shown(ref)}: {host} has not answered for a while and is left alone")
        try:
            answer = self._attempts(ref, known)
        except ImageError as error:
            if error.reason in ("unreachable", "timeout"):
                self._outages.failed(host)
            else:
                self._outages.answered(host)
            raise
        self._outages.answered(host)
        return answer

    def close(self) -> None:
        """End what waits for another attempt, and close all connections."""
        self._stop.set()
        self._client.close()

    def _attempts(self, ref: str, known: Validators) -> Answer:
        began = time.monotonic()
        for attempt in range(self._options.retries + 1):
            wait = self._backoff * 2**attempt * random.uniform(0.5, 1.5)
            try:
                with self._deadline.within(self._options.timeout):
                    answer = self._follow(ref, known)
                if isinstance(answer, Answer):
                    return answer
                failed = ImageError(f"http-{answer.status_code}", f"{shown(ref)} answers {answer.status_code}")
                wait = max(wait, _asked(answer.headers.get("Retry-After", "")))
            except httpx.TimeoutException:
                failed = ImageError("timeout", f"{shown(ref)} took more than {self._options.timeout:g} seconds")
            except (httpx.HTTPError, CutShortError) as error:
                # Texts of the library may quote a whole address; the kind of error says enough.
                failed = ImageError("unreachable", f"{shown(ref)} cannot be fetched ({_why(error)})")
            except httpx.InvalidURL:
                raise refused(ref, "is no readable address") from None
            # A server that hangs is not given as many timeouts as there are attempts.
            last = attempt == self._options.retries or time.monotonic() - began > self._options.timeout
            if last or wait > MOST_WAIT or self._stop.wait(wait):
                break
        raise failed

    def _follow(self, ref: str, known: Validators) -> Answer | httpx.Response:
        """The answer to a picture, or a response after which another attempt is worth it."""
        target, origin = ref, None
        for hop in range(MOST_REDIRECTS + 1):
            checked = parse(target, self._options)
            if isinstance(checked, Refused):
                raise ImageError(checked.reason, f"{shown(ref)} leads on: {checked.detail}" if hop else checked.detail)
            url = _url(checked.ref)
            if url.scheme not in ("http", "https"):
                raise refused(ref, f"leads to an address of {url.scheme}")
            origin = origin or checked.origin
            headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
            request = self._client.build_request(
                "GET", url, headers={key: each for key, each in headers.items() if each}
            )
            # A redirect to another host does not get what the first one's address had.
            credentials = self._credentials.get(origin) if checked.origin == origin else None
            auth = httpx.BasicAuth(*credentials) if credentials else None
            response = self._client.send(request, auth=auth, stream=True)
            try:
                location = response.headers.get("Location")
                if response.status_code not in (301, 302, 303, 307, 308) or location is None:
                    return self._taken(response, ref, known)
                target = str(url.join(location))
            finally:
                response.close()
        raise ImageError("unreachable", f"{shown(ref)} leads through more than {MOST_REDIRECTS} redirects")

    def _taken(self, response: httpx.Response, ref: str, known: Validators) -> Answer | httpx.Response:
        status, headers = response.status_code, response.headers
        if status == 304 and known != Validators():
            return Answer(None, known)
        if status == 429 or status >= 500:
            return response
        if status in (404, 410):
            raise ImageError("not-found", f"{shown(ref)} answers {status}: there is no such picture")
        if status != 200:
            raise ImageError(f"http-{status}", f"{shown(ref)} answers {status}")
        length = headers.get("Content-Length", "")
        if length.isdigit() and int(length) > self._options.max_bytes:
            raise ImageError("too-large", f"{shown(ref)} has {length} bytes, more than {self._options.max_bytes:,}")
        encoding = headers.get("Content-Encoding", "")
        data = read_body(response.iter_raw(), encoding, ref, self._options.max_bytes)
        return Answer(data, Validators(headers.get("ETag", ""), headers.get("Last-Modified", "")))


def _url(ref: str) -> httpx.URL:
    try:
        return httpx.URL(ref)
    except (httpx.InvalidURL, ValueError):
        raise refused(ref, "is no readable address") from None


def _asked(after: str) -> float:
    """Seconds of a `Retry-After`, which may be a number or a date."""
    if after.strip().isdigit():
        return float(after)
    try:
        return max(0.0, (parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _why(error: Exception) -> str:
    text = str(error)
    return text if text and "://" not in text and len(text) < 200 else type(error).__name__
