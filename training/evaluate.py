"""Evaluation of weights folders on the test set: `python -m training.evaluate weights/NAME ...`.

Writes metrics.json, latents.npz, the model card and, on request, fitted priors to each folder. No
setting of the training is chosen by the test set.
"""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.model import quadrature
from app.model.device import choose_device
from app.model.inference import Array
from app.model.mixture import FILE as MIXTURES
from app.model.mixture import Mixture, read_mixtures
from app.model.vae import VAE
from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import read_records
from app.registry.dataset_info import MNIST, read_info
from training.checkpoint import fingerprint, write_atomically
from training.command import expect_between, finish
from training.data import (
    Dataset,
    DataUnavailable,
    ImageSet,
    binarize,
    data_folder,
    load_dataset,
    to_unit,
    user_cache,
)
from training.device import keep_freed_memory
from training.evaluation import fit_priors
from training.evaluation.importance_sampling import Bounds, ImportanceSamplingConfig, bounds
from training.evaluation.map_quality import map_quality
from training.evaluation.metrics import (
    bound_metrics,
    code_metrics,
    corruption_metrics,
    deterministic_metrics,
    encode_gray,
    evenly_spaced,
    gray_metrics,
    quadrature_metrics,
    tighter_nll,
)
from training.evaluation.sample_quality import SampleEvaluator, load_sample_evaluator
from training.noise import uniform
from training.reports.render import estimate, model_card

INTERRUPTED = "interrupted; the same command continues from the finished draws"
DRAW = "one Bernoulli draw per pixel"
AT_LEAST = {"samples": 1, "more_samples": 1, "more_images": 0, "cells": 2, "seed": 0, "codes": 1}


@dataclass(frozen=True)
class EvaluationConfig:
    """Settings of an evaluation.

    Attributes:
        samples: k, importance samples per image.
        more_samples: a larger k, for a tighter bound.
        more_images: number of evenly spaced test images that are evaluated with `more_samples`.
        cells: cells per side of the grid for quadrature in two latent dimensions.
        seed: seed of the Bernoulli draw and of the epsilons.
        codes: number of test images whose codes are stored for the page; None for all.
        fit_priors: whether to fit priors to the codes.
    """

    samples: int = 128
    more_samples: int = 5000
    more_images: int = 0
    cells: int = quadrature.CELLS
    seed: int = 0
    codes: int | None = None
    fit_priors: bool = False


def evaluate(folder: Path, dataset: Dataset, config: EvaluationConfig, run_dir: Path) -> None:
    """Evaluate the stored weights in `folder`, and write metrics, codes, card and fitted priors.

    Args:
        folder: weights folder.
        dataset: data of the training; its training images are used only to fit priors.
        config: settings of the evaluation.
        run_dir: folder for the draws of an unfinished evaluation.
    """
    vae = VAE.from_pretrained(folder).to(choose_device("auto"))
    weights = fingerprint((folder / "model.safetensors").read_bytes())
    test = dataset.test
    gray = to_unit(test.images).squeeze(1).numpy()
    codes = encode_gray(vae, gray)
    priors: dict[str, Mixture] = {}
    if config.fit_priors:
        binary = read_records(folder)[0]["recipe"]["binarize"]
        priors = fit_priors.fit(fit_priors.sample_codes(vae, dataset.train.images, binary))
        write_atomically(folder / MIXTURES, fit_priors.to_file(priors))
    # A part of the cache's name, because the images in a data folder can change.
    images = fingerprint(test.images.numpy().tobytes())
    cache = run_dir / f"{weights[:16]}-{images[:16]}-seed{config.seed}"
    measured = {
        "weights_sha256": weights,
        "data": f"{dataset.info.name}, {len(test.images):,} test images",
        **_likelihoods(vae, test, codes, priors, config, cache),
        "rmse_of_corrupted": corruption_metrics(vae, gray, config.seed),
        **code_metrics(codes),
        **_map(vae, gray, codes, test.labels, config.seed),
    }
    write_atomically(folder / "latents.npz", latents_npz(codes, test.labels, config.codes))
    _write_metrics(folder, measured)


