"""From pixels to features, by a network chosen by name.

Upright RGB pictures come in; feature vectors float32[n, D], the same for the same picture anywhere, go out. The cache
of features calls an encoder for what it lacks, a search for the shopper's picture.
"""

from .base import PRECISIONS, Encoder, create_encoder, encoder_fingerprint, encoder_parts, leading_encoder
from .lazy import LazyEncoder, open_encoder
from .spec import EncoderSpec

__all__ = [
    "PRECISIONS",
    "Encoder",
    "EncoderSpec",
    "LazyEncoder",
    "create_encoder",
    "encoder_fingerprint",
    "encoder_parts",
    "leading_encoder",
    "open_encoder",
]
