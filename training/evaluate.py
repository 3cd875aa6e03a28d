"""Measures a weights folder on the test set: `python -m training.evaluate weights/NAME`.

Writes beside the weights what the page and the README say of them: metrics.json, latents.npz and
the model card. Only this file reads the test set, and no setting of a training follows from it.
"""

import argparse
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from app import inference
from app.catalogue import ACTIVE_VARIANCE
from app.dataset import MNIST, read_info
from app.inference import Array
from app.vae import VAE, kl_divergence
from training import quadrature
from training.card import card
from training.checkpoint import fingerprint, load_checkpoint, save_checkpoint, write_atomically
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
from training.device import choose_device
from training.noise import uniform
from training.samples import measure_samples

BLOCK = 20  # images whose noise is drawn together; the seed of a block is its place
CHUNK = 100  # importance samples of a block that are decoded at once
SAVE_EVERY = 50  # blocks


@dataclass(frozen=True)
class Bounds:
    """Estimates on N binarised images, nats per image, each (N,).

    Attributes:
        elbo: the mean of k log importance weights.
        kl: KL(q(z|x) || N(0, I)), in closed form.
        log_p: the log of the weights' mean, a bound of log p(x) that is tight for large k
            (Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2016, equation 8).
    """

    elbo: Tensor
    kl: Tensor
    log_p: Tensor


@torch.inference_mode()
def log_weights(vae: VAE, x: Tensor, samples: int, generator: torch.Generator) -> Tensor:
    """log p(x, z) - log q(z|x) at `samples` draws of z ~ q(z|x): (samples, B)."""
    mu, logvar = vae.encode(x)
    weights = []
    for start in range(0, samples, CHUNK):
        shape = (min(CHUNK, samples - start), *mu.shape)  # (S, B, Z)
        eps = torch.randn(shape, generator=generator).to(mu.device)
        z = mu + torch.exp(0.5 * logvar) * eps
        log_ratio = 0.5 * (eps.square() + logvar - z.square()).sum(dim=2)  # log p(z) - log q(z|x)
        x_logits = vae.decode(z.flatten(0, 1))
        log_likelihood = vae.log_likelihood(x_logits, x.repeat(shape[0], 1, 1, 1))
        weights.append(log_likelihood.view(shape[:2]) + log_ratio)
    return torch.cat(weights)


def bounds(vae: VAE, x: Tensor, samples: int, seed: int, cache: Path | None = None) -> Bounds:
    """ELBO and importance-sampled log p(x) of binary images x (N, 1, 28, 28).

    Args:
        samples: k, importance samples per image.
        seed: of the epsilons; every block of images has its own, so any block can be done alone.
        cache: where finished blocks are kept, so that an interrupted evaluation goes on.
    """
    device = next(vae.parameters()).device
    done, rows = _read_cache(cache, len(x))
    blocks = range(done, len(x), BLOCK)
    for number, start in enumerate(tqdm(blocks, desc=f"k = {samples}", unit="block", disable=None)):
        block = x[start : start + BLOCK].to(device)
        generator = torch.Generator().manual_seed(_block_seed(seed, start))
        weights = log_weights(vae, block, samples, generator).double()
        log_p = weights.logsumexp(dim=0) - np.log(samples)
        with torch.inference_mode():
            kl = kl_divergence(*vae.encode(block)).double()
        rows[start : start + BLOCK] = torch.stack([weights.mean(dim=0), kl, log_p], dim=1).cpu()
        if cache is not None and (number + 1) % SAVE_EVERY == 0:
            save_checkpoint(cache, {"rows": rows}, {"done": start + BLOCK})
    if cache is not None:
        save_checkpoint(cache, {"rows": rows}, {"done": len(x)})
    return Bounds(rows[:, 0], rows[:, 1], rows[:, 2])


