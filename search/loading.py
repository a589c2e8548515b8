"""What a search by picture needs besides the store, loaded when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from likewise.ingest.arrays import Float
from likewise.ingest.encoders import Encoder, open_encoder
from likewise.ingest.errors import IncompatibleError
from likewise.ingest.index import Manifest, Reader
from likewise.ingest.model import Clusterer, Model, check_matrix

if TYPE_CHECKING:
    from .asking.images import QueryImage
    from .asking.rectangle import Rectangle


class LazyModel:
    """The model and the encoder of one version; several threads that need one at once load it once.

    Args:
        reader: the opened version.
        encoder: by default the one that the manifest names.

    Raises:
        IncompatibleError: `encoder` is not the one that built the version.
    """

    def __init__(self, reader: Reader, encoder: Encoder | None = None) -> None:
        if encoder is not None:
            check_encoder(reader.manifest, encoder)
        self._reader = reader
        self._encoder = encoder
        self._model: Model | None = None
        self._clusterer: Clusterer | None = None
        self._loading = threading.Lock()

    def model(self) -> Model:
        """The fitted model."""
        with self._loading:
            if self._model is None:
                self._model = self._reader.model()
            return self._model

    def clusterer(self) -> Clusterer:
        """The model's clusterer, without the rest of the model where nothing else has needed it."""
        with self._loading:
            if self._model is not None:
                return self._model.clusterer
            if self._clusterer is None:
                self._clusterer = self._reader.clusterer()
            return self._clusterer

    def encoder(self) -> Encoder:
        """The encoder.

        Raises:
            IncompatibleError: it cannot be reproduced here.
        """
        with self._loading:
            if self._encoder is None:
                self._encoder = open_encoder(self._reader.manifest.encoder)
            return self._encoder

    def features(self, images: Sequence[QueryImage], part: Rectangle | None = None) -> Float:
        """Features float32[n, D] of pictures, or of a part of each.

        Raises:
            ImageError: a picture cannot be read.
            IncompatibleError: the encoder cannot be reproduced here.
        """
        from likewise.ingest.features import encode_pixels

        from .asking.images import open_query

        encoder = self.encoder()
        return encode_pixels([encoder.prepare(open_query(image, part)) for image in images], encoder)

    def point_vectors(self, pictures: Sequence[QueryImage | NDArray[Any]], part: Rectangle | None = None) -> Float:
        """Point vectors float32[n, vector_dim] of pictures, some of which may be given by their features float[D].

        Raises:
            ImageError, IncompatibleError: as `features`.
            ParameterError: features of another width, or NaN.
        """
        images = [each for each in pictures if not isinstance(each, np.ndarray)]
        encoded = iter(self.features(images, part) if images else ())
        rows = np.stack([each if isinstance(each, np.ndarray) else next(encoded) for each in pictures])
        width = self._reader.manifest.encoder.dim
        return self.model().point_vectors(check_matrix(rows, who="A search by features", width=width))

    def indexed_vectors(self, images: Sequence[str], part: Rectangle) -> Float:
        """Point vectors float32[n, vector_dim] of a part of pictures that lie in the catalog, by their references."""
        from likewise.ingest.index import picture_source

        pictures = picture_source(self._reader.manifest)
        return self.point_vectors([pictures.read(each) for each in images], part)


def check_encoder(manifest: Manifest, encoder: Encoder) -> None:
    """Check that an encoder makes the features that a version was built with.

    Raises:
        IncompatibleError: names the field that differs.
    """
    expected, actual = manifest.encoder, encoder.spec
    advice = f"Version {manifest.version} needs the encoder that built it."
    for field, wanted, got in (
        ("encoder", expected.name, actual.name),
        ("encoder_fingerprint", expected.fingerprint, actual.fingerprint),
        ("features", expected.dim, actual.dim),
    ):
        if wanted != got:
            raise IncompatibleError(field, wanted, got, advice)
