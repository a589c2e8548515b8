"""Encoders in int8: calibrated once on a catalog's own pictures, computed by OpenVINO wherever the index is used.

An encoder on torch and pictures come in; a quantized network, which travels with the index, goes out, and an encoder
that computes it. All that OpenVINO and NNCF know is known here.
"""

from .calibration import CALIBRATION, MEASURED, calibrate, calibration_key
from .encoder import QuantizedEncoder
from .runtime import EXTRA, can_calibrate, has_openvino, quantized_fingerprint

__all__ = [
    "CALIBRATION",
    "EXTRA",
    "MEASURED",
    "QuantizedEncoder",
    "calibrate",
    "calibration_key",
    "can_calibrate",
    "has_openvino",
    "quantized_fingerprint",
]
