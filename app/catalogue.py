"""Which models lie in the weights folder, loaded when first needed and described for the page.

Every whole folder weights/NAME is a model, so one that a user trains appears by itself. The folders
of the study and of the classifier are not choices; a broken one is skipped with one warning.
"""

import json
import logging
import os
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.inference import Array
from app.vae import VAE, VAEConfig

logger = logging.getLogger(__name__)

ACTIVE_VARIANCE = 0.01
NOT_A_CHOICE = ("study", "classifier")


@dataclass(frozen=True)
class Codes:
    """What the encoder makes of the test images (latents.npz).

    Attributes:
        mu, std: (N, Z).
        label: (N,), the digit.
        reconstruction, kl: (N,), the terms on grey levels in nats, as the page computes them.
    """

    mu: Array
    std: Array
    label: NDArray[np.int64]
    reconstruction: Array
    kl: Array

    @cached_property
    def sorted_negative_elbo(self) -> Array:
        """(N,), ascending."""
        return np.sort(self.reconstruction + self.kl)

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """(Z,), which dimensions carry information: Var(E[z|x]) > 0.01 over the test images.

        Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2016, section 5.2.
        """
        return np.asarray(self.mu.var(axis=0) > ACTIVE_VARIANCE)

    def share_above(self, negative_elbo: float) -> float:
        """The share of test images in [0, 1] whose -ELBO is higher than this one."""
        below = np.searchsorted(self.sorted_negative_elbo, negative_elbo, side="right")
        return 1.0 - float(below) / len(self.sorted_negative_elbo)


@dataclass(frozen=True)
class Model:
    """A loaded model and what is known of it; `metrics` and `codes` are None until measured."""

    name: str
    vae: VAE
    metrics: dict[str, Any] | None
    codes: Codes | None

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
    """The models in one folder, by name."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Looks the folder through; loads nothing yet.

        Raises:
            ValueError: when no model is there.
        """
        self.device = device
        self._folders = {path.name: path for path in sorted(folder.iterdir()) if _is_whole(path)}
        if not self._folders:
            raise ValueError(
                f"no model in {folder}: train one with `python -m training.train vae-2d`"
            )
        self._models: dict[str, Model] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        return list(self._folders)

    def __getitem__(self, name: object) -> Model:
        """The model of that name, loaded at the first call.

        Raises:
            ValueError: for an unknown name.
        """
        if not isinstance(name, str) or name not in self._folders:
            raise ValueError(f"unknown model {name!r:.80}: choose one of {', '.join(self.names)}")
        with self._lock:
            if name not in self._models:
                self._models[name] = _load(self._folders[name], self.device)
            return self._models[name]


def choose_device() -> torch.device:
    """DEVICE from the environment, else CUDA or MPS where present, else the CPU."""
    chosen = os.environ.get("DEVICE")
    if chosen:
        return torch.device(chosen)
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def _is_whole(folder: Path) -> bool:
    """Whether a folder holds a model; warns, once, of one that should and does not."""
    if not folder.is_dir() or folder.name in NOT_A_CHOICE or folder.name.startswith("."):
        return False
    if folder.suffix in (".partial", ".old"):  # left by an interrupted training
        return False
    try:
        VAEConfig.from_dict(json.loads((folder / "config.json").read_text()))
        _check_safetensors(folder / "model.safetensors")
    except (OSError, ValueError, TypeError) as error:
        logger.warning("skipping %s: %s", folder.name, error)
        return False
    return True


def _check_safetensors(file: Path) -> None:
    """Raises ValueError unless the file is as long as its header says."""
    with file.open("rb") as handle:
        header_size = int.from_bytes(handle.read(8), "little")
        if not 0 < header_size < 10_000_000:
            raise ValueError(f"{file.name} is not a safetensors file")
        header = json.loads(handle.read(header_size))
    ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
    expected = 8 + header_size + max(ends, default=0)
    if file.stat().st_size != expected:
        raise ValueError(f"{file.name} has {file.stat().st_size} bytes, its header says {expected}")


def _load(folder: Path, device: torch.device) -> Model:
    vae = VAE.from_pretrained(folder).to(device).eval()
    metrics_file, codes_file = folder / "metrics.json", folder / "latents.npz"
    metrics = json.loads(metrics_file.read_text()) if metrics_file.exists() else None
    codes = None
    if codes_file.exists():
        with np.load(codes_file, allow_pickle=False) as arrays:
            columns = {name: arrays[name].astype(np.float32) for name in arrays if name != "label"}
            codes = Codes(label=arrays["label"].astype(np.int64), **columns)
    return Model(folder.name, vae, metrics, codes)
