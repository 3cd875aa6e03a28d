"""Helpers of the tab Compare's server functions that compute something for each compared model."""

from collections.abc import Callable

from app.frontend.payloads import Payload
from app.frontend.requests import Request, Whole
from app.registry.ablations import COMPARED_MODELS, FOLDER
from app.registry.models import EncodedTestSet, Model, ModelRegistry


class CompareRequest(Request):
    """A request to all compared models with this latent dimension."""

    latent_dim: Whole


def for_each_model(
    registry: ModelRegistry, latent_dim: int, compute: Callable[[Model], Payload]
) -> Payload:
    """Return {"models": the result of `compute` for each model, by name}.

    Raises:
        ValueError: no compared model has this latent dimension.
    """
    if latent_dim not in COMPARED_MODELS:
        raise ValueError(f"latent_dim must be 2 or 32, got {latent_dim}")
    names = COMPARED_MODELS[latent_dim]
    return {"models": {name: compute(registry[f"{FOLDER}/{name}"]) for name in names}}


def encoded_test_set(model: Model) -> EncodedTestSet:
    """Return the encoded test set of a model.

    Raises:
        ValueError: the model has no encoded test set.
    """
    if model.codes is None:
        raise ValueError(
            f"{model.name} has no codes of test images: run training.evaluate on its folder"
        )
    return model.codes