def _read_cache(cache: Path | None, count: int) -> tuple[int, Tensor]:
    """How many images are done, and the rows (N, 3) of elbo, kl, log_p."""
    if cache is None or not cache.exists():
        return 0, torch.zeros(count, 3, dtype=torch.float64)
    tensors, state = load_checkpoint(cache.read_bytes())
    return state["done"], tensors["rows"]


def _block_seed(seed: int, start: int) -> int:
    return int(np.random.SeedSequence([seed, start]).generate_state(1)[0])


def grey_codes(vae: VAE, test: ImageSet) -> dict[str, Array]:
    """mu, std (N, Z) and the terms (N,) of grey images, by the function that the page calls."""
    columns: dict[str, list[Array]] = {"mu": [], "std": [], "reconstruction": [], "kl": []}
    for batch in torch.split(to_unit(test.images).squeeze(1), 200):
        images = batch.numpy()
        posterior = inference.encode(vae, images)
        columns["mu"].append(posterior.mu)
        columns["std"].append(posterior.std)
        columns["reconstruction"].append(inference.reconstruction_term(vae, images, posterior))
        if posterior.kl is not None:
            columns["kl"].append(posterior.kl.sum(axis=1))
    return {name: np.concatenate(parts) for name, parts in columns.items() if parts}


def metrics(
    name: str,
    binary: Bounds,
    plane: Tensor | None,
    grey: dict[str, Array],
    samples: int,
    seed: int,
) -> dict[str, Any]:
    """What metrics.json holds of the data `name`; terms in nats per image with standard errors.

    `plane`: log p(x) by quadrature, where there is a plane.
    """
    return {
        "data": f"{name}, {len(binary.elbo):,} test images",
        "binarised": {
            "draw": "one Bernoulli draw per pixel",
            "seed": seed,
            **_estimates(
                negative_elbo=-binary.elbo.numpy(),
                reconstruction=(-binary.elbo - binary.kl).numpy(),
                kl=binary.kl.numpy(),
                nll=-binary.log_p.numpy(),
            ),
            "importance_samples": samples,
            **({} if plane is None else _estimates(nll_quadrature=-plane.cpu().numpy())),
        },
        "grey": {
            "epsilons": inference.TERM_SAMPLES,
            **_estimates(
                negative_elbo=grey["reconstruction"] + grey["kl"],
                reconstruction=grey["reconstruction"],
                kl=grey["kl"],
            ),
        },
        "active_units": int((grey["mu"].var(axis=0) > ACTIVE_VARIANCE).sum()),
        "latent_dim": int(grey["mu"].shape[1]),
    }


def _estimates(**terms: Array) -> dict[str, dict[str, float]]:
    """Mean and standard error over the images of each term."""
    return {
        name: {
            "mean": round(float(values.mean()), 4),
            "standard_error": round(float(values.std() / np.sqrt(len(values))), 4),
        }
        for name, values in terms.items()
    }


