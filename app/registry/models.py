"""Registry of the models in the weights folder, each loaded on first use.

Every valid folder weights/NAME is a model, so a newly trained one appears without configuration.
Models of weights/study can be loaded but are not offered for selection, and the classifier is not
a VAE. An invalid folder is skipped with one warning.
"""

import json
import logging
import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from app.images import Typicality
from app.model.inference import Array
from app.model.mixture import FILE as MIXTURES
from app.model.mixture import Mixture, read_mixtures
from app.model.vae import VAE, VAEConfig
from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import read_ablations
from app.registry.dataset_info import DatasetInfo, read_info
from app.registry.typicality import FILE as TYPICALITY
from app.registry.typicality import read_flagged, read_typicality

logger = logging.getLogger(__name__)

ACTIVE_VARIANCE = 0.01
CODE_COLUMNS = ("mu", "std", "reconstruction")
HIDDEN = (STUDY, "classifier")
EXEMPLARS = 10  # in total, over all classes
MAX_PAIRWISE = 500  # codes of a class whose pairwise distances are computed


@dataclass(frozen=True)
class EncodedTestSet:
    """The encoded test images (latents.npz).

    Attributes:
        mu, std: (N, Z), the parameters of q(z|x).
        label: (N,), the index of the class.
        reconstruction, kl: (N,), the terms in nats of the gray-level images, as the page computes
            them; kl is None for a deterministic encoder.
    """

    mu: Array
    std: Array
    label: NDArray[np.int64]
    reconstruction: Array
    kl: Array | None

    @cached_property
    def sorted_negative_elbo(self) -> Array | None:
        """-ELBO of the images in ascending order, (N,), in nats; None without a KL."""
        return None if self.kl is None else np.sort(self.reconstruction + self.kl)

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """Mask of the active dimensions, (Z,): Var(E[z|x]) > 0.01 over the test images.

        Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2016, section 5.2.
        """
        return np.asarray(self.mu.var(axis=0) > ACTIVE_VARIANCE)

    @cached_property
    def exemplars(self) -> list[int]:
        """Indices of at most ten test images, the same number from each of the first ten classes.

        The first of a class has its code in the densest region of that class, because the mean of
        the class may be between two clusters. The others are evenly spaced in a list of the class
        that is sorted by the distance from the first.
        """
        labels = np.unique(self.label)[:EXEMPLARS]
        each = EXEMPLARS // len(labels)
        return [int(index) for label in labels for index in self._spread(label, each)]

    def _spread(self, label: int, count: int) -> NDArray[np.intp]:
        indices = np.flatnonzero(self.label == label)
        indices = indices[:: math.ceil(len(indices) / MAX_PAIRWISE)]
        codes = self.mu[indices]
        distances = np.linalg.norm(codes[:, None] - codes, axis=2)
        # Distance to the k-th nearest neighbor, k = sqrt(n): smallest where the density is highest.
        densest = np.sort(distances, axis=1)[:, math.isqrt(len(indices) - 1)].argmin()
        nearest: NDArray[np.intp] = indices[distances[densest].argsort(kind="stable")]
        return nearest[:: math.ceil(len(indices) / count)]

    def share_above(self, negative_elbo: float) -> float | None:
        """Return the fraction of test images in [0, 1] with a higher -ELBO; None without a KL."""
        if self.sorted_negative_elbo is None:
            return None
        below = np.searchsorted(self.sorted_negative_elbo, negative_elbo, side="right")
        return 1.0 - float(below) / len(self.sorted_negative_elbo)


@dataclass(frozen=True, eq=False)  # compared and hashed by identity
class Model:
    """A loaded model with its data set, metrics and encoded test set.

    Attributes:
        name: the folder's name, "study/NAME" for a model of the study.
        vae: the network, in evaluation mode.
        data: the data set that it was trained on.
        metrics: metrics.json; None until the model is evaluated.
        codes: the encoded test set; None until the model is evaluated.
        priors: mixtures that were fitted to its training codes, by name.
    """

    name: str
    vae: VAE
    data: DatasetInfo
    metrics: dict[str, Any] | None
    codes: EncodedTestSet | None
    priors: dict[str, Mixture]

    @cached_property
    def projection(self) -> Array:
        """The two orthonormal axes of the latent map in latent space, (2, Z).

        In two dimensions they are the coordinate axes, in more the first two principal directions
        of the test codes. Because they are orthonormal, the prior projects to N(0, I). With one
        dimension the second axis is zero.
        """
        latent_dim = self.vae.config.latent_dim
        if latent_dim <= 2 or self.codes is None:
            return np.eye(2, latent_dim, dtype=np.float32)
        centered = self.codes.mu - self.codes.mu.mean(axis=0)
        _, _, directions = np.linalg.svd(centered.T @ centered)
        return directions[:2].astype(np.float32)


