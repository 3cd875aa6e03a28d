"""Measures weights folders on the test set: `python -m training.evaluate weights/NAME ...`.

Writes beside the weights what the page and the README say of them: metrics.json, latents.npz, the
model card and, where they are asked for, priors fitted to the codes. Only this file reads the test
set, and no setting of a training follows from it.
"""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
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
    binarise,
    data_folder,
    load_dataset,
    to_unit,
    user_cache,
)
from training.evaluation import fit_priors as fitted_priors
from training.evaluation.importance_sampling import ImportanceSamplingConfig, bounds
from training.evaluation.map_quality import map_quality
from training.evaluation.metrics import (
    grey_codes,
    of_bounds,
    of_codes,
    of_corrupted,
    of_grey,
    of_plane,
    of_point_codes,
)
from training.evaluation.sample_quality import Judge, judge_of
from training.noise import uniform
from training.reports.render import estimate, model_card

INTERRUPTED = "interrupted; the same command continues from the draws that are finished"
DRAW = "one Bernoulli draw per pixel"


@dataclass(frozen=True)
class Effort:
    """How finely a model is measured.

    Attributes:
        samples: k of importance sampling.
        cells: a side, of the plane that is added up.
        seed: of the Bernoulli draw and of epsilons.
        codes: how many test images' codes are kept for the page; None keeps all.
        fit_priors: whether to fit priors to the codes too.
    """

    samples: int = 1000
    cells: int = quadrature.CELLS
    seed: int = 0
    codes: int | None = None
    fit_priors: bool = False


def evaluate(folder: Path, dataset: Dataset, effort: Effort, run_dir: Path) -> None:
    """Measures the weights in `folder` as they are stored, and writes what the page needs of them.

    Args:
        dataset: what they were trained on; its training images serve the fitted priors alone.
        run_dir: where unfinished work is kept.
    """
    vae = VAE.from_pretrained(folder).to(choose_device("auto"))
    weights = fingerprint((folder / "model.safetensors").read_bytes())
    test = dataset.test
    grey = to_unit(test.images).squeeze(1).numpy()
    codes = grey_codes(vae, grey)
    priors: dict[str, Mixture] = {}
    if effort.fit_priors:
        binary = read_records(folder)[0]["recipe"]["binarize"]
        priors = fitted_priors.fit(fitted_priors.codes(vae, dataset.train.images, binary))
        write_atomically(folder / MIXTURES, fitted_priors.to_file(priors))
    images = fingerprint(test.images.numpy().tobytes())  # a folder's may change
    kept = run_dir / f"{weights[:16]}-{images[:16]}-seed{effort.seed}"
    measured = {
        "weights_sha256": weights,
        "data": f"{dataset.info.name}, {len(test.images):,} test images",
        **_likelihoods(vae, test, codes, priors, effort, kept),
        "rmse_of_corrupted": of_corrupted(vae, grey, effort.seed),
        **of_codes(codes),
        **_map(vae, grey, codes, test.labels, effort.seed),
    }
    write_atomically(folder / "latents.npz", latents(codes, test.labels, effort.codes))
    _write_figures(folder, measured)


def _likelihoods(
    vae: VAE,
    test: ImageSet,
    codes: dict[str, Array],
    priors: dict[str, Mixture],
    effort: Effort,
    kept: Path,
) -> dict[str, Any]:
    """The sections "binarised" and "grey".

    Bernoulli pixels are black or white, so a likelihood is one of binarised images; a density is
    one of grey levels.
    """
    x = to_unit(test.images)
    grey = of_grey(vae, x.squeeze(1).numpy(), codes)
    if vae.config.likelihood == "gaussian":
        return {"grey": {**grey, **_sampled(vae, x, effort, kept)}}
    generator = torch.Generator().manual_seed(effort.seed)
    x = binarise(test.images, uniform(tuple(x.shape), generator))
    on_device = x.to(next(vae.parameters()).device)
    if vae.config.variance_head == "none":
        terms = of_point_codes(vae, on_device)
    else:
        terms = _sampled(vae, x, effort, kept)
    if vae.config.latent_dim == 2:
        densities = {name: prior.log_density for name, prior in priors.items()}
        reach = quadrature.max_abs_of(codes["mu"])
        terms |= of_plane(vae, on_device, densities, reach, effort.cells)
    return {"binarised": {"draw": DRAW, "seed": effort.seed, **terms}, "grey": grey}


def _sampled(vae: VAE, x: Tensor, effort: Effort, kept: Path) -> dict[str, Any]:
    """Return the estimates of importance sampling on images x; `kept` names the progress file."""
    cache = kept.with_name(f"bounds-{kept.name}.safetensors")
    config = ImportanceSamplingConfig(effort.samples, effort.seed, cache)
    return of_bounds(bounds(vae, x, config), effort.samples)


def _map(vae: VAE, x: Array, codes: dict[str, Array], labels: Tensor, seed: int) -> dict[str, Any]:
    """Return the section "map" of a model with two latent dimensions."""
    if vae.config.latent_dim != 2:
        return {}
    return {"map": map_quality(vae, x, codes, labels.numpy(), seed)}


