"""Quantizing an encoder's network to int8 on a catalog's pictures (Jacob et al. 2018), by NNCF after training."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import logging
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import contextmanager, redirect_stdout
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import Float
from ...errors import IncompatibleError, ParameterError
from ..chunks import Pixels
from ..spec import OPENVINO, EncoderSpec, Quantization
from .encoder import QuantizedEncoder
from .runtime import EXTRA, import_openvino, pack, quantized_fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..torch_encoder import TorchEncoder

CALIBRATION = 128
"""Pictures that the ranges of activations are taken from; 64 and 200 leave the features as near to those in fp32."""

MEASURED = 64
"""Further pictures on which the features of both precisions are compared."""

LEAST_COSINE = 0.98
"""Mean cosine below which a quantized network is not used."""


def calibrate(encoder: TorchEncoder, pixels: Sequence[Pixels], others: Sequence[Pixels]) -> QuantizedEncoder:
    """The int8 encoder of one in single precision.

    Args:
        encoder: on the processor, in fp32.
        pixels: prepared pictures, on which it is calibrated.
        others: prepared pictures, on which both are compared.

    Raises:
        IncompatibleError: OpenVINO or NNCF is not here.
        ParameterError: int8 moves the features of this encoder too far.
    """
    file = pack(*_quantize(encoder, pixels))
    network = hashlib.sha256(file).hexdigest()
    plain = encoder.spec
    made = Quantization(network, plain.fingerprint, encoder.side, len(pixels), 1.0, 1.0, len(others))
    spec = EncoderSpec(
        plain.name,
        "int8",
        quantized_fingerprint(plain.fingerprint, network),
        plain.parts,
        OPENVINO,
        made,
        partial(bytes, file),
    )
    beside = encoder.beside
    cosines = part_cosines(encoder.encode(others), QuantizedEncoder(spec, beside).encode(others), plain.parts)
    mean, least = cosines.mean(axis=0).min(), cosines.min()
    if mean < LEAST_COSINE:
        raise ParameterError(
            f"In int8 the features of {plain.name} have a mean cosine of {mean:.3f} to those in fp32, and "
            f"{LEAST_COSINE} is the least. Choose --precision bf16 or fp32."
        )
    agreed = dataclasses.replace(made, cosine=round(float(mean), 5), least=round(float(least), 5))
    return QuantizedEncoder(dataclasses.replace(spec, quantization=agreed), beside)


def calibration_key(plain: str, contents: Sequence[str]) -> str:
    """What names a calibration: the same is not done twice.

    Args:
        plain: fingerprint of the encoder in single precision.
        contents: hashes of the pictures.

    Raises:
        IncompatibleError: OpenVINO or NNCF is not here.
    """
    made_by = import_openvino().get_version(), _import_nncf().__version__, CALIBRATION, MEASURED
    return hashlib.sha256(json.dumps([plain, *contents, *made_by]).encode()).hexdigest()


def part_cosines(first: Float, second: Float, parts: Sequence[int]) -> Float:
    """float32[n, parts]: the cosines between the features of two encoders, part by part."""
    edges = np.cumsum([0, *parts])
    columns = []
    for start, stop in pairwise(edges):
        one, other = first[:, start:stop], second[:, start:stop]
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        columns.append(np.einsum("nd,nd->n", one, other) / np.maximum(lengths, np.finfo(np.float32).tiny))
    return np.stack(columns, axis=1)


def _quantize(encoder: TorchEncoder, pixels: Sequence[Pixels]) -> tuple[bytes, bytes]:
    import torch

    openvino, nncf = import_openvino(), _import_nncf()

    class Whole(torch.nn.Module):
        """The encoder as one module, from the pixels on."""

        def __init__(self) -> None:
            super().__init__()
            self.network = encoder.network

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return encoder.compute(pixels)

    shape = [-1, encoder.side, encoder.side, 3]
    with _quiet(), torch.inference_mode():
        traced = openvino.convert_model(
            Whole().eval(), example_input=torch.from_numpy(np.stack(pixels[:2])), input=[(shape, openvino.Type.u8)]
        )
        quantized = nncf.quantize(
            traced,
            nncf.Dataset(pixels, lambda picture: picture[None]),
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(pixels),
        )
    with tempfile.TemporaryDirectory(prefix="likewise-network-") as folder:
        graph = Path(folder) / "network.xml"
        openvino.save_model(quantized, graph)
        return graph.read_bytes(), graph.with_suffix(".bin").read_bytes()


def _import_nncf() -> Any:  # noqa: ANN401 - a module without types
    try:
        import nncf
    except ImportError as error:
        advice = f"Install it: pip install '{EXTRA}'. An index that has its quantized network needs none."
        raise IncompatibleError("runtime", "nncf", None, advice) from error
    return nncf


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep notes to developers, and NNCF's bars, from a terminal that shows ours."""
    logger = logging.getLogger("nncf")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            # OpenVINO traces by what torch is about to replace; a tracer warns of each comparison of shapes.
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
