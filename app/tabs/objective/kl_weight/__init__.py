"""The panel λ: a slider that selects among models trained with different weights of the KL term."""

from typing import Any

from markupsafe import Markup

from app.components import latent_map
from app.model.vae import PIXELS
from app.registry.ablations import FOLDER, Ablations

LAYERS = {name: latent_map.LAYERS[name] for name in ("grid", "density")} | {
    "samples": "Samples of this panel"
}
EXAMPLES = (2, 4, 5, 8)  # example digits that are reconstructed


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of the template."""
    return {
        "weights": [f"{weight:g}" for weight in ablations.by_lambda],
        "mean_over_pixels": PIXELS if PIXELS in ablations.by_lambda else None,
        "map": Markup(latent_map.markup("objective-", LAYERS)),
        "examples": EXAMPLES,
    }


def sweep(ablations: Ablations) -> list[dict[str, Any]]:
    """Return each model of the sweep with its terms on the test images, by increasing λ."""
    return [
        {
            "weight": weight,
            "model": f"{FOLDER}/{name}",
            **{
                term: ablations.metrics[name]["binarised"][term]["mean"]
                for term in ("kl", "reconstruction")
            },
        }
        for weight, name in ablations.by_lambda.items()
    ]
