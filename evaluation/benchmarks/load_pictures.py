"""Searches by pictures, against what the encoder does by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from likewise.ingest.encoders import Encoder
from likewise.ingest.features import encode_pixels
from likewise.ingest.images import DECODE_SIDE, open_image

BATCH = 16


@dataclass(frozen=True, slots=True)
class PictureRate:
    """Pictures a second.

    Attributes:
        encoder: by batches of decoded pictures, nothing else running; before and after the service.
        service: over HTTP, decoded, encoded and searched with.
    """

    encoder: float
    service: float

    @property
    def share(self) -> float:
        """What is left of the encoder's rate."""
        return self.service / self.encoder


def encoder_rate(encoder: Encoder, pictures: Sequence[bytes]) -> float:
    """Pictures a second through the encoder alone."""
    pixels = [encoder.prepare(open_image(data, side=DECODE_SIDE)) for data in pictures]
    encode_pixels(pixels[:BATCH], encoder)
    begin = time.perf_counter()
    for start in range(0, len(pixels), BATCH):
        encode_pixels(pixels[start : start + BATCH], encoder)
    return len(pixels) / (time.perf_counter() - begin)


def service_rate(address: str, pictures: Sequence[bytes], *, clients: int, seconds: float) -> float:
    """Pictures a second over HTTP; each is one that the service has not seen.

    Raises:
        httpx.HTTPError: one was not answered, or refused.
    """
    warm(address, pictures, clients)
    begin = time.perf_counter()

    def ask(number: int) -> int:
        done = 0
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            while time.perf_counter() - begin < seconds:
                data = pictures[(number + done * clients) % len(pictures)]
                mark = number.to_bytes(4, "big") + done.to_bytes(4, "big")
                client.post("/v1/similar", content=data + mark).raise_for_status()
                done += 1
        return done

    with ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(ask, range(clients)))
    return total / (time.perf_counter() - begin)


def warm(address: str, pictures: Sequence[bytes], clients: int) -> None:
    """Ask with pictures over so many connections, so that every process of the service has loaded its network.

    They load it in the background once they have started, beside whatever is measured then.
    """

    def ask(number: int) -> None:
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            client.post("/v1/similar", content=pictures[number % len(pictures)]).raise_for_status()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, range(clients)))
