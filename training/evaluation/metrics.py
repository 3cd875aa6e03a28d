"""Metrics of a model on test images: terms in nats per image, pixel errors, statistics of codes.

Pure functions of a model and images, each of which returns a part of metrics.json.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.model import inference, quadrature
from app.model.corruption import corrupt
from app.model.inference import Array
from app.model.quadrature import LogDensity
from app.model.vae import VAE, log_prior
from app.registry.models import ACTIVE_VARIANCE
from training.evaluation.importance_sampling import Bounds

BATCH = 200
CORRUPTED = {
    "noise": (0.1, 0.3, 0.5),
    "occlusion": (0.1, 0.2, 0.3),
}  # fractions, see app.model.corruption
DECIMALS = 4

Record = dict[str, Any]


def encode_gray(vae: VAE, x: Array) -> dict[str, Array]:
    """Return the codes and terms of gray images, computed by the same functions as on the page.

    Args:
        vae: model.
        x: (N, 28, 28) in [0, 1].

    Returns:
        "mu" and "std", (N, Z), and "reconstruction" and "kl", (N,), in nats. A deterministic
        encoder has no "kl".
    """
    columns: dict[str, list[Array]] = {"mu": [], "std": [], "reconstruction": [], "kl": []}
    for images in batches(x):
        posterior = inference.encode(vae, images)
        columns["mu"].append(posterior.mu)
        columns["std"].append(posterior.std)
        columns["reconstruction"].append(inference.reconstruction_term(vae, images, posterior))
        if posterior.kl is not None:
            columns["kl"].append(posterior.kl.sum(axis=1))
    return {name: np.concatenate(parts) for name, parts in columns.items() if parts}


def gray_metrics(vae: VAE, x: Array, codes: dict[str, Array]) -> Record:
    """Return the section "grey": the terms, and the RMSE of the reconstruction from mu.

    Args:
        vae: model.
        x: (N, 28, 28) in [0, 1].
        codes: result of `encode_gray`.
    """
    terms = {"reconstruction": codes["reconstruction"]}
    if "kl" in codes:
        terms |= {"kl": codes["kl"], "negative_elbo": codes["reconstruction"] + codes["kl"]}
    return {
        "epsilons": len(inference.balanced_noise(codes["mu"].shape[1])) if "kl" in codes else 1,
        **estimates(**terms, rmse=reconstruction_rmse(vae, x, x)),
    }


def bound_metrics(bounds: Bounds, samples: int) -> Record:
    """Return the estimates of importance sampling with k = `samples`."""
    return {
        **estimates(
            negative_elbo=-bounds.elbo.numpy(),
            reconstruction=bounds.reconstruction.numpy(),
            kl=bounds.kl.numpy(),
            nll=-bounds.log_p.numpy(),
        ),
        "importance_samples": samples,
    }


def tighter_nll(nll: NDArray[Any], tighter: NDArray[Any], rows: NDArray[Any]) -> Record:
    """Estimate the mean NLL of all images at a larger k that was evaluated on some of them only.

    The mean over all images is corrected by the mean difference on these images (a control
    variate). The difference varies far less between images than the NLL, so that a tenth suffices.

    Args:
        nll: (N,), NLL of all images at the smaller k, in nats.
        tighter: (M,), NLL at the larger k.
        rows: (M,), indices of its images.
    """
    if not np.isfinite(nll).all():
        return _estimate(nll)
    gain = tighter - nll[rows]
    error = np.hypot(nll.std() / np.sqrt(len(nll)), gain.std() / np.sqrt(len(gain)))
    return {
        "mean": round(float(nll.mean() + gain.mean()), DECIMALS),
        "standard_error": round(float(error), DECIMALS),
        "images": len(rows),
    }


def evenly_spaced(count: int, chosen: int) -> NDArray[Any]:
    """Return the indices of up to `chosen` evenly spaced images of `count`."""
    return np.linspace(0, count - 1, min(chosen, count)).astype(int)


@torch.inference_mode()
def deterministic_metrics(vae: VAE, x: Tensor) -> Record:
    """Return the estimate of -log p(x|z = f(x)) for images x (N, 1, 28, 28).

    A deterministic encoder has no density q(z|x), so KL and ELBO are not defined.
    """
    parts = []
    for images in torch.split(x, BATCH):
        codes, _ = vae.encode(images)
        parts.append(-vae.log_likelihood(vae.decode(codes), images))
    return estimates(reconstruction=torch.cat(parts).cpu().numpy())


def quadrature_metrics(
    vae: VAE, x: Tensor, priors: Mapping[str, LogDensity], max_abs: float, cells: int
) -> Record:
    """Return the estimates of -log p(x) by quadrature, under N(0, I) and under fitted priors.

    Args:
        vae: model with two latent dimensions.
        x: (N, 1, 28, 28).
        priors: log densities of fitted priors by name.
        max_abs: the grid covers [-max_abs, max_abs]^2.
        cells: cells of the grid per side.
    """
    densities = [log_prior, *priors.values()]
    names = ["nll_quadrature", *(f"nll_quadrature_{name}" for name in priors)]
    log_p = quadrature.log_p(vae, x, densities, max_abs, cells)
    terms = dict(zip(names, -log_p.cpu().numpy(), strict=True))
    return {**estimates(**terms), "plane_cells": cells}


def corruption_metrics(vae: VAE, x: Array, seed: int) -> Record:
    """Return the RMSE between clean images x (N, 28, 28) and reconstructions of corrupted ones."""
    return {
        "seed": seed,
        **{
            kind: {
                f"{amount:g}": _mean(reconstruction_rmse(vae, corrupt(x, kind, amount, seed), x))
                for amount in amounts
            }
            for kind, amounts in CORRUPTED.items()
        },
    }


def code_metrics(codes: dict[str, Array]) -> Record:
    """Return statistics of the codes that `encode_gray` returned."""
    mu, std = codes["mu"], codes["std"]
    statistics: Record = {
        "codes": {"mean": _rounded(mu.mean(axis=0)), "std": _rounded(mu.std(axis=0))},
        "active_units": int((mu.var(axis=0) > ACTIVE_VARIANCE).sum()),
        "latent_dim": int(mu.shape[1]),
    }
    return statistics | ({"zero_variance": _mean(std == 0)} if "kl" in codes else {})


def reconstruction_rmse(vae: VAE, encoder_input: Array, x: Array) -> Array:
    """Return the RMSE over the pixels between x and the reconstruction of `encoder_input`, (N,)."""
    codes = (inference.encode(vae, part).mu for part in batches(encoder_input))
    x_hat = [inference.decode(vae, mu) for mu in codes]
    return inference.rmse(np.concatenate(x_hat), x)


def estimates(**terms: Array) -> dict[str, Record]:
    """Return mean and standard error over the images of each term; None if a value is infinite."""
    return {name: _estimate(values) for name, values in terms.items()}


def _estimate(values: NDArray[Any]) -> Record:
    infinite = int((~np.isfinite(values)).sum())
    if infinite:
        return {"mean": None, "standard_error": None, "infinite_images": infinite}
    error = float(values.std() / np.sqrt(len(values)))
    return {"mean": _mean(values), "standard_error": round(error, DECIMALS)}


def _mean(values: NDArray[Any]) -> float:
    return round(float(np.mean(values)), DECIMALS)


def _rounded(values: Array) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]


def batches(x: Array) -> list[Array]:
    """Return images or codes (N, ...) in batches of at most BATCH."""
    return [x[start : start + BATCH] for start in range(0, len(x), BATCH)]
