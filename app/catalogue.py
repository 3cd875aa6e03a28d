"""Which models lie in the weights folder, loaded when first needed and described for the page.

Every whole folder weights/NAME is a model, so one that a user trains appears by itself. Those of
weights/study are loaded too but are no choices, and the classifier is no VAE; a broken folder is
skipped with one warning.
"""

import json
import logging
import math
import os
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

from app import typicality
from app.dataset import DatasetInfo, read_info
from app.images import Typicality
from app.inference import Array
from app.mixture import FILE as MIXTURES
from app.mixture import Mixture, read_mixtures
from app.study import FOLDER as STUDY
from app.study import read_study
from app.typicality import read_typicality
from app.vae import VAE, VAEConfig

logger = logging.getLogger(__name__)

ACTIVE_VARIANCE = 0.01
CODE_COLUMNS = ("mu", "std", "reconstruction")
MAX_HEADER = 10_000_000  # bytes; that of a model of ours has a few thousand
NOT_A_CHOICE = (STUDY, "classifier")
TYPICAL = 10  # codes that stand for what a model knows
COMPARED = 500  # codes of a class, each with each, to find its densest place


@dataclass(frozen=True)
class Codes:
    """What the encoder makes of the test images (latents.npz).

    Attributes:
        mu, std: (N, Z).
        label: (N,), the index of the class.
        reconstruction, kl: (N,), the terms on grey levels in nats, as the page computes them; a
            deterministic encoder has no KL.
    """

    mu: Array
    std: Array
    label: NDArray[np.int64]
    reconstruction: Array
    kl: Array | None

    @cached_property
    def sorted_negative_elbo(self) -> Array | None:
        """(N,), ascending; None without a KL."""
        return None if self.kl is None else np.sort(self.reconstruction + self.kl)

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """(Z,), which dimensions carry information: Var(E[z|x]) > 0.01 over the test images.

        Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2016, section 5.2.
        """
        return np.asarray(self.mu.var(axis=0) > ACTIVE_VARIANCE)

    @cached_property
    def typical(self) -> list[int]:
        """At most ten test images, class by class: of the first ten classes the same number.

        The first of a class has its code where those of the class are densest (the mean of two
        clouds would lie in neither), the others are spread evenly over the distances from it.
        """
        labels = np.unique(self.label)[:TYPICAL]
        each = TYPICAL // len(labels)
        return [int(index) for label in labels for index in self._spread(label, each)]

    def _spread(self, label: int, count: int) -> NDArray[np.intp]:
        members = np.flatnonzero(self.label == label)
        members = members[:: math.ceil(len(members) / COMPARED)]
        codes = self.mu[members]
        apart = np.linalg.norm(codes[:, None] - codes, axis=2)
        densest = np.sort(apart, axis=1)[:, math.isqrt(len(members) - 1)].argmin()
        nearest: NDArray[np.intp] = members[apart[densest].argsort(kind="stable")]
        return nearest[:: math.ceil(len(members) / count)]

    def share_above(self, negative_elbo: float) -> float | None:
        """The share of test images in [0, 1] whose -ELBO is higher than this one; None without."""
        if self.sorted_negative_elbo is None:
            return None
        below = np.searchsorted(self.sorted_negative_elbo, negative_elbo, side="right")
        return 1.0 - float(below) / len(self.sorted_negative_elbo)


@dataclass(frozen=True)
class Model:
    """A loaded model and what is known of it; `metrics` and `codes` are None until measured.

    `priors` are the mixtures that were fitted to its training codes, by name.
    """

    name: str
    vae: VAE
    data: DatasetInfo
    metrics: dict[str, Any] | None
    codes: Codes | None
    priors: dict[str, Mixture]

    @cached_property
    def plane(self) -> Array:
        """The map's two orthonormal axes in latent space, (2, Z).

        The latent plane itself in two dimensions, else the leading principal directions of the
        test codes. The plane goes through the origin, so the prior stays N(0, I) on it.
        """
        latent_dim = self.vae.config.latent_dim
        if latent_dim <= 2 or self.codes is None:
            return np.eye(2, latent_dim, dtype=np.float32)
        centred = self.codes.mu - self.codes.mu.mean(axis=0)
        _, _, directions = np.linalg.svd(centred.T @ centred)
        return directions[:2].astype(np.float32)


