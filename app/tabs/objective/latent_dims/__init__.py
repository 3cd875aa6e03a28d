"""The panel "Dimensions": models that differ only in the number of latent dimensions."""

from typing import Any

from app.registry.ablations import FOLDER, Ablations

SAMPLES = 5  # of each model


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    return {
        "models": {
            dimensions: {"folder": f"{FOLDER}/{name}", **ablations.metrics[name]}
            for dimensions, name in ablations.by_dimension.items()
        },
        "samples": SAMPLES,
    }