def _likelihoods(
    vae: VAE,
    test: ImageSet,
    codes: dict[str, Array],
    priors: dict[str, Mixture],
    config: EvaluationConfig,
    cache: Path,
) -> dict[str, Any]:
    """Return the sections "binarised" and "grey" of metrics.json.

    A Bernoulli likelihood is evaluated on binarized images, a Gaussian density on gray levels.
    """
    x = to_unit(test.images)
    gray = gray_metrics(vae, x.squeeze(1).numpy(), codes)
    if vae.config.likelihood == "gaussian":
        return {"grey": {**gray, **_sampled(vae, x, config, cache)}}
    generator = torch.Generator().manual_seed(config.seed)
    x = binarize(test.images, uniform(tuple(x.shape), generator))
    on_device = x.to(next(vae.parameters()).device)
    if vae.config.variance_head == "none":
        terms = deterministic_metrics(vae, on_device)
    else:
        terms = _sampled(vae, x, config, cache)
    if vae.config.latent_dim == 2:
        densities = {name: prior.log_density for name, prior in priors.items()}
        max_abs = quadrature.max_abs_of(codes["mu"])
        terms |= quadrature_metrics(vae, on_device, densities, max_abs, config.cells)
    return {"binarised": {"draw": DRAW, "seed": config.seed, **terms}, "grey": gray}


def _sampled(vae: VAE, x: Tensor, config: EvaluationConfig, cache: Path) -> dict[str, Any]:
    """Return the estimates by importance sampling on images x (N, 1, 28, 28).

    Progress is stored in files next to `cache`, whose names contain its name.
    """

    def sample(images: Tensor, k: int) -> Bounds:
        file = cache.with_name(f"bounds-{cache.name}-k{k}-of{len(images)}.safetensors")
        return bounds(vae, images, ImportanceSamplingConfig(k, config.seed, file))

    every = sample(x, config.samples)
    metrics = bound_metrics(every, config.samples)
    if config.more_images:
        rows = evenly_spaced(len(x), config.more_images)
        tighter = sample(x[rows], config.more_samples)
        nll = tighter_nll(-every.log_p.numpy(), -tighter.log_p.numpy(), rows)
        metrics["nll_at"] = {f"{config.more_samples}": nll}
    return metrics


def _map(vae: VAE, x: Array, codes: dict[str, Array], labels: Tensor, seed: int) -> dict[str, Any]:
    """Return the section "map" of a model with two latent dimensions."""
    if vae.config.latent_dim != 2:
        return {}
    return {"map": map_quality(vae, x, codes, labels.numpy(), seed)}


def latents_npz(codes: dict[str, Array], labels: Tensor, count: int | None) -> bytes:
    """Return the content of latents.npz: codes as float16, terms as float32, labels as uint8.

    Args:
        codes: result of `encode_gray`.
        labels: (N,).
        count: number of images to keep, from the first; None for all.
    """
    dtypes = {"mu": np.float16, "std": np.float16}
    columns = {name: column.astype(dtypes.get(name, np.float32)) for name, column in codes.items()}
    columns["label"] = labels.numpy().astype(np.uint8)
    buffer = io.BytesIO()
    first = {name: column[:count] for name, column in columns.items()}
    np.savez_compressed(buffer, allow_pickle=False, **first)
    return buffer.getvalue()


def add_sample_quality(folder: Path, evaluator: SampleEvaluator) -> None:
    """Add the section "samples" to metrics.json in `folder`, and update the card.

    Raises:
        ValueError: metrics.json was measured on other weights.
    """
    measured = json.loads((folder / "metrics.json").read_text())
    if measured["weights_sha256"] != fingerprint((folder / "model.safetensors").read_bytes()):
        raise ValueError(
            f"{folder}: metrics.json is of other weights; run without --keep-likelihood"
        )
    vae = VAE.from_pretrained(folder).to(choose_device("auto"))
    samples = evaluator.measure(vae, read_mixtures(folder))
    _write_metrics(folder, {**measured, "samples": samples})


def _write_metrics(folder: Path, measured: dict[str, Any]) -> None:
    """Write metrics.json and the card that is rendered from it."""
    write_atomically(folder / "metrics.json", (json.dumps(measured, indent=2) + "\n").encode())
    prefix = f"{STUDY}/" if folder.parent.name == STUDY else ""
    text = model_card(prefix + folder.name, read_records(folder), measured, read_info(folder))
    write_atomically(folder / "README.md", text.encode())


