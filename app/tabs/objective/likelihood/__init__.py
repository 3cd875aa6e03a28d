"""The panel "Likelihood": binary cross-entropy and squared error on gray levels."""

from typing import Any

from app.registry.ablations import LIKELIHOODS, Ablations


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    return {
        "titles": LIKELIHOODS,
        "noise_std": ablations.recipe("mse")["model"]["noise_std"],
    }
