"""What metrics.json says of a model: terms in nats per image, errors of pixels, facts of its codes.

Pure functions of a model and of test images; `training.evaluate` brings both and writes the file.
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
CORRUPTED = {"noise": (0.1, 0.3, 0.5), "occlusion": (0.1, 0.2, 0.3)}  # shares, see app.corruption
DECIMALS = 4

Record = dict[str, Any]


def grey_codes(vae: VAE, x: Array) -> dict[str, Array]:
    """mu, std (N, Z) and the terms (N,) of grey images x (N, 28, 28), as the page computes them.

    A deterministic encoder has no "kl".
    """
    columns: dict[str, list[Array]] = {"mu": [], "std": [], "reconstruction": [], "kl": []}
    for images in _batches(x):
        posterior = inference.encode(vae, images)
        columns["mu"].append(posterior.mu)
        columns["std"].append(posterior.std)
        columns["reconstruction"].append(inference.reconstruction_term(vae, images, posterior))
        if posterior.kl is not None:
            columns["kl"].append(posterior.kl.sum(axis=1))
    return {name: np.concatenate(parts) for name, parts in columns.items() if parts}


def of_grey(vae: VAE, x: Array, codes: dict[str, Array]) -> Record:
    """The section "grey": terms, and the error of the reconstruction of each image from its mu."""
    terms = {"reconstruction": codes["reconstruction"]}
    if "kl" in codes:
        terms |= {"kl": codes["kl"], "negative_elbo": codes["reconstruction"] + codes["kl"]}
    return {
        "epsilons": len(inference.balanced_noise(codes["mu"].shape[1])) if "kl" in codes else 1,
        **estimates(**terms, rmse=reconstruction_rmse(vae, x, x)),
    }


def of_bounds(bounds: Bounds, samples: int) -> Record:
    """Return the estimates of importance sampling, with the NLL at smaller k as "nll_at"."""
    nll_at = {f"{k}": -log_p.numpy() for k, log_p in bounds.log_p_at.items()}
    return {
        **estimates(
            negative_elbo=-bounds.elbo.numpy(),
            reconstruction=bounds.reconstruction.numpy(),
            kl=bounds.kl.numpy(),
            nll=-bounds.log_p.numpy(),
        ),
        "importance_samples": samples,
        "nll_at": estimates(**nll_at),
    }


@torch.inference_mode()
def of_point_codes(vae: VAE, x: Tensor) -> Record:
    """What a deterministic encoder has in place of bounds: -log p(x|z = f(x)) of x (N, 1, 28, 28).

    With no density q(z|x) there is neither a KL nor an ELBO.
    """
    parts = []
    for images in torch.split(x, BATCH):
        codes, _ = vae.encode(images)
        parts.append(-vae.log_likelihood(vae.decode(codes), images))
    return estimates(reconstruction=torch.cat(parts).cpu().numpy())


def of_plane(
    vae: VAE, x: Tensor, priors: Mapping[str, LogDensity], reach: float, cells: int
) -> Record:
    """log p(x) by quadrature, under N(0, I) and under fitted priors by name."""
    densities = [log_prior, *priors.values()]
    names = ["nll_quadrature", *(f"nll_quadrature_{name}" for name in priors)]
    log_p = quadrature.log_p(vae, x, densities, reach, cells)
    terms = dict(zip(names, -log_p.cpu().numpy(), strict=True))
    return {**estimates(**terms), "plane_cells": cells}


def of_corrupted(vae: VAE, x: Array, seed: int) -> Record:
    """RMSE to the clean grey images of what the model makes of damaged ones."""
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


def of_codes(codes: dict[str, Array]) -> Record:
    """How the test codes are distributed."""
    mu, std = codes["mu"], codes["std"]
    facts: Record = {
        "codes": {"mean": _rounded(mu.mean(axis=0)), "std": _rounded(mu.std(axis=0))},
        "active_units": int((mu.var(axis=0) > ACTIVE_VARIANCE).sum()),
        "latent_dim": int(mu.shape[1]),
    }
    return facts | ({"zero_variance": _mean(std == 0)} if "kl" in codes else {})


def reconstruction_rmse(vae: VAE, seen: Array, x: Array) -> Array:
    """The root mean squared error over the pixels of each image, (N,), decoded from mu(seen)."""
    x_hat = [inference.decode(vae, inference.encode(vae, part).mu) for part in _batches(seen)]
    return inference.rmse(np.concatenate(x_hat), x)


def estimates(**terms: Array) -> dict[str, Record]:
    """Mean and standard error over the images of each term; null where it is infinite for some."""
    return {name: _estimate(values) for name, values in terms.items()}


def _estimate(values: Array) -> Record:
    infinite = int((~np.isfinite(values)).sum())
    if infinite:
        return {"mean": None, "standard_error": None, "infinite_images": infinite}
    error = float(values.std() / np.sqrt(len(values)))
    return {"mean": _mean(values), "standard_error": round(error, DECIMALS)}


def _mean(values: NDArray[Any]) -> float:
    return round(float(np.mean(values)), DECIMALS)


def _rounded(values: Array) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]


def _batches(x: Array) -> list[Array]:
    return [x[start : start + BATCH] for start in range(0, len(x), BATCH)]