class ModelRegistry:
    """The models in one folder, by name.

    Attributes:
        device: the device that models are loaded to.
        data: the data set of each model that is offered for selection, by the model's name.
        ablations: the ablation study; None if it is incomplete. Its models load as "study/NAME".
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Validate the folder's models without loading them.

        Raises:
            ValueError: the folder has no valid model.
        """
        self.device = device
        self.data = _valid_folders(sorted(folder.glob("*")))
        self.ablations = read_ablations(folder)
        files = sorted((folder / STUDY).glob("*/model.safetensors"))
        studied = _valid_folders(file.parent for file in files)
        self._loadable = {
            **self.data,
            **{f"{STUDY}/{name}": data for name, data in studied.items()},
        }
        self._folder = folder
        if not self.data:
            raise ValueError(
                f"no model in {folder}: train one with `python -m training.train vae-2d`"
            )
        self._models: dict[str, Model] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        return list(self.data)

    def __getitem__(self, name: object) -> Model:
        """Return a model by name, loaded at the first call.

        Raises:
            ValueError: the name is unknown.
        """
        if not isinstance(name, str) or name not in self._loadable:
            raise ValueError(f"unknown model {name!r:.80}: choose one of {', '.join(self.names)}")
        with self._lock:
            if name not in self._models:
                loaded = _load(self._folder / name, self._loadable[name], self.device)
                self._models[name] = replace(loaded, name=name)
            return self._models[name]

    def card(self, name: str) -> Path:
        """Return the path of a model's card, which may not exist."""
        return self._folder / name / "README.md"

    @cached_property
    def typicality(self) -> Typicality | None:
        """Return the measure of how unlike a digit an image is; None without its file."""
        found: Typicality | None = _read_optional(
            self._folder / TYPICALITY,
            lambda file: read_typicality(file, lambda name: self[name].vae),
        )
        return found

    @cached_property
    def flagged(self) -> dict[str, float]:
        """Return the fraction of images reported not to be a digit, by kind; {} if not measured."""
        return _read_optional(self._folder / TYPICALITY, read_flagged) or {}


def _valid_folders(folders: Iterable[Path]) -> dict[str, DatasetInfo]:
    """Return the data set of each folder with a valid model, by the folder's name."""
    found = {folder.name: _data_if_valid(folder) for folder in folders}
    return {name: data for name, data in found.items() if data is not None}


def _data_if_valid(folder: Path) -> DatasetInfo | None:
    """Return the data set of a folder's model; None without a valid model, logged if corrupt."""
    if not folder.is_dir() or folder.name in HIDDEN or folder.name.startswith("."):
        return None
    if folder.suffix in (".partial", ".old"):  # left by an interrupted training
        return None
    try:
        config = VAEConfig.from_dict(json.loads((folder / "config.json").read_text()))
        _check_weights(folder / "model.safetensors", config)
        return read_info(folder)
    except (OSError, ValueError, TypeError) as error:
        logger.warning("skipping %s: %s", folder.name, error)
        return None


def _check_weights(file: Path, config: VAEConfig) -> None:
    """Raise ValueError unless the file is complete and its tensors have the config's shapes."""
    try:
        with safe_open(file, "pt") as tensors:
            names = tensors.keys()  # safe_open cannot be iterated
            stored = {name: tensors.get_slice(name).get_shape() for name in names}
    except SafetensorError as error:
        raise ValueError(f"{file.name} is not a complete safetensors file: {error}") from None
    with torch.device("meta"):  # shapes without memory
        shapes = {name: list(tensor.shape) for name, tensor in VAE(config).state_dict().items()}
    if shapes != stored:
        raise ValueError(f"{file.name} does not match the network of its config.json")


def _load(folder: Path, data: DatasetInfo, device: torch.device) -> Model:
    vae = VAE.from_pretrained(folder).to(device).eval()
    metrics = _read_optional(folder / "metrics.json", lambda file: json.loads(file.read_text()))
    read_codes = partial(_read_codes, classes=len(data.classes))
    codes = _read_optional(folder / "latents.npz", read_codes)
    priors = _read_optional(folder / MIXTURES, lambda file: read_mixtures(file.parent)) or {}
    return Model(folder.name, vae, data, metrics, codes, priors)


def _read_optional(file: Path, read: Callable[[Path], Any]) -> Any:
    """Return `read(file)`; None without the file, or with a warning if it is corrupt."""
    if not file.exists():
        return None
    try:
        return read(file)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        logger.warning("%s: leaving out %s: %s", file.parent.name, file.name, error)
        return None


def _read_codes(file: Path, classes: int) -> EncodedTestSet:
    with np.load(file, allow_pickle=False) as arrays:
        label = arrays["label"].astype(np.int64)
        mu, std, reconstruction = (arrays[name].astype(np.float32) for name in CODE_COLUMNS)
        kl = arrays["kl"].astype(np.float32) if "kl" in arrays else None
    if not ((label >= 0) & (label < classes)).all():
        raise ValueError(f"expected labels 0 to {classes - 1}, got {label.min()} to {label.max()}")
    return EncodedTestSet(mu, std, label, reconstruction, kl)
