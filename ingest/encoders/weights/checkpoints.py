"""Your own checkpoint for a torchvision network: read without running its code, and fitted without guessing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import WeightsError

if TYPE_CHECKING:
    import torch

_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which training scripts keep the state dict beside an optimiser's."""

_SHOWN = 5


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal.

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"The checkpoint {path} cannot be read ({error.strerror}).") from error


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint by name, without the `module.` that DataParallel puts in front.

    Raises:
        WeightsError: no file, not a file of tensors only, or `.safetensors` without that library.
    """
    state: Any = _read(path)
    for wrapper in _WRAPPERS:
        if isinstance(state, Mapping) and isinstance(state.get(wrapper), Mapping):
            state = state[wrapper]
    import torch

    if not isinstance(state, Mapping) or not state or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise WeightsError(
            f"{path} holds no state dict (names to tensors). Save it with torch.save(model.state_dict(), FILE)."
        )
    named: dict[str, torch.Tensor] = {str(name).removeprefix("module."): tensor for name, tensor in state.items()}
    for name, tensor in named.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise WeightsError(f"{path} has NaN or infinity in {name}; choose an earlier checkpoint.")
    return named


def fit_state(network: torch.nn.Module, state: Mapping[str, torch.Tensor], path: Path, ignored: Sequence[str]) -> None:
    """Load a checkpoint into a network; every tensor must belong to it, except those that are ignored.

    Args:
        network: without its classifier.
        state: as from `read_state`.
        path: for the error's text.
        ignored: first parts of names, as `fc.`, under which the checkpoint may have more than the network: its
            classifier may be of any size, or absent.

    Raises:
        WeightsError: missing or unexpected names, or other shapes.
    """
    wanted = network.state_dict()
    body = {name: tensor for name, tensor in state.items() if name in wanted or not name.startswith(tuple(ignored))}
    # Counters of training steps, absent from converted checkpoints; they do not take part in inference.
    missing = [name for name in wanted if name not in body and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in body if name not in wanted]
    other = [
        f"{name} {list(tensor.shape)} instead of {list(wanted[name].shape)}"
        for name, tensor in body.items()
        if name in wanted and tensor.shape != wanted[name].shape
    ]
    wrong = [("missing", missing), ("unexpected", unexpected), ("of another shape", other)]
    if any(names for _, names in wrong):
        what = "; ".join(f"{len(names)} {kind}: {_some(names)}" for kind, names in wrong if names)
        raise WeightsError(f"{path} does not fit {type(network).__name__}: {what}. Check the encoder's NAME.")
    network.load_state_dict(body, strict=False)


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    if not path.is_file():
        raise WeightsError(f"The checkpoint {path} is not a file.")
    try:
        if path.suffix == ".safetensors":
            # Optional: whoever has such a file has the library.
            from safetensors.torch import load_file

            return load_file(path)
        import torch

        return torch.load(path, map_location="cpu", weights_only=True)
    except ImportError as error:
        raise WeightsError(f"Reading {path.name} needs the package safetensors: pip install safetensors.") from error
    # torch's unpickler and zip reader meet foreign bytes with nearly any built-in error.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path} cannot be read as a checkpoint of tensors ({reason}).") from error


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
