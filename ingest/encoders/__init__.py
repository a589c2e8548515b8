"""From pixels to features, by a network chosen by name.

Upright RGB pictures come in; feature vectors float32[n, D], the same for the same picture anywhere, go out. The cache
of features calls an encoder for what it lacks, a search for the shopper's picture.
"""

from ..threads import wait_passively
from .base import PRECISIONS, Encoder, create_encoder, encoder_fingerprint, encoder_parts, leading_encoder
from .choosing import AUTO, UndecidedEncoder, choose_precision, new_encoder, processor
from .lazy import LazyEncoder
from .opening import STAND_IN, open_encoder
from .quantized import CALIBRATION, EXTRA, MEASURED, QuantizedEncoder
from .spec import EncoderSpec, Quantization

# Before torch is imported, which is wherever a network is made.
wait_passively()

__all__ = [
    "AUTO",
    "CALIBRATION",
    "EXTRA",
    "MEASURED",
    "PRECISIONS",
    "STAND_IN",
    "Encoder",
    "EncoderSpec",
    "LazyEncoder",
    "Quantization",
    "QuantizedEncoder",
    "UndecidedEncoder",
    "choose_precision",
    "create_encoder",
    "encoder_fingerprint",
    "encoder_parts",
    "leading_encoder",
    "new_encoder",
    "open_encoder",
    "processor",
]