def latents(grey: dict[str, Array], labels: Tensor) -> bytes:
    """latents.npz: codes as float16, terms as float32, labels as bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        label=labels.numpy().astype(np.uint8),
        mu=grey["mu"].astype(np.float16),
        std=grey["std"].astype(np.float16),
        reconstruction=grey["reconstruction"],
        kl=grey["kl"],
    )
    return buffer.getvalue()


def evaluate(folder: Path, test: ImageSet, samples: int, seed: int, run_dir: Path) -> None:
    """Measures the weights in `folder` as they are stored, and writes the three files."""
    device = choose_device("auto")
    vae = VAE.from_pretrained(folder).to(device)
    info = read_info(folder)
    weights = fingerprint((folder / "model.safetensors").read_bytes())
    images = fingerprint(test.images.numpy().tobytes())  # a folder's may change
    generator = torch.Generator().manual_seed(seed)
    x = binarise(test.images, uniform(tuple(test.images.shape), generator))
    kept = f"evaluation-{weights[:16]}-{images[:16]}-k{samples}-seed{seed}.safetensors"
    binary = bounds(vae, x, samples, seed, run_dir / kept)
    plane = quadrature.log_p(vae, x.to(device)) if vae.config.latent_dim == 2 else None
    grey = grey_codes(vae, test)
    figures = metrics(info.name, binary, plane, grey, samples, seed)
    measured = {"weights_sha256": weights, **figures}
    write_atomically(folder / "latents.npz", latents(grey, test.labels))
    _write_figures(folder, measured)


def add_samples(folder: Path, train: ImageSet, test: ImageSet) -> None:
    """Adds to the figures in `folder` what its samples are like, where there is a judge of that.

    Raises:
        ValueError: when these figures are of other weights.
    """
    measured = json.loads((folder / "metrics.json").read_text())
    if measured["weights_sha256"] != fingerprint((folder / "model.safetensors").read_bytes()):
        raise ValueError(f"{folder}: metrics.json is of other weights, measure it as a whole")
    vae = VAE.from_pretrained(folder)
    samples = measure_samples(vae.to(choose_device("auto")), train, test)
    if samples is not None:
        _write_figures(folder, {**measured, "samples": samples})


def _write_figures(folder: Path, measured: dict[str, Any]) -> None:
    """metrics.json, and the card that is made from it."""
    write_atomically(folder / "metrics.json", (json.dumps(measured, indent=2) + "\n").encode())
    records = (folder / "training.jsonl").read_text().splitlines()
    parsed = [json.loads(record) for record in records]
    text = card(folder.name, parsed, measured, read_info(folder))
    write_atomically(folder / "README.md", text.encode())


def load_its_data(folder: Path, chosen: str | None) -> Dataset:
    """The data that the weights in `folder` were trained on, from the `chosen` folder.

    Raises:
        DataUnavailable: no folder was given, and it is not MNIST, which could be downloaded.
        ValueError: it is other data.
    """
    info = read_info(folder)
    if info != MNIST and chosen is None:
        raise DataUnavailable(f"{folder} was trained on {info.name}: give its folder, --data DIR")
    dataset = load_dataset(data_folder(chosen), info.prepare, info.classes)
    if dataset.info != info:
        raise ValueError(f"{folder} was trained on {info.name}, not on {dataset.info.name}")
    return dataset


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="a weights folder, weights/NAME")
    parser.add_argument("--data", metavar="DIR", help="the data it was trained on")
    parser.add_argument("--samples", type=int, default=1000, help="k, importance samples an image")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the Bernoulli draw and the epsilons"
    )
    parser.add_argument(
        "--keep-likelihood", action="store_true", help="measure the samples only; the rest stays"
    )
    parser.add_argument("--run-dir", type=Path, metavar="DIR", help="where unfinished work is kept")
    options = parser.parse_args(arguments)
    run_dir = options.run_dir or user_cache() / "runs" / options.folder.name
    try:
        dataset = load_its_data(options.folder, options.data)
        if not options.keep_likelihood:
            evaluate(options.folder, dataset.test, options.samples, options.seed, run_dir)
        add_samples(options.folder, dataset.train, dataset.test)
    except (DataUnavailable, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(_summary(json.loads((options.folder / "metrics.json").read_text())))
    return 0


def _summary(measured: dict[str, Any]) -> str:
    binary = measured["binarised"]
    negative_elbo, nll = binary["negative_elbo"], binary["nll"]
    lines = [
        f"-ELBO {negative_elbo['mean']:.2f} ± {negative_elbo['standard_error']:.2f} nats",
        f"NLL   {nll['mean']:.2f} ± {nll['standard_error']:.2f} nats, "
        f"k = {binary['importance_samples']}",
    ]
    if "samples" in measured:
        model, floor = measured["samples"]["model"], measured["samples"]["test_images"]
        lines += [
            f"Fréchet distance of the samples {model['frechet_distance']:.2f}, "
            f"of test images {floor['frechet_distance']:.2f}"
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
