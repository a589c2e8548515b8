"""`http(s)://HOST:6333/NAME`, or `…/PREFIX/NAME` behind a proxy: where an index lives on a server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ....errors import ParameterError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*")
# A dot cannot be part of an index's name, so that no index can be taken for another one's version.


def is_url(address: str) -> bool:
    """Whether an address names a server rather than a folder."""
    return "://" in address


@dataclass(frozen=True, slots=True)
class Address:
    """A server's URL, with the prefix of a proxy before it, and the name of an index on it."""

    url: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take an address apart.

        Raises:
            ParameterError: no server, no index name, or a key inside the address.
        """
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ParameterError(f"The address has a port that is no number ({error}); for example :6333.") from None
        if parts.username is not None or parts.query or parts.fragment:
            # Not quoted back: what stands there may be the key.
            raise ParameterError(
                "The address of a server holds no key, no ? and no #; give the key as LIKEWISE_API_KEY "
                "or in the file that LIKEWISE_API_KEY_FILE names."
            )
        prefix, _, name = parts.path.rstrip("/").rpartition("/")
        known = parts.scheme in ("http", "https") and bool(_NAME.fullmatch(name) and _PREFIX.fullmatch(prefix))
        if not known or not parts.hostname:
            raise ParameterError(
                f"{text!r} is not http(s)://HOST:PORT/NAME, NAME being letters, digits, - and _; for example "
                "http://localhost:6333/shop, or behind a proxy https://example.com/qdrant/shop."
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        # A server has no prefix of its own: who answers there is a proxy, on the port of the web.
        usual = {"http": 80, "https": 443}[parts.scheme] if prefix else 6333
        return cls(f"{parts.scheme}://{host}:{port or usual}{prefix}", name)