def latents(codes: dict[str, Array], labels: Tensor, count: int | None = None) -> bytes:
    """latents.npz: codes of the first images as float16, terms as float32, labels as bytes."""
    kinds = {"mu": np.float16, "std": np.float16}
    columns = {name: column.astype(kinds.get(name, np.float32)) for name, column in codes.items()}
    columns["label"] = labels.numpy().astype(np.uint8)
    buffer = io.BytesIO()
    kept = {name: column[:count] for name, column in columns.items()}
    np.savez_compressed(buffer, allow_pickle=False, **kept)
    return buffer.getvalue()


def add_samples(folder: Path, judge: Judge) -> None:
    """Adds to the figures in `folder` what its samples are like.

    Raises:
        ValueError: when these figures are of other weights.
    """
    measured = json.loads((folder / "metrics.json").read_text())
    if measured["weights_sha256"] != fingerprint((folder / "model.safetensors").read_bytes()):
        raise ValueError(f"{folder}: metrics.json is of other weights, measure it as a whole")
    vae = VAE.from_pretrained(folder).to(choose_device("auto"))
    _write_figures(folder, {**measured, "samples": judge.measure(vae, read_mixtures(folder))})


def _write_figures(folder: Path, measured: dict[str, Any]) -> None:
    """metrics.json, and the card that is made from it."""
    write_atomically(folder / "metrics.json", (json.dumps(measured, indent=2) + "\n").encode())
    place = f"{STUDY}/" if folder.parent.name == STUDY else ""
    text = model_card(place + folder.name, read_records(folder), measured, read_info(folder))
    write_atomically(folder / "README.md", text.encode())


def load_its_data(folders: Sequence[Path], chosen: str | None) -> Dataset:
    """The data that all weights in `folders` were trained on, from the `chosen` folder.

    Raises:
        DataUnavailable: no folder was given, and it is not MNIST, which could be downloaded.
        ValueError: it is other data.
    """
    info = read_info(folders[0])
    if info != MNIST and chosen is None:
        raise DataUnavailable(
            f"{folders[0]} was trained on {info.name}: give its folder, --data DIR"
        )
    dataset = load_dataset(data_folder(chosen), info.prepare, info.classes)
    for folder in folders:
        own = read_info(folder)
        if dataset.info != own:
            raise ValueError(f"{folder} was trained on {own.name}, not on {dataset.info.name}")
    return dataset


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="weights folders, weights/NAME"
    )
    parser.add_argument("--data", metavar="DIR", help="the data they were trained on")
    parser.add_argument(
        "--samples", type=int, default=Effort.samples, help="k, importance samples an image"
    )
    parser.add_argument(
        "--cells", type=int, default=Effort.cells, help="a side, of the plane that is added up"
    )
    parser.add_argument(
        "--seed", type=int, default=Effort.seed, help="of the Bernoulli draw and the epsilons"
    )
    parser.add_argument(
        "--codes", type=int, metavar="N", help="codes kept for the page (default: all)"
    )
    parser.add_argument(
        "--fit-priors", action="store_true", help="fit priors to the codes, to sample from them"
    )
    parser.add_argument(
        "--keep-likelihood", action="store_true", help="measure the samples only; the rest stays"
    )
    parser.add_argument("--run-dir", type=Path, metavar="DIR", help="where unfinished work is kept")
    options = parser.parse_args(arguments)
    return finish(lambda: _measure_all(options), INTERRUPTED)


def _measure_all(options: argparse.Namespace) -> int:
    for name, least in (("samples", 1), ("cells", 2), ("seed", 0), ("codes", 1)):
        expect_between(f"--{name}", getattr(options, name), least)
    for folder in options.folders:
        _expect_weights(folder)
    effort = Effort(options.samples, options.cells, options.seed, options.codes, options.fit_priors)
    dataset = load_its_data(options.folders, options.data)
    judge = judge_of(dataset.train, dataset.test)
    for folder in options.folders:
        if not options.keep_likelihood:
            run_dir = options.run_dir or user_cache() / "runs" / folder.name
            evaluate(folder, dataset, effort, run_dir)
        if judge is not None:
            add_samples(folder, judge)
        print(_summary(folder))
    return 0


def _expect_weights(folder: Path) -> None:
    """Return if `folder` holds weights that training wrote.

    Raises:
        ValueError: it does not.
    """
    needed = ("config.json", "model.safetensors", "training.jsonl")
    missing = [name for name in needed if not (folder / name).is_file()]
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder of weights, got no folder of that name")
    if missing:
        lacks = ", no ".join(missing)
        raise ValueError(f"{folder}: expected weights that training.train wrote, got no {lacks}")


def _summary(folder: Path) -> str:
    """The likelihoods and the samples in a few lines."""
    measured = json.loads((folder / "metrics.json").read_text())
    terms = measured.get("binarised") or measured["grey"]
    labels = {
        "-ELBO": "negative_elbo",
        "reconstruction": "reconstruction",
        f"NLL, k = {terms.get('importance_samples')}": "nll",
        "NLL, plane": "nll_quadrature",
    }
    lines = [f"{label:16} {estimate(terms[key])}" for label, key in labels.items() if key in terms]
    if "samples" in measured:
        model, floor = measured["samples"]["model"], measured["samples"]["test_images"]
        lines += [
            f"Fréchet distance of the samples {model['frechet_distance']:.2f}, "
            f"of test images {floor['frechet_distance']:.2f}"
        ]
    return "\n  ".join([f"{folder}", *lines])


if __name__ == "__main__":
    sys.exit(main())
