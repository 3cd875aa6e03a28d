"""Snapshots of one training run: the model's terms, codes and decoded latent plane at some steps.

`training.snapshots` writes them to weights/study/replay: moments.json, codes.npz, and for each
snapshot a PNG of the decoded plane.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Snapshot:
    """The model after `step` optimizer steps; the fields are the keys of moments.json.

    Attributes:
        step: number of finished optimizer steps, at least 1.
        epoch: `step` in epochs.
        reconstruction, kl: the terms on test images, in nats per image.
        plane: file name of the decoded latent plane: tiles at even quantiles of the prior, z_1 to
            the right, z_2 upward.
    """

    step: int
    epoch: float
    reconstruction: float
    kl: float
    plane: str


@dataclass(frozen=True)
class Replay:
    """The snapshots of a training run, in order of increasing step.

    Attributes:
        folder: the folder of the PNG files.
        snapshots: M of them.
        mu: (M, N, 2), the codes of the same N test images at each snapshot.
        label: (N,), their classes.
        version: a hash of the content, for URLs that may be cached without limit.
    """

    folder: Path
    snapshots: list[Snapshot]
    mu: NDArray[np.float16]
    label: NDArray[np.uint8]
    version: str

    def manifold_png(self, name: str) -> bytes:
        """Return the PNG of a decoded plane.

        Raises:
            ValueError: no snapshot has a plane of this file name.
        """
        if all(name != snapshot.plane for snapshot in self.snapshots):
            raise ValueError(f"expected the file name of a decoded plane, got {name!r:.80}")
        return (self.folder / name).read_bytes()


def read_replay(folder: Path) -> Replay | None:
    """Return the replay in a folder; None if it has no moments.json.

    Raises:
        ValueError: moments.json and codes.npz have different numbers of snapshots or images.
    """
    index, codes = folder / "moments.json", folder / "codes.npz"
    if not index.exists():
        return None
    snapshots = [Snapshot(**fields) for fields in json.loads(index.read_text())["moments"]]
    with np.load(codes, allow_pickle=False) as arrays:
        mu, label = arrays["mu"].astype(np.float16), arrays["label"].astype(np.uint8)
    if mu.shape != (len(snapshots), len(label), 2):
        raise ValueError(
            f"{codes}: expected mu ({len(snapshots)}, {len(label)}, 2), got {mu.shape}"
        )
    version = hashlib.sha256(index.read_bytes() + codes.read_bytes()).hexdigest()[:16]
    return Replay(folder, snapshots, mu, label, version)
