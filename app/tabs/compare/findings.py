"""Values of findings.html that are computed from the metrics."""

import math
from typing import Any

from app.registry.ablations import FAMILY, Ablations, Record

NLL = {"model": "nll_quadrature", "mixture": "nll_quadrature_mixture"}  # prior -> key of the metric


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of findings.html by name."""
    noise = {name: rmse_of_noise(ablations, name) for name in FAMILY}
    return {
        "noise_share": noise_share(ablations),
        "rmse_of_noise": noise,
        "second": min(noise.keys() - {"dae"}, key=noise.__getitem__),
        "classes": {name: classes(ablations.metrics[name]["samples"]["model"]) for name in FAMILY},
        "nll": {
            name: {prior: nll(ablations.metrics[name], prior) for prior in NLL} for name in FAMILY
        },
    }


def noise_share(ablations: Ablations) -> float:
    """Return the share of noise in the training of the denoising autoencoder."""
    return float(ablations.recipe("dae")["corruption"])


def rmse_of_noise(ablations: Ablations, name: str) -> float:
    """Return the mean RMSE of reconstructions from images with as much noise as in training."""
    share = f"{noise_share(ablations):g}"
    return float(ablations.metrics[name]["rmse_of_corrupted"]["noise"][share])


def nll(metrics: Record, prior: str = "model") -> float:
    """Return the mean of -log p(x) over the test images, in nats; JSON has null for infinity."""
    mean = metrics["binarised"][NLL[prior]]["mean"]
    return math.inf if mean is None else float(mean)


def classes(samples: dict[str, Any]) -> float:
    """Return the effective number of predicted classes, the exponential of their entropy."""
    return math.exp(samples["class_entropy"])