def load_training_data(folders: Sequence[Path], data: str | None) -> Dataset:
    """Load the data that all weights in `folders` were trained on.

    Args:
        folders: weights folders.
        data: folder of the data; None for MNIST, which is downloaded.

    Raises:
        DataUnavailable: `data` is None, but the weights were not trained on MNIST.
        ValueError: the folder contains other data.
    """
    info = read_info(folders[0])
    if info != MNIST and data is None:
        raise DataUnavailable(
            f"{folders[0]} was trained on {info.name}: give its folder, --data DIR"
        )
    dataset = load_dataset(data_folder(data), info.prepare, info.classes)
    for folder in folders:
        own = read_info(folder)
        if dataset.info != own:
            raise ValueError(f"{folder} was trained on {own.name}, not on {dataset.info.name}")
    return dataset


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.set_defaults(**asdict(EvaluationConfig()))
    add = parser.add_argument
    add("folders", type=Path, nargs="+", metavar="FOLDER", help="weights folders, weights/NAME")
    add("--data", metavar="DIR", help="data of the training (default: MNIST)")
    add("--samples", type=int, metavar="K", help="importance samples per image")
    add("--more-samples", type=int, metavar="K", help="a larger number, for some of the images")
    add("--more-images", type=int, metavar="N", help="number of these images (default: 0)")
    add("--cells", type=int, metavar="N", help="cells per side of the grid for quadrature")
    add("--seed", type=int, metavar="S", help="of the Bernoulli draw and of epsilon")
    add("--codes", type=int, metavar="N", help="number of codes stored for the page (default: all)")
    add("--fit-priors", action="store_true", help="fit priors to the codes")
    add("--keep-likelihood", action="store_true", help="evaluate only the samples")
    add("--run-dir", type=Path, metavar="DIR", help="folder for an unfinished evaluation")
    options = parser.parse_args(arguments)
    return finish(lambda: _evaluate_all(options), INTERRUPTED)


def _evaluate_all(options: argparse.Namespace) -> int:
    for name, least in AT_LEAST.items():
        expect_between(f"--{name.replace('_', '-')}", getattr(options, name), least)
    for folder in options.folders:
        _expect_weights(folder)
    settings = {field.name: getattr(options, field.name) for field in fields(EvaluationConfig)}
    config = EvaluationConfig(**settings)
    keep_freed_memory()
    dataset = load_training_data(options.folders, options.data)
    evaluator = load_sample_evaluator(dataset.train, dataset.test)
    for folder in options.folders:
        if not options.keep_likelihood:
            run_dir = options.run_dir or user_cache() / "runs" / folder.name
            evaluate(folder, dataset, config, run_dir)
        if evaluator is not None:
            add_sample_quality(folder, evaluator)
        print(_summary(folder))
    return 0


def _expect_weights(folder: Path) -> None:
    """Raise ValueError unless `folder` contains weights that training wrote."""
    needed = ("config.json", "model.safetensors", "training.jsonl")
    missing = [name for name in needed if not (folder / name).is_file()]
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder of weights, got no folder of that name")
    if missing:
        names = ", no ".join(missing)
        raise ValueError(f"{folder}: expected weights that training.train wrote, got no {names}")


def _summary(folder: Path) -> str:
    """Return the likelihoods and the sample quality in a few lines."""
    measured = json.loads((folder / "metrics.json").read_text())
    terms = measured.get("binarised") or measured["grey"]
    labels = {
        "-ELBO": "negative_elbo",
        "reconstruction": "reconstruction",
        f"NLL, k = {terms.get('importance_samples')}": "nll",
        "NLL, quadrature": "nll_quadrature",
    }
    lines = [f"{label:16} {estimate(terms[key])}" for label, key in labels.items() if key in terms]
    if "samples" in measured:
        model, reference = measured["samples"]["model"], measured["samples"]["test_images"]
        lines += [
            f"Fréchet distance of the samples {model['frechet_distance']:.2f}, "
            f"of test images {reference['frechet_distance']:.2f}"
        ]
    return "\n  ".join([f"{folder}", *lines])


if __name__ == "__main__":
    sys.exit(main())
