"""Quantized networks beside the features that they made: a run that was interrupted does not calibrate again."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from ..encoders import EncoderSpec
from ..errors import StoreError

NETWORK, NOTE = ".network", ".calibration"
"""Suffixes of the two files; named like the features, they are removed with them."""


def kept_calibration(folder: Path, key: str) -> EncoderSpec | None:
    """The encoder that a calibration of this key has made; None where there was none."""
    for path in sorted(folder.glob(f"*{NOTE}")):
        try:
            note = json.loads(path.read_text("utf-8"))
            spec = EncoderSpec.from_dict(note["encoder"]) if note["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            continue
        network = path.with_suffix(NETWORK)
        if spec is not None and network.is_file():
            return dataclasses.replace(spec, file=network.read_bytes)
    return None


def keep_calibration(folder: Path, key: str, encoder: EncoderSpec, network: bytes) -> None:
    """Keep what a calibration has made: an encoder, and the file of its network.

    Raises:
        StoreError: the folder cannot be written.
    """
    note = folder / f"{encoder.fingerprint}{NOTE}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in (
            (note.with_suffix(NETWORK), network),
            # Last: without it, the network is not found.
            (note, json.dumps({"key": key, "encoder": encoder.to_dict()}).encode()),
        ):
            partial = path.with_name(f"{path.name}.partial")
            partial.write_bytes(content)
            partial.replace(path)
    except OSError as error:
        raise StoreError(f"The calibration cannot be kept in {folder} ({error.strerror}).") from error
