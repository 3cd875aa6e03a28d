"""Ablation study: small models that differ from one baseline in one setting, and their metrics.

A model is in weights/study/NAME, and the model registry loads it as "study/NAME". Some folders
contain metrics but no weights, because no tab decodes with those models.
"""

import json
import logging
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from app.registry.snapshots import Replay, read_replay

logger = logging.getLogger(__name__)

FOLDER = "study"
REPLAY = f"{FOLDER}/replay"  # snapshots of the training of VAE_NAME, made by training.snapshots
FAMILY = {
    "ae": "Autoencoder",
    "dae": "Denoising autoencoder",
    "cae": "Contractive autoencoder",
    "vae": "Variational autoencoder",
}
FAMILY_32D = {"ae-32d": FAMILY["ae"], "vae-32d": FAMILY["vae"]}
COMPARED_MODELS = {2: FAMILY, 32: FAMILY_32D}  # latent dimensions -> name -> title
LIKELIHOODS = {"bce": "Binary cross-entropy", "mse": "Squared error"}
# variance head -> sigma^2 as a function of the encoder's output a
HEADS = {"log": "exp(a)", "softplus": "softplus(a)", "relu": "ReLU(a)", "abs": "|a|"}
VAE_NAME = "vae"  # lambda = 1, head "log", seed 0: the baseline of every comparison
DIMENSIONS = {dim: f"vae-{dim}d" for dim in (1, 2, 4, 8, 16, 32)} | {2: VAE_NAME}
PAIRED = "paired.json"  # differences between models, from training.evaluation.paired
REQUIRED = (*FAMILY, *FAMILY_32D, *LIKELIHOODS)

Record = dict[str, Any]


@dataclass(frozen=True)
class Ablations:
    """Metrics and training logs of the models of an ablation study.

    Attributes:
        metrics: metrics.json of each model, by name.
        logs: training.jsonl of each model, by name: the run's settings, then one record per epoch.
        replay: training snapshots of "vae"; None if none were stored.
        paired: per-image differences between models (see training.evaluation.paired); empty if
            they were not measured.
    """

    metrics: dict[str, Record]
    logs: dict[str, list[Record]]
    replay: Replay | None = None
    paired: Record = field(default_factory=dict)

    @cached_property
    def by_lambda(self) -> dict[float, str]:
        """Names of the models of the lambda sweep, in order of increasing lambda."""
        swept = [name for name in self.metrics if name == VAE_NAME or name.startswith("lambda-")]
        weights = {self.recipe(name)["kl_weight"]: name for name in swept}
        return dict(sorted(weights.items()))

    @cached_property
    def by_dimension(self) -> dict[int, str]:
        """Names of the models that differ in the number of latent dimensions, by this number."""
        return {dim: name for dim, name in DIMENSIONS.items() if name in self.metrics}

    @cached_property
    def by_head(self) -> dict[str, list[str]]:
        """Names of the runs of each variance head, in order of increasing seed."""
        return {
            head: sorted(
                (name for name in self.metrics if _is_run_of(head, name)),
                key=lambda name: int(self.recipe(name)["seed"]),
            )
            for head in HEADS
        }

    def recipe(self, name: str) -> Record:
        """Return the recipe that the model was trained with."""
        recipe: Record = self.logs[name][0]["recipe"]
        return recipe


def read_records(folder: Path) -> list[Record]:
    """Return the records of training.jsonl: the run's settings, then one record per epoch."""
    return [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]


def _is_run_of(head: str, name: str) -> bool:
    return name.startswith(f"{head}-") or (head == "log" and name == VAE_NAME)


def read_ablations(weights: Path) -> Ablations | None:
    """Return the study in a weights folder; None if corrupt or incomplete."""
    folders = [file.parent for file in sorted((weights / FOLDER).glob("*/metrics.json"))]
    try:
        metrics = {
            folder.name: json.loads((folder / "metrics.json").read_text()) for folder in folders
        }
        logs = {folder.name: read_records(folder) for folder in folders}
        replay = read_replay(weights / REPLAY)
        file = weights / FOLDER / PAIRED
        paired = json.loads(file.read_text()) if file.exists() else {}
    except (OSError, ValueError) as error:
        logger.warning("leaving out the study: %s", error)
        return None
    return Ablations(metrics, logs, replay, paired) if metrics.keys() >= set(REQUIRED) else None
