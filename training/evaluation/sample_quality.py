"""Sample quality: how digit-like a model's samples are, for metrics.json.

Samples, and test images as the reference, are compared with the same training images by the same
code. `training.evaluation.classifier` provides the features, so only the data that it was trained
on can be measured.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.model import inference
from app.model.mixture import Mixture
from app.model.vae import VAE
from training.checkpoint import fingerprint
from training.data import ImageSet, to_unit
from training.evaluation.classifier import CLASSES, FOLDER, Classifier, read
from training.evaluation.sample_metrics import (
    DENSITY_NEIGHBOURS,
    MANIFOLD_NEIGHBOURS,
    class_entropy,
    frechet_distance,
    nearest_rmse,
    precision_recall_density_coverage,
)

COUNT = 10_000
SEED = 0
CONFIDENT = 0.9  # the probability above which an image reads as one digit
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
DIGITS = 4  # decimals that are kept


def draw(vae: VAE, count: int, seed: int, prior: Mixture | None = None) -> Tensor:
    """The decoder's means at z ~ N(0, I) or another prior: (count, 1, 28, 28) in [0, 1], unpicked.

    An encoder has no part in it, so a deterministic one is sampled no differently.
    """
    random = inference.generator(seed)
    if prior is None:
        z = torch.randn(count, vae.config.latent_dim, generator=random).numpy()
    else:
        z = prior.sample(count, random)
    starts = range(0, count, inference.MAX_IMAGES)
    parts = [inference.decode(vae, z[start : start + inference.MAX_IMAGES]) for start in starts]
    return torch.from_numpy(np.concatenate(parts)).unsqueeze(1)


def pick(images: Tensor, count: int, seed: int) -> Tensor:
    """`count` of the images (N, ...), drawn by seed without a repetition.

    Not every n-th, for the order of MNIST's file has a rhythm: by the shipped classifier's features
    10,000 images at even places have a Fréchet distance of 3.9 from as many at odd ones, and 10,000
    drawn one of 0.13 from as many others.
    """
    generator = torch.Generator().manual_seed(seed)
    return images[torch.randperm(len(images), generator=generator)[:count]]


class Judge:
    """A classifier, and the real images with which it compares a model's.

    Args:
        folder: the classifier's.
        train: nearness is measured to all of them, the distribution of features beside `count`, as
            these figures depend on the number.
        test: `count` of them are the floor.
    """

    def __init__(self, folder: Path, train: ImageSet, test: ImageSet, count: int = COUNT) -> None:
        self.classifier = Classifier.from_pretrained(folder)
        self.fingerprint = fingerprint((folder / "model.safetensors").read_bytes())
        self.train, self.test, self.count = to_unit(train.images), test, count
        self.features, _ = read(self.classifier, pick(self.train, count, SEED))

    def measure(self, vae: VAE, priors: Mapping[str, Mixture] | None = None) -> dict[str, Any]:
        """The section "samples" of metrics.json: z ~ N(0, I), and from fitted `priors`."""
        x = draw(vae, self.count, SEED)
        return {
            "count": self.count,
            "seed": SEED,
            "classifier_sha256": self.fingerprint,
            "manifold_neighbours": MANIFOLD_NEIGHBOURS,
            "density_neighbours": DENSITY_NEIGHBOURS,
            "confident_above": CONFIDENT,
            "nearest_among": len(self.train),
            "model": self.figures(x),
            **{
                name: self.likeness(draw(vae, self.count, SEED, prior))
                for name, prior in (priors or {}).items()
            },
            "test_images": self.floor,
        }

    @cached_property
    def floor(self) -> dict[str, Any]:
        """What as many test images get: the same beside every model."""
        return self.figures(to_unit(self.test.images[: self.count]))

    def figures(self, x: Tensor) -> dict[str, Any]:
        """What metrics.json says of images (count, 1, 28, 28) in [0, 1]."""
        return {**self.likeness(x), "nearest_rmse": self.nearness(x)}

    def likeness(self, x: Tensor) -> dict[str, float]:
        """How the images are distributed, beside training images, in the classifier's eyes.

        "confident" is the share that reads as one digit, "class_entropy" the entropy in nats of
        which digits are read.
        """
        features, probabilities = read(self.classifier, x)
        confidence, predicted = probabilities.max(dim=1)
        figures = {
            "frechet_distance": frechet_distance(self.features, features),
            **precision_recall_density_coverage(self.features, features),
            "confident": float((confidence > CONFIDENT).float().mean()),
            "class_entropy": class_entropy(predicted, CLASSES),
        }
        return {name: round(value, DIGITS) for name, value in figures.items()}

    def nearness(self, x: Tensor) -> dict[str, float]:
        """QUANTILES of how far each image is from the nearest training image, by RMSE."""
        quantiles = np.quantile(nearest_rmse(x, self.train).numpy(), QUANTILES)
        return {
            f"{share:g}": round(float(rmse), DIGITS)
            for share, rmse in zip(QUANTILES, quantiles, strict=True)
        }


def judge_of(
    train: ImageSet, test: ImageSet, count: int = COUNT, folder: Path = FOLDER
) -> Judge | None:
    """The judge of models of these training images; None where the classifier knows others."""
    file = folder / "metrics.json"
    if not file.exists():
        return None
    known: str = json.loads(file.read_text())["training_images_sha256"]
    if known != fingerprint(train.images.numpy().tobytes()):
        return None
    return Judge(folder, train, test, count)
