"""The encoder that a version needs, shared with the versions that follow it."""

from __future__ import annotations

from pathlib import Path

from likewise.ingest.encoders import Encoder, open_encoder
from likewise.ingest.errors import IncompatibleError
from likewise.ingest.index import Manifest


class SharedEncoder:
    """Gives every version with the same encoder the same object, so that its network is loaded once.

    Args:
        weights: your own checkpoint, for an index that was built with it.
        stand_in: see `open_encoder`.
    """

    def __init__(self, weights: Path | None = None, *, stand_in: bool = False) -> None:
        self._weights = weights
        self._stand_in = stand_in
        self._last: Encoder | None = None

    def __call__(self, manifest: Manifest) -> Encoder | None:
        """The encoder that built a version; None when it cannot be had here, so that searches by id still work.

        Raises:
            WeightsError: `weights` cannot be read.
            ParameterError, IncompatibleError: `weights` are not those of the index.
        """
        if self._last is None or self._last.spec.fingerprint != manifest.encoder.fingerprint:
            self._last = self._open(manifest)
        return self._last

    def _open(self, manifest: Manifest) -> Encoder | None:
        try:
            return open_encoder(manifest.encoder, weights_file=self._weights, stand_in=self._stand_in)
        except IncompatibleError:
            # Wrong weights are the operator's mistake, and said at once.
            if self._weights is not None:
                raise
            return None
