"""The encoder that a version needs, shared with the versions that follow it."""

from __future__ import annotations

from pathlib import Path

from likewise.ingest.encoders.base import PRECISIONS, Encoder, encoder_fingerprint
from likewise.ingest.encoders.lazy import LazyEncoder
from likewise.ingest.errors import ParameterError
from likewise.ingest.index.manifest import Manifest


class SharedEncoder:
    """Gives every version with the same encoder the same object, so that its network is loaded once.

    Args:
        weights: your own checkpoint, for an index that was built with it.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self._weights = weights
        self._last: Encoder | None = None

    def __call__(self, manifest: Manifest) -> Encoder | None:
        """The encoder that built a version; None when it cannot be had here, so that searches by id still work.

        Raises:
            WeightsError: `weights` cannot be read.
        """
        if self._last is None or self._last.fingerprint != manifest.encoder_fingerprint:
            self._last = self._find(manifest)
        return self._last

    def _find(self, manifest: Manifest) -> Encoder | None:
        try:
            for precision in PRECISIONS:
                found = encoder_fingerprint(manifest.encoder, precision, weights_file=self._weights)
                if found == manifest.encoder_fingerprint:
                    return LazyEncoder(manifest.encoder, precision, weights_file=self._weights, dim=manifest.features)
        except ParameterError:
            # A checkpoint that the index's encoder cannot take is the operator's mistake, and said at once.
            if self._weights is not None:
                raise
            return None
        if self._weights is None:
            return None
        # Of another fingerprint: the client that receives it says which field differs.
        return LazyEncoder(manifest.encoder, weights_file=self._weights, dim=manifest.features)
