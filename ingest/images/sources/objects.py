"""Pictures in object stores, through fsspec: an optional extra, `likewise[fsspec]`."""

from __future__ import annotations

from typing import Any

from ...errors import ImageError
from .addresses import refused, shown
from .answers import Answer, Validators
from .options import Refused, SourceOptions

SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory")
"""Stores that a table may name. Others of fsspec read this machine's files, or chain one store to another."""

PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"} | dict.fromkeys(
    ("az", "abfs", "abfss"), "adlfs"
)


def check(ref: str, scheme: str, options: SourceOptions) -> Refused | None:
    """What is wrong with an address of a store, before anything is asked."""
    if scheme not in SCHEMES or "::" in ref:
        return Refused("refused-address", f"{shown(ref)}: nothing is fetched from {scheme}://")
    bucket = ref.partition("://")[2].partition("/")[0]
    if "@" in bucket and not scheme.startswith("abfs"):
        return Refused(
            "refused-address", f"{shown(ref)} has a name and a password, which stores take from their own settings"
        )
    if not options.permits(bucket):
        return Refused("refused-address", f"{shown(ref)} is in none of the buckets that are allowed")
    return None


class ObjectFetcher:
    """Fetches pictures from object stores, as whom the store's own settings say (`AWS_PROFILE`, …).

    Retries are those of the store's client. Of what a store says of an object, its ETag or else its size and time stand
    for its content.
    """

    def __init__(self, options: SourceOptions) -> None:
        self._options = options

    def fetch(self, ref: str, known: Validators) -> Answer:
        """See `Fetcher`."""
        try:
            store, path = _store(ref)
            info = store.info(path)
            if info.get("type") != "file":
                raise ImageError("not-a-file", f"{shown(ref)} is not an object")
            token = _token(info)
            if token and token == known.etag:
                return Answer(None, known)
            size = int(info.get("size") or 0)
            if size > self._options.max_bytes:
                raise ImageError("too-large", f"{shown(ref)} has {size:,} bytes, more than {self._options.max_bytes:,}")
            if info.get("size") == 0:
                raise ImageError("empty", f"{shown(ref)} has no content")
            # One more than is allowed: the object may have grown since.
            data = bytes(store.cat_file(path, start=0, end=self._options.max_bytes + 1))
        except ImageError:
            raise
        except FileNotFoundError:
            raise ImageError("not-found", f"{shown(ref)}: there is no such object") from None
        except PermissionError:
            raise ImageError("http-403", f"{shown(ref)} may not be read with the credentials of this machine") from None
        except TimeoutError:
            raise ImageError("timeout", f"{shown(ref)}: the store does not answer in time") from None
        # Each store's client has its own errors, which mean the same to us: there is no answer.
        except Exception as error:
            raise ImageError("unreachable", f"{shown(ref)} cannot be fetched ({type(error).__name__})") from error
        if not data:
            raise ImageError("empty", f"{shown(ref)} has no content")
        if len(data) > self._options.max_bytes:
            raise ImageError("too-large", f"{shown(ref)} has more than {self._options.max_bytes:,} bytes")
        return Answer(data, Validators(etag=token))

    def close(self) -> None:
        """Stores close themselves."""


def _store(ref: str) -> tuple[Any, str]:
    scheme = ref.partition("://")[0].lower()
    try:
        import fsspec

        # fsspec keeps one store for all threads of a process. It asks anew, not for what it listed before.
        settings = {} if scheme == "memory" else {"use_listings_cache": False}
        store, path = fsspec.core.url_to_fs(ref, **settings)
    except ImportError as error:
        package = PACKAGES.get(scheme, "fsspec")
        raise refused(ref, f"needs the package {package}: pip install 'likewise[fsspec]'") from error
    return store, path


def _token(info: dict[str, Any]) -> str:
    etag = info.get("ETag") or info.get("etag")
    if etag:
        return str(etag)
    changed = next(
        (info[key] for key in ("LastModified", "last_modified", "updated", "mtime", "created") if key in info), ""
    )
    return f"{info.get('size')}/{changed}" if changed else ""
