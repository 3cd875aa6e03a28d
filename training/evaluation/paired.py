"""Paired differences between the ablations: `python -m training.evaluation.paired`.

Writes weights/study/paired.json. Each difference is computed image by image, because most of the
variance is between images and cancels in a difference. The standard errors are over images: they do
not include the variance over seeds.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.model import inference
from app.model.corruption import corrupt
from app.model.inference import Array
from app.model.quadrature import log_p, max_abs_of
from app.model.vae import VAE
from app.registry.ablations import (
    FAMILY,
    FOLDER,
    LIKELIHOODS,
    PAIRED,
    VAE_NAME,
    Ablations,
    read_ablations,
)
from training.checkpoint import fingerprint, write_atomically
from training.command import finish
from training.data import binarize, data_folder, load_dataset, to_unit
from training.evaluation.metrics import (
    batches,
    encode_gray,
    estimates,
    evenly_spaced,
    reconstruction_rmse,
)
from training.noise import uniform

NOISE = 0.3  # share of noise in "rmse_of_noise", as in the training of the denoising autoencoder
QUADRATURE_IMAGES = 2000  # test images, evenly spaced over the set
CELLS = 250  # of quadrature per side, as in metrics.json
THRESHOLD = 0.5
DRAWS = 500  # samples per model
SEED = 0

Record = dict[str, Any]
Values = Callable[[str], Array]  # from a model's name to one value per image


def measure(folder: Path, study: Ablations, x: Array, binary: Array) -> Record:
    """Compare the models in `folder` image by image.

    Args:
        folder: folder of the ablations.
        study: their metrics and recipes.
        x: (N, 28, 28), gray test images.
        binary: (N, 28, 28), their Bernoulli draw.

    Returns:
        By metric and baseline, the mean over the images of every other model's value minus the
        baseline's; "samples" has the -log p(x) of each model's draws and of their thresholded
        means.
    """
    dimensions = tuple(study.by_dimension.values())[::-1]  # the baseline has the most
    names = dict.fromkeys([*FAMILY, *LIKELIHOODS, *study.by_lambda.values(), *dimensions])
    models = {name: VAE.from_pretrained(folder / name) for name in names}
    max_abs = {name: max_abs_of(encode_gray(models[name], x)["mu"]) for name in FAMILY}
    subset = binary[evenly_spaced(len(binary), QUADRATURE_IMAGES)]
    noisy = corrupt(x, "noise", NOISE, SEED)
    return {
        "seed": SEED,
        "weights_sha256": {
            name: fingerprint((folder / name / "model.safetensors").read_bytes()) for name in models
        },
        "objective": _objectives(study.by_lambda, models, binary),
        "negative_elbo": _differences(
            dimensions, lambda name: np.add(*_terms(models[name], binary))
        ),
        "rmse": {
            **_differences(("bce", "mse"), lambda name: reconstruction_rmse(models[name], x, x)),
            **_differences(("ae", "dae"), lambda name: reconstruction_rmse(models[name], x, x)),
        },
        "rmse_of_noise": _differences(
            ("dae", *(name for name in FAMILY if name != "dae")),
            lambda name: reconstruction_rmse(models[name], noisy, x),
        ),
        "nll_quadrature": _differences(
            (VAE_NAME, *(name for name in FAMILY if name != VAE_NAME)),
            lambda name: _nll(models[name], subset, max_abs[name]),
        ),
        "samples": {name: _samples(models[name], max_abs[name]) for name in FAMILY},
    }


def _differences(names: tuple[str, ...], values: Values) -> Record:
    """Estimate each further model's value minus that of the first model."""
    baseline, *others = names
    own = values(baseline)
    return {baseline: {other: _estimate(values(other) - own) for other in others}}


def _objectives(sweep: dict[float, str], models: dict[str, VAE], x: Array) -> Record:
    """Estimate, for each model's lambda, the other models' objective minus that model's."""
    terms = {name: _terms(models[name], x) for name in sweep.values()}
    return {
        own: {
            other: _estimate(
                (terms[other][0] + weight * terms[other][1])
                - (terms[own][0] + weight * terms[own][1])
            )
            for other in terms
            if other != own
        }
        for weight, own in sweep.items()
    }


def _terms(vae: VAE, x: Array) -> tuple[Array, Array]:
    """Return the reconstruction term and the KL term of each image in nats, (N,) each."""
    codes = encode_gray(vae, x)
    return codes["reconstruction"], codes["kl"]


def _nll(vae: VAE, x: Array, max_abs: float) -> Array:
    """Return -log p(x) of each image under N(0, I), (N,), in nats."""
    return -inference.to_array(
        log_p(vae, inference.to_images(vae, x), max_abs=max_abs, cells=CELLS)[0]
    )


def _samples(vae: VAE, max_abs: float) -> Record:
    z = np.random.default_rng(SEED).standard_normal((DRAWS, vae.config.latent_dim))
    means = np.concatenate([inference.decode(vae, part) for part in batches(z.astype(np.float32))])
    images = {
        "drawn": inference.draw_pixels(vae, means, SEED),
        "thresholded_mean": (means > THRESHOLD).astype(np.float32),
    }
    return {name: _estimate(_nll(vae, drawn, max_abs)) for name, drawn in images.items()}


def _estimate(values: Array) -> Record:
    return {**estimates(of=values)["of"], "images": len(values)}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.paired", description=__doc__
    )
    parser.add_argument("--data", metavar="DIR", help="MNIST's four files")
    options = parser.parse_args(arguments)
    return finish(lambda: _run(options), "interrupted; nothing was written")


def _run(options: argparse.Namespace) -> int:
    folder, study = Path("weights") / FOLDER, read_ablations(Path("weights"))
    if study is None:
        raise ValueError("weights/study: expected metrics of all ablations, got only some")
    images = load_dataset(data_folder(options.data)).test.images
    generator = torch.Generator().manual_seed(SEED)
    binary = binarize(images, uniform(tuple(images.shape), generator))
    gray = to_unit(images).squeeze(1).numpy()
    found = measure(folder, study, gray, binary.squeeze(1).numpy())
    write_atomically(folder / PAIRED, (json.dumps(found, indent=2) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
