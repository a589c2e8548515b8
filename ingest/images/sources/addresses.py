"""Addresses as tables write them: taken apart, checked, and shown without what is secret."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ...errors import ImageError
from .options import Refused, SourceOptions

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

PORTS = {"http": 80, "https": 443}

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Address:
    """An address on the web.

    Attributes:
        ref: as a payload keeps it: without credentials.
        origin: scheme, host and port, which credentials belong to.
        credentials: name and password, if the address has them.
    """

    ref: str
    origin: str
    credentials: tuple[str, str] | None


def parse(value: str, options: SourceOptions) -> Address | Refused:
    """Take an address apart. Its host is looked up when it is fetched; one that is a number is checked here too."""
    text = value.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        # What cannot be taken apart may have a password anywhere: it is not shown.
        return Refused("refused-address", f"an address of {len(value):,} characters cannot be read")
    if (
        not host
        or "\\" in parts.netloc
        or any(ord(character) < 33 or ord(character) == 127 for character in parts.netloc)
    ):
        return Refused("refused-address", f"an address of {len(value):,} characters has no readable host")
    credentials = None
    if "@" in parts.netloc:
        user = parts.netloc.rpartition("@")[0].partition(":")
        credentials = unquote(user[0]), unquote(user[2])
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    ref = parts._replace(fragment="").geturl()
    if not options.permits(host):
        return Refused("refused-address", f"{shown(ref)} is on none of the hosts that are allowed")
    try:
        problem = forbidden(ipaddress.ip_address(host), allow_private=options.allow_private)
    except ValueError:
        problem = ""
    if problem:
        return Refused("refused-address", f"{shown(ref)} is {problem}")
    scheme = parts.scheme.lower()
    return Address(ref, f"{scheme}://{host}:{'' if port in (None, PORTS.get(scheme)) else port}", credentials)


def forbidden(ip: Ip, *, allow_private: bool) -> str:
    """Why nothing is fetched from an IP address; empty if it may be.

    An IPv4 address that is written inside an IPv6 one is judged as what it is.
    """
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return forbidden(inner, allow_private=allow_private)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        return "a link-local, multicast or reserved address"
    if isinstance(ip, ipaddress.IPv4Address) and int(ip) >> 24 == 0:
        return "a reserved address"
    if not allow_private and (not ip.is_global or getattr(ip, "is_site_local", False)):
        return "an address of a private network, which --allow-private would permit"
    return ""


def shown(address: str) -> str:
    """An address for a message: without name, password and query, which may be a key, and not too long."""
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an unreadable address"
    text = f"{parts.scheme}://{host}{parts.path}"
    return text if len(text) <= 200 else f"{text[:199]}…"


def refused(address: str, problem: str) -> ImageError:
    """The error of an address that may not be fetched."""
    return ImageError("refused-address", f"{shown(address)} {problem}")
