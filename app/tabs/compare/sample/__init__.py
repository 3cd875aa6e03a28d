"""The panel "Sample": samples of each model, from N(0, I) or from a prior fitted to its codes."""

from operator import itemgetter
from typing import Any

from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import Whole
from app.frontend.templates import percent
from app.model import inference
from app.model.inference import Array
from app.registry.ablations import Ablations
from app.registry.models import Model, ModelRegistry
from app.tabs.compare.figures import Best, Figure, Get, Text, figures
from app.tabs.compare.findings import classes
from app.tabs.compare.models import CompareRequest, for_each_model

STANDARD = "model"  # the name of N(0, I) in metrics.json
PRIORS = {STANDARD: "N(0, I)", "gaussian": "a fitted Gaussian", "mixture": "a fitted mixture"}
MAX_SAMPLES = 36
# Label -> how to read the value from the samples' metrics, how to format it, and which one is best.
MEASURES: dict[str, tuple[Get, Text, Best]] = {
    "Fréchet distance": (itemgetter("frechet_distance"), "{:.1f}".format, min),
    "precision": (itemgetter("precision"), percent, max),
    "confidently classified": (itemgetter("confident"), percent, max),
    "effective number of classes": (classes, "{:.1f}".format, max),
}


class CompareSamplesRequest(CompareRequest):
    """The number of samples and their seed; `prior` is a key of PRIORS."""

    prior: str
    count: Whole
    seed: Whole


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    real = ablations.metrics["vae"]["samples"]["test_images"]
    return {
        "priors": PRIORS,
        "standard": STANDARD,
        "measured": {prior: _measured(ablations, prior) for prior in PRIORS},
        "of_test_images": {label: text(get(real)) for label, (get, text, _) in MEASURES.items()},
    }


def functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def compare_sample(request: CompareSamplesRequest) -> Payload:
        """Return by model images, sampled with the same seed."""
        given = request.prior, request.count, request.seed
        return for_each_model(
            registry,
            request.latent_dim,
            lambda model: {"images": pack_images(sample_prior(model, *given))},
        )

    return [compare_sample]


def sample_prior(model: Model, prior: str, count: int, seed: int) -> Array:
    """Return images (count, 28, 28), decoded from codes of a prior (a key of PRIORS).

    Raises:
        ValueError: the prior is unknown or was not fitted, or the count or seed is out of range.
    """
    inference.check_range("count", count, 1, MAX_SAMPLES)
    if prior == STANDARD:
        return inference.sample(model.vae, count, 1.0, seed)[1]
    if prior not in PRIORS:
        raise ValueError(f"prior must be one of {', '.join(PRIORS)}, got {prior!r:.40}")
    if prior not in model.priors:
        raise ValueError(f"{model.name} has no fitted priors: evaluate it with --fit-priors")
    z = model.priors[prior].sample(count, inference.generator(seed))
    return inference.decode(model.vae, z)


def _measured(ablations: Ablations, prior: str) -> dict[str, dict[str, Figure]]:
    """Return the figures of the samples from a prior, by label."""
    return {
        label: figures(ablations, _of_samples(prior, get), text, best)
        for label, (get, text, best) in MEASURES.items()
    }


def _of_samples(prior: str, get: Get) -> Get:
    return lambda metrics: get(metrics["samples"][prior])
