"""OpenVINO, imported where it is needed and without its telemetry; the file in which a network travels."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from importlib.util import find_spec
from typing import Any

from ...errors import IncompatibleError, StoreError
from ...threads import thread_count
from ..spec import OPENVINO, fingerprint_of

EXTRA = "likewise[openvino]"

MAX_NETWORK = 2**29
"""Bytes of a network; the largest of torchvision's has a third of it in int8."""

_GRAPH, _WEIGHTS = "network.xml", "network.bin"
_ANY_TIME = (1980, 1, 1, 0, 0, 0)
"""Of the entries: equal networks are equal files."""


def has_openvino() -> bool:
    """Whether OpenVINO is installed; it is not imported."""
    return find_spec("openvino") is not None


def can_calibrate() -> bool:
    """Whether what quantizes for it is installed, too; nothing is imported."""
    return has_openvino() and find_spec("nncf") is not None


def import_openvino() -> Any:  # noqa: ANN401 - a module whose types are not those of its documentation
    """The module `openvino`.

    Raises:
        IncompatibleError: it is not installed.
    """
    # It tells its maker about every import unless a file in the home says no; without this module it cannot.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        advice = f"Install it: pip install '{EXTRA}'. Searches by id need none."
        raise IncompatibleError("runtime", OPENVINO, None, advice) from error
    return openvino


def quantized_fingerprint(plain: str, network: str) -> str:
    """The fingerprint of an encoder's quantized network.

    Args:
        plain: fingerprint of the encoder in single precision.
        network: SHA-256 of the network's file.
    """
    return fingerprint_of({"plain": plain, "precision": "int8", "runtime": OPENVINO, "network": network})


def pack(graph: bytes, weights: bytes) -> bytes:
    """The file of a network: OpenVINO's two in one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ((_GRAPH, graph), (_WEIGHTS, weights)):
            archive.writestr(zipfile.ZipInfo(name, _ANY_TIME), content)
    return packed.getvalue()


def unpack(file: bytes, sha256: str) -> tuple[bytes, bytes]:
    """The graph and the weights of a network's file.

    Raises:
        StoreError: it is not the file with this SHA-256.
    """
    found = hashlib.sha256(file).hexdigest()
    if found != sha256:
        raise StoreError(
            f"The quantized network has SHA-256 {found} instead of {sha256}: it was altered. Roll back to another "
            "version, or build the index anew with `likewise reindex CATALOG --refit always --precision fp32`."
        )
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return archive.read(_GRAPH), archive.read(_WEIGHTS)


def compile_network(graph: bytes, weights: bytes) -> Any:  # noqa: ANN401 - see `import_openvino`
    """The network, ready for inference on this machine's processors.

    Raises:
        IncompatibleError: OpenVINO is not installed, or too old for this network.
    """
    openvino = import_openvino()
    try:
        core = openvino.Core()
        network = core.read_model(graph, weights)
        return core.compile_model(network, "CPU", {"INFERENCE_NUM_THREADS": thread_count(), "NUM_STREAMS": 1})
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        advice = f"This OpenVINO cannot read the network ({reason}). Upgrade it: pip install -U '{EXTRA}'."
        raise IncompatibleError("runtime", OPENVINO, openvino.get_version(), advice) from error