class Catalogue:
    """The models in one folder, by name.

    Attributes:
        device: where they are loaded.
        data: what each model that a visitor may choose was trained on, by name.
        study: the study, None where it is not whole. Its models load as "study/NAME".
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Looks the folder through; loads nothing yet.

        Raises:
            ValueError: when no model is there.
        """
        self.device = device
        self.data = _whole(sorted(folder.glob("*")))
        self.study = read_study(folder)
        compared = sorted((folder / STUDY).glob("*/model.safetensors"))
        self._loadable = {
            **self.data,
            **{f"{STUDY}/{name}": of for name, of in _whole(f.parent for f in compared).items()},
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
        """The model of that name, loaded at the first call.

        Raises:
            ValueError: for an unknown name.
        """
        if not isinstance(name, str) or name not in self._loadable:
            raise ValueError(f"unknown model {name!r:.80}: choose one of {', '.join(self.names)}")
        with self._lock:
            if name not in self._models:
                loaded = _load(self._folder / name, self._loadable[name], self.device)
                self._models[name] = replace(loaded, name=name)
            return self._models[name]

    @cached_property
    def typicality(self) -> Typicality | None:
        """Return how unlike a digit an image is; None if no such measure is shipped."""
        measured: Typicality | None = _measured(
            self._folder / typicality.FILE,
            lambda file: read_typicality(file, lambda name: self[name].vae),
        )
        return measured


def choose_device() -> torch.device:
    """DEVICE from the environment, else CUDA or MPS where present, else the CPU."""
    chosen = os.environ.get("DEVICE")
    if chosen:
        return torch.device(chosen)
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def _whole(folders: Iterable[Path]) -> dict[str, DatasetInfo]:
    """What the model in each folder was trained on, by the folder's name; others are left out."""
    looked = {folder.name: _data_if_whole(folder) for folder in folders}
    return {name: data for name, data in looked.items() if data is not None}


def _data_if_whole(folder: Path) -> DatasetInfo | None:
    """What a folder's model was trained on; None if it holds none, and warns of a broken one."""
    if not folder.is_dir() or folder.name in NOT_A_CHOICE or folder.name.startswith("."):
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
    """Raises ValueError unless the file is whole and holds the tensors of such a model."""
    with file.open("rb") as handle:
        header_size = int.from_bytes(handle.read(8), "little")
        if not 0 < header_size < MAX_HEADER:
            raise ValueError(f"{file.name} is not a safetensors file")
        header = json.loads(handle.read(header_size))
    header.pop("__metadata__", None)
    expected = (
        8 + header_size + max((entry["data_offsets"][1] for entry in header.values()), default=0)
    )
    if file.stat().st_size != expected:
        raise ValueError(f"{file.name} has {file.stat().st_size} bytes, its header says {expected}")
    with torch.device("meta"):  # shapes without memory
        shapes = {name: list(tensor.shape) for name, tensor in VAE(config).state_dict().items()}
    if shapes != {name: entry["shape"] for name, entry in header.items()}:
        raise ValueError(f"{file.name} does not hold the network of its config.json")


def _load(folder: Path, data: DatasetInfo, device: torch.device) -> Model:
    vae = VAE.from_pretrained(folder).to(device).eval()
    metrics = _measured(folder / "metrics.json", lambda file: json.loads(file.read_text()))
    read_codes = partial(_read_codes, classes=len(data.classes))
    codes = _measured(folder / "latents.npz", read_codes)
    priors = _measured(folder / MIXTURES, lambda file: read_mixtures(file.parent)) or {}
    return Model(folder.name, vae, data, metrics, codes, priors)


def _measured(file: Path, read: Callable[[Path], Any]) -> Any:
    """What `read` makes of a file that a model can do without; None, with a warning, if broken."""
    if not file.exists():
        return None
    try:
        return read(file)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        logger.warning("%s: leaving out %s: %s", file.parent.name, file.name, error)
        return None


def _read_codes(file: Path, classes: int) -> Codes:
    with np.load(file, allow_pickle=False) as arrays:
        label = arrays["label"].astype(np.int64)
        mu, std, reconstruction = (arrays[name].astype(np.float32) for name in CODE_COLUMNS)
        kl = arrays["kl"].astype(np.float32) if "kl" in arrays else None
    if not ((label >= 0) & (label < classes)).all():
        raise ValueError(f"its labels are not those of {classes} classes")
    return Codes(mu, std, label, reconstruction, kl)
