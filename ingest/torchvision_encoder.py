"""Any torchvision classification network as an encoder, with its weights or your own checkpoint."""

from __future__ import annotations

import difflib
import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from .encoders import TorchEncoder, fingerprint
from .errors import ParameterError, WeightsError
from .torchvision_ops import import_torchvision

if TYPE_CHECKING:
    import torch

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_HEADS = ("fc", "classifier", "head", "heads")


class TorchvisionEncoder(TorchEncoder):
    """The features in front of the classifier.

    Args:
        name: `torchvision:NAME[:WEIGHTS]`, WEIGHTS being a member of torchvision's enum, by default its best.
        weights_file: a checkpoint (state dict) to use instead.

    Raises:
        ParameterError: torchvision has no such network or weights.
        WeightsError: the weights cannot be downloaded, or the checkpoint does not fit.
    """

    def __init__(
        self, name: str, *, weights_file: Path | None = None, precision: str = "fp32", device: str | None = None
    ) -> None:
        import torch

        _, _, rest = name.partition(":")
        architecture, _, weights_name = rest.partition(":")
        side = 224 if architecture.startswith(("vit_", "swin", "maxvit")) else 240
        if weights_file is None:
            network, identity = _published(architecture, weights_name)
        else:
            network, identity = _own(architecture, weights_file)
        _cut_classifier(network)
        super().__init__(network, side, precision, device)
        self._mean = 255 * torch.tensor(_MEAN, device=self._device).view(1, 3, 1, 1)
        self._std = 255 * torch.tensor(_STD, device=self._device).view(1, 3, 1, 1)
        self.name = name
        self.fingerprint = fingerprint(f"torchvision:{architecture}", identity, side, precision)
        with torch.inference_mode():
            probe = torch.zeros(1, 3, side, side, device=self._device)
            self.dim = int(self._features(probe).shape[1])

    def _features(self, batch: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self._network((batch - self._mean) / self._std)
        return features.flatten(1)


def _known(architecture: str) -> Any:  # noqa: ANN401 - torchvision's model module
    models = import_torchvision().models
    known = models.list_models(module=models)
    if architecture not in known:
        near = ", ".join(difflib.get_close_matches(architecture, known, n=3)) or "resnet50, convnext_tiny, vit_b_16"
        raise ParameterError(f"torchvision has no classification network {architecture!r}. Near: {near}.")
    return models


def _published(architecture: str, weights_name: str) -> tuple[torch.nn.Module, str]:
    models = _known(architecture)
    choices = models.get_model_weights(architecture)
    try:
        weights = choices[weights_name or "DEFAULT"]
    except KeyError:
        names = ", ".join(choice.name for choice in choices)
        raise ParameterError(f"{architecture} has no weights {weights_name!r}. Known: {names}.") from None
    try:
        return models.get_model(architecture, weights=weights), str(weights.url.rsplit("/", 1)[-1])
    except (URLError, OSError, RuntimeError) as error:
        raise WeightsError(
            f"The weights {weights.name} of {architecture} cannot be downloaded ({error}). "
            "Download them elsewhere and give the file with --weights."
        ) from error


def _own(architecture: str, path: Path) -> tuple[torch.nn.Module, str]:
    import torch

    models = _known(architecture)
    try:
        content = path.read_bytes()
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{path} is no checkpoint of tensors ({error}).") from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WeightsError(f"{path} holds no state dict; save it with torch.save(model.state_dict(), FILE).")
    state = {key.removeprefix("module."): value for key, value in state.items()}
    network: torch.nn.Module = models.get_model(architecture, weights=None)
    # The classifier is cut off: one for another number of classes, or none, must not matter.
    expected = {key for key in network.state_dict() if not key.startswith(tuple(f"{head}." for head in _HEADS))}
    body = {key: value for key, value in state.items() if key in expected}
    if missing := sorted(expected - body.keys()):
        raise WeightsError(f"{path} does not fit {architecture}: it lacks {len(missing)} tensors, first {missing[0]}.")
    try:
        network.load_state_dict(body, strict=False)
    except RuntimeError as error:
        raise WeightsError(f"{path} does not fit {architecture}: {' '.join(str(error).split())[:300]}") from error
    return network, hashlib.sha256(content).hexdigest()


def _cut_classifier(network: torch.nn.Module) -> None:
    """Replace the last linear layer by the identity."""
    import torch

    for head in _HEADS:
        module = getattr(network, head, None)
        if isinstance(module, torch.nn.Linear):
            setattr(network, head, torch.nn.Identity())
            return
        if isinstance(module, torch.nn.Sequential):
            names = [name for name, layer in module.named_children() if isinstance(layer, torch.nn.Linear)]
            if names:
                setattr(module, names[-1], torch.nn.Identity())
                return
    raise ParameterError(f"{type(network).__name__} ends in no linear classifier that could be cut off.")
