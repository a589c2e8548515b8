"""Any torchvision classification network as an encoder, with published weights or your own checkpoint."""

from __future__ import annotations

import difflib
import pickle
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import ParameterError, WeightsError
from ..progress import Progress
from .base import hash_of_encoder
from .spec import EncoderSpec
from .torch_encoder import TorchEncoder
from .torchvision_ops import import_torchvision
from .weights import file_sha256, fit_state, read_state

if TYPE_CHECKING:
    import torch

SIDE = 240
SIDE_TRANSFORMER = 224
"""Networks with a fixed grid of patches demand the size that they were trained at."""

MEAN_RGB = (0.485, 0.456, 0.406)
STD_RGB = (0.229, 0.224, 0.225)
"""Mean and standard deviation of ImageNet, for pixels from 0 to 1; weights that were trained with others say so."""

_TRANSFORMERS = ("vit_", "swin", "maxvit")
_HEADS = ("fc", "classifier", "head", "heads")
_AUXILIARY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}
"""Second classifiers that only training uses."""


class TorchvisionEncoder(TorchEncoder):
    """The features in front of the classifier.

    Args:
        network: of torchvision, with its classifier, which is cut off.
        spec, side, device: as for `TorchEncoder`.
        mean, std: of red, green and blue from 0 to 1, as in training.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        spec: EncoderSpec,
        *,
        side: int,
        device: str | None,
        mean: tuple[float, ...] = MEAN_RGB,
        std: tuple[float, ...] = STD_RGB,
    ) -> None:
        import torch

        super().__init__(network, spec, side=side, device=device)
        self._mean = 255 * torch.tensor(mean, device=self.device).view(1, 3, 1, 1)
        self._std = 255 * torch.tensor(std, device=self.device).view(1, 3, 1, 1)

    @classmethod
    def create(
        cls,
        variant: str,
        *,
        weights_file: Path | None,
        precision: str,
        device: str | None,
        progress: Progress | None,  # noqa: ARG003 - torch downloads in one call
    ) -> Self:
        """See `encoders.Family`."""
        identity = cls.identify(variant, weights_file=weights_file, precision=precision)
        architecture, weights = find(variant, published=weights_file is None)
        if weights_file is None:
            network = download(architecture, weights)
            _, dim = cut_classifier(network)
        else:
            network = unfitted(architecture)
            head, dim = cut_classifier(network)
            ignored = (f"{head.partition('.')[0]}.", *_AUXILIARY.get(architecture, ()))
            fit_state(network, read_state(weights_file), weights_file, ignored)
        mean, std = normalisation(weights)
        return cls(
            network,
            EncoderSpec(f"torchvision:{variant}", precision, identity, (dim,)),
            side=side(architecture, weights),
            device=device,
            mean=mean,
            std=std,
        )

    @classmethod
    def identify(cls, variant: str, *, weights_file: Path | None, precision: str) -> str:
        """See `encoders.Family`."""
        architecture, weights = find(variant, published=weights_file is None)
        # The published file's name ends in the first digits of its SHA-256, which torchvision checks.
        identity = weights.url.rpartition("/")[2] if weights_file is None else file_sha256(weights_file)
        mean, std = normalisation(weights)
        return hash_of_encoder(
            f"torchvision:{architecture}", identity, side(architecture, weights), precision, mean=mean, std=std
        )

    def features(self, batch: torch.Tensor) -> torch.Tensor:
        """See `TorchEncoder`."""
        features: torch.Tensor = self.network((batch - self._mean) / self._std)
        return features.flatten(1)


def find(variant: str, *, published: bool) -> tuple[str, Any]:
    """The network's name and its member of torchvision's enum of weights (None for a checkpoint of one's own).

    Raises:
        ParameterError: torchvision has no such network or weights, or both a name and a file of weights are there.
    """
    models = import_torchvision().models
    architecture, _, name = variant.partition(":")
    known = models.list_models(module=models)
    if architecture not in known:
        near = difflib.get_close_matches(architecture, known, n=5) or ["resnet50", "convnext_tiny", "vit_b_16"]
        raise ParameterError(
            f"torchvision has no classification network {architecture!r}. Near it: {', '.join(near)}; "
            f"{len(known)} in all, see torchvision.models.list_models()."
        )
    if not published:
        if name:
            raise ParameterError(f"Both the weights {name} and a file are given; leave :{name} out to use the file.")
        return architecture, None
    choices = models.get_model_weights(architecture)
    if (name or "DEFAULT") not in choices.__members__:
        names = ", ".join(choice.name for choice in choices) or "none; give a checkpoint of yours"
        raise ParameterError(f"{architecture} has no weights {name or 'DEFAULT'!r}. Known: {names}.")
    return architecture, choices[name or "DEFAULT"]


def side(architecture: str, weights: Any) -> int:  # noqa: ANN401 - torchvision's enums have no common static type
    """Width and height that the network is fed with, in pixels."""
    if not architecture.startswith(_TRANSFORMERS):
        return SIDE
    demanded = weights is not None and architecture.startswith("vit_")
    return int(weights.meta["min_size"][0]) if demanded else SIDE_TRANSFORMER


def normalisation(weights: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:  # noqa: ANN401
    """Mean and standard deviation of red, green and blue that the weights were trained with."""
    if weights is None:
        return MEAN_RGB, STD_RGB
    transforms = weights.transforms()
    return tuple(transforms.mean), tuple(transforms.std)


def download(architecture: str, weights: Any) -> torch.nn.Module:  # noqa: ANN401
    """The network with published weights, which torch keeps in its own cache (`TORCH_HOME`).

    Raises:
        WeightsError: the weights cannot be fetched, or what comes is damaged.
    """
    try:
        network: torch.nn.Module = import_torchvision().models.get_model(architecture, weights=weights, progress=False)
    except (OSError, HTTPException, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(
            f"The weights {weights.name} of {architecture} cannot be had from {weights.url} ({reason}). Fetch them "
            "where there is a web and copy them into the folder hub/checkpoints of TORCH_HOME, or give the file "
            f"with --weights and --encoder torchvision:{architecture}."
        ) from error
    return network


def unfitted(architecture: str) -> torch.nn.Module:
    """The network without weights and without the second classifiers that only training uses."""
    plain = {"aux_logits": False, "init_weights": False} if architecture in _AUXILIARY else {}
    network: torch.nn.Module = import_torchvision().models.get_model(architecture, weights=None, **plain)
    return network


def cut_classifier(network: torch.nn.Module) -> tuple[str, int]:
    """Replace the classifier's last layer by the identity; returns its name and the width of the features.

    Raises:
        ParameterError: the network has no classifier under a name that torchvision uses.
    """
    import torch

    for head in _HEADS:
        if isinstance(module := getattr(network, head, None), torch.nn.Module):
            layers = [
                (".".join(filter(None, (head, name))), layer)
                for name, layer in module.named_modules()
                # SqueezeNet classifies by a convolution.
                if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d)
            ]
            if layers:
                name, last = layers[-1]
                network.set_submodule(name, torch.nn.Identity())
                return name, int(last.in_features if isinstance(last, torch.nn.Linear) else last.in_channels)
    raise ParameterError(f"{type(network).__name__} ends in no classifier that could be cut off.")
