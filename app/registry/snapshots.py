"""Moments of one training, kept for the page: what the model decoded and encoded at each.

`training.snapshots` writes them to weights/study/replay: moments.json, a PNG of the decoded plane
for each moment, and codes.npz.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moment:
    """After `step` updates of the weights.

    Attributes:
        step: from 1 on.
        epoch: the same in passes over the training set.
        reconstruction, kl: the terms on test images, nats per image.
        plane: the file name of the decoded plane: tiles at even quantiles of the prior, z_1 to the
            right, z_2 upward.
    """

    step: int
    epoch: float
    reconstruction: float
    kl: float
    plane: str


@dataclass(frozen=True)
class Replay:
    """The moments of a training, by rising step.

    Attributes:
        folder: where the planes lie.
        moments: M of them.
        mu: (M, N, 2), the codes of the same N test images at each.
        label: (N,), their classes.
        version: tells this replay from another.
    """

    folder: Path
    moments: list[Moment]
    mu: NDArray[np.float16]
    label: NDArray[np.uint8]
    version: str

    def plane(self, name: str) -> bytes:
        """The PNG of that name.

        Raises:
            ValueError: no moment has such a plane.
        """
        if all(name != moment.plane for moment in self.moments):
            raise ValueError(f"no plane is called {name!r:.80}")
        return (self.folder / name).read_bytes()


def read_replay(folder: Path) -> Replay | None:
    """The replay in a folder; None where there is none.

    Raises:
        ValueError: its files do not belong together.
    """
    index, codes = folder / "moments.json", folder / "codes.npz"
    if not index.exists():
        return None
    moments = [Moment(**moment) for moment in json.loads(index.read_text())["moments"]]
    with np.load(codes, allow_pickle=False) as arrays:
        mu, label = arrays["mu"].astype(np.float16), arrays["label"].astype(np.uint8)
    if mu.shape != (len(moments), len(label), 2):
        raise ValueError(f"{codes}: mu is {mu.shape} for {len(moments)} moments of {len(label)}")
    version = hashlib.sha256(index.read_bytes() + codes.read_bytes()).hexdigest()[:16]
    return Replay(folder, moments, mu, label, version)
