"""The panel "Reconstruct": the reconstruction of a corrupted image by each model."""

from typing import Any

from app.frontend.payloads import Payload, ServerFunction, pack_images
from app.frontend.requests import Image, Number, Whole, unit
from app.model import inference
from app.model.corruption import corrupt
from app.model.inference import Array
from app.registry.ablations import Ablations, Record
from app.registry.models import Model, ModelRegistry
from app.tabs.compare.figures import Figure, figures
from app.tabs.compare.models import CompareRequest, for_each_model

CORRUPTIONS = {"noise": "noise", "occlusion": "a gray patch"}


class CorruptRequest(CompareRequest):
    """An image, and its corruption (see app.model.corruption)."""

    pixels: Image
    kind: str
    amount: Number
    seed: Whole


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    measured = ablations.metrics["ae"]["rmse_of_corrupted"]
    return {
        "corruptions": CORRUPTIONS,
        "clean": figures(ablations, lambda metrics: metrics["grey"]["rmse"]["mean"], _rmse, min),
        "corrupted": {
            kind: {float(share): _corrupted(ablations, kind, share) for share in measured[kind]}
            for kind in CORRUPTIONS
        },
    }


def functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the panel's server functions."""

    def compare_reconstruct(request: CorruptRequest) -> Payload:
        """Return seen, the corrupted image; by model image, its reconstruction, and rmse.

        The image is decoded at z = mu of the corrupted image; rmse is from it to the clean image.
        """
        x = unit(request.pixels)[None]
        seen = corrupt(x, request.kind, request.amount, request.seed)
        restored = for_each_model(
            registry, request.latent_dim, lambda model: _restored(model, seen, x)
        )
        return {"seen": pack_images(seen)} | restored

    return [compare_reconstruct]


def _restored(model: Model, seen: Array, x: Array) -> Payload:
    x_hat = inference.decode(model.vae, inference.encode(model.vae, seen).mu)
    return {"image": pack_images(x_hat), "rmse": float(inference.rmse(x_hat, x)[0])}


def _corrupted(ablations: Ablations, kind: str, share: str) -> dict[str, Figure]:
    def get(metrics: Record) -> float:
        return float(metrics["rmse_of_corrupted"][kind][share])

    return figures(ablations, get, _rmse, min)


def _rmse(value: float) -> str:
    return f"{value:.3f}"
