"""Sample quality: comparison of a model's samples with real images, for metrics.json.

Samples, and test images as the reference, are compared with the same training images. The features
are those of `training.evaluation.classifier`, so only models with the same training data as this
classifier can be measured.
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
from training.evaluation.classifier import CLASSES, FOLDER, Classifier, predict
from training.evaluation.sample_metrics import (
    DENSITY_NEIGHBORS,
    MANIFOLD_NEIGHBORS,
    class_entropy,
    frechet_distance,
    nearest_rmse,
    precision_recall_density_coverage,
)

COUNT = 10_000
SEED = 0
CONFIDENT = 0.9  # probability above which a prediction is confident
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
DECIMALS = 4


def draw_samples(vae: VAE, count: int, seed: int, prior: Mixture | None = None) -> Tensor:
    """Return the decoder's means at z ~ N(0, I) or another prior, (count, 1, 28, 28) in [0, 1]."""
    random = inference.generator(seed)
    if prior is None:
        z = torch.randn(count, vae.config.latent_dim, generator=random).numpy()
    else:
        z = prior.sample(count, random)
    starts = range(0, count, inference.MAX_IMAGES)
    parts = [inference.decode(vae, z[start : start + inference.MAX_IMAGES]) for start in starts]
    return torch.from_numpy(np.concatenate(parts)).unsqueeze(1)


def subsample(images: Tensor, count: int, seed: int) -> Tensor:
    """Return `count` images of (N, ...), drawn without replacement.

    Taking every n-th image would be biased, because MNIST's file is ordered periodically: by the
    shipped classifier's features 10,000 images with even indices have a Fréchet distance of 3.9
    from 10,000 with odd ones, but two random sets of 10,000 a distance of 0.13.
    """
    generator = torch.Generator().manual_seed(seed)
    return images[torch.randperm(len(images), generator=generator)[:count]]


class SampleEvaluator:
    """Compares samples with real images by the features of a classifier and by pixels.

    Args:
        folder: folder of the classifier.
        train: training images. Samples are compared with the features of `count` of them, because
            the metrics depend on the number, and with the pixels of all.
        test: test images; the first `count` give the reference scores.
        count: number of images in each set.
    """

    def __init__(self, folder: Path, train: ImageSet, test: ImageSet, count: int = COUNT) -> None:
        self.classifier = Classifier.from_pretrained(folder)
        self.fingerprint = fingerprint((folder / "model.safetensors").read_bytes())
        self.train, self.test, self.count = to_unit(train.images), test, count
        self.features, _ = predict(self.classifier, subsample(self.train, count, SEED))

    def measure(self, vae: VAE, priors: Mapping[str, Mixture] | None = None) -> dict[str, Any]:
        """Return the section "samples" of metrics.json.

        Args:
            vae: model to sample from.
            priors: fitted priors by name, to sample from in addition to N(0, I).
        """
        x = draw_samples(vae, self.count, SEED)
        return {
            "count": self.count,
            "seed": SEED,
            "classifier_sha256": self.fingerprint,
            "manifold_neighbours": MANIFOLD_NEIGHBORS,
            "density_neighbours": DENSITY_NEIGHBORS,
            "confident_above": CONFIDENT,
            "nearest_among": len(self.train),
            "model": self.scores(x),
            **{
                name: self.distribution_metrics(draw_samples(vae, self.count, SEED, prior))
                for name, prior in (priors or {}).items()
            },
            "test_images": self.reference_scores,
        }

    @cached_property
    def reference_scores(self) -> dict[str, Any]:
        """Return the scores of test images, which are the same for every model."""
        return self.scores(to_unit(self.test.images[: self.count]))

    def scores(self, x: Tensor) -> dict[str, Any]:
        """Return all metrics of images (count, 1, 28, 28) in [0, 1]."""
        return {**self.distribution_metrics(x), "nearest_rmse": self.nearest_neighbor_rmse(x)}

    def distribution_metrics(self, x: Tensor) -> dict[str, float]:
        """Return metrics of the distribution of images (count, 1, 28, 28) in [0, 1].

        Returns:
            The metrics of `training.evaluation.sample_metrics` between the images and training
            images; "confident", the fraction classified with a probability above CONFIDENT;
            "class_entropy", the entropy of the predicted classes in nats.
        """
        features, probabilities = predict(self.classifier, x)
        confidence, predicted = probabilities.max(dim=1)
        metrics = {
            "frechet_distance": frechet_distance(self.features, features),
            **precision_recall_density_coverage(self.features, features),
            "confident": float((confidence > CONFIDENT).float().mean()),
            "class_entropy": class_entropy(predicted, CLASSES),
        }
        return {name: round(value, DECIMALS) for name, value in metrics.items()}

    def nearest_neighbor_rmse(self, x: Tensor) -> dict[str, float]:
        """Return QUANTILES of the RMSE between each image and the nearest training image."""
        quantiles = np.quantile(nearest_rmse(x, self.train).numpy(), QUANTILES)
        return {
            f"{share:g}": round(float(rmse), DECIMALS)
            for share, rmse in zip(QUANTILES, quantiles, strict=True)
        }


def load_sample_evaluator(
    train: ImageSet, test: ImageSet, count: int = COUNT, folder: Path = FOLDER
) -> SampleEvaluator | None:
    """Return an evaluator; None if the classifier was not trained on these training images."""
    file = folder / "metrics.json"
    if not file.exists():
        return None
    expected: str = json.loads(file.read_text())["training_images_sha256"]
    if expected != fingerprint(train.images.numpy().tobytes()):
        return None
    return SampleEvaluator(folder, train, test, count)
