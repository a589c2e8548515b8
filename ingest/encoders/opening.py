"""The one encoder that an index needs, or what may take its place."""

from __future__ import annotations

from pathlib import Path

from ..errors import IncompatibleError, ParameterError
from ..progress import Progress
from .base import Encoder, encoder_fingerprint, family_of
from .lazy import LazyEncoder
from .quantized import EXTRA, QuantizedEncoder, has_openvino
from .spec import OPENVINO, TORCH, EncoderSpec, Quantization

STAND_IN = 0.99
"""Mean cosine between the features in int8 and in fp32 from which a search may take the one for the other."""


def open_encoder(
    spec: EncoderSpec, *, weights_file: Path | None = None, stand_in: bool = False, progress: Progress | None = None
) -> Encoder:
    """The encoder that a manifest names; its network is loaded when an image needs it.

    Args:
        spec: as in the manifest of an opened index.
        weights_file: your own checkpoint, for an index that was built with it.
        stand_in: where OpenVINO, which an index in int8 needs, is not installed, take the encoder in fp32 if the two
            agree well enough. For searches only: what is indexed is encoded by the encoder of the index.
        progress: told about a download of weights.

    Raises:
        IncompatibleError: this release's encoder of that name, with these weights, is not the one of the index; or
            what computes it is not here.
        WeightsError: `weights_file` cannot be read.
    """
    if spec.runtime not in (TORCH, OPENVINO):
        raise IncompatibleError("runtime", f"{TORCH} or {OPENVINO}", spec.runtime, _advice(spec))
    if spec.quantization is None:
        _check(spec, spec.fingerprint, spec.precision, weights_file)
        return LazyEncoder(spec.name, spec.precision, weights_file=weights_file, parts=spec.parts, progress=progress)
    if not has_openvino():
        _check_stand_in(spec.quantization, asked=stand_in)
        _check(spec, spec.quantization.plain, "fp32", weights_file)
        return LazyEncoder(
            spec.name, "fp32", weights_file=weights_file, parts=spec.parts, stands_for=spec, progress=progress
        )
    family, _ = family_of(spec.name)
    # The network has its weights with it. How pictures are prepared, and what joins its numbers, is this release's.
    if family.parts is not None:
        _check(spec, spec.quantization.plain, "fp32", None)
    return QuantizedEncoder(spec, family.beside)


def _check(spec: EncoderSpec, wanted: str, precision: str, weights_file: Path | None) -> None:
    try:
        here = encoder_fingerprint(spec.name, precision, weights_file=weights_file)
    except ParameterError as error:
        if weights_file is not None:
            raise
        raise IncompatibleError("encoder", spec.name, None, f"{error} {_advice(spec)}") from error
    if here != wanted:
        raise IncompatibleError("encoder_fingerprint", wanted, here, _advice(spec))


def _check_stand_in(quantization: Quantization, *, asked: bool) -> None:
    install = f"Install it: pip install '{EXTRA}'. Searches by id need none."
    agreed = f"the mean cosine of the features in int8 and in fp32 is {quantization.cosine:.4f}"
    if quantization.cosine < STAND_IN:
        raise IncompatibleError(
            "runtime", OPENVINO, None, f"{install} fp32 cannot stand in: {agreed}, under {STAND_IN}."
        )
    if not asked:
        raise IncompatibleError("runtime", OPENVINO, None, f"{install} Or let fp32 stand in, --stand-in: {agreed}.")


def _advice(spec: EncoderSpec) -> str:
    return (
        f"The index was built by {spec.name} with weights or a runtime that are not here. Name the weights with "
        "--weights FILE, or build the index anew with `likewise reindex CATALOG --refit always`."
    )
