"""The study: models of one recipe that differ in one thing each, and what was measured of them.

They lie in weights/study/NAME and are loaded through the catalogue as "study/NAME". Some have only
their figures: no tab decodes with them.
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
REPLAY = f"{FOLDER}/replay"  # moments of the training of VAE_NAME, made by training.snapshots
FAMILY = {
    "ae": "Autoencoder",
    "dae": "Denoising autoencoder",
    "cae": "Contractive autoencoder",
    "vae": "Variational autoencoder",
}
FAMILY_32D = {"ae-32d": FAMILY["ae"], "vae-32d": FAMILY["vae"]}
COMPARED = {2: FAMILY, 32: FAMILY_32D}  # what stands side by side, by the dimensions of the codes
LIKELIHOODS = {"bce": "Binary cross-entropy", "mse": "Squared error"}
HEADS = {"log": "exp(a)", "relu": "ReLU(a)", "abs": "|a|"}  # how sigma^2 comes out of the encoder
VAE_NAME = "vae"  # lambda = 1, the head "log", seed 0: a member of every comparison
PAIRED = "paired.json"  # differences between models, made by training.paired
NEEDED = (*FAMILY, *FAMILY_32D, *LIKELIHOODS)

Record = dict[str, Any]


@dataclass(frozen=True)
class Study:
    """What was measured of the models of the study.

    Attributes:
        metrics: metrics.json of each, by name.
        logs: training.jsonl of each, by name: how the run was set up, then one record an epoch.
        replay: moments of the training of "vae"; None where none were kept.
        paired: differences between models image by image (see training.paired); empty where they
            were not measured.
    """

    metrics: dict[str, Record]
    logs: dict[str, list[Record]]
    replay: Replay | None = None
    paired: Record = field(default_factory=dict)

    @cached_property
    def by_lambda(self) -> dict[float, str]:
        """The names of the sweep, by rising lambda."""
        swept = [name for name in self.metrics if name == VAE_NAME or name.startswith("lambda-")]
        weights = {self.recipe(name)["kl_weight"]: name for name in swept}
        return dict(sorted(weights.items()))

    @cached_property
    def by_head(self) -> dict[str, list[str]]:
        """The names of each variance head's runs, by rising seed."""
        return {
            head: sorted(
                (name for name in self.metrics if _is_run_of(head, name)),
                key=lambda name: int(self.recipe(name)["seed"]),
            )
            for head in HEADS
        }

    def recipe(self, name: str) -> Record:
        """What `name` was trained as."""
        recipe: Record = self.logs[name][0]["recipe"]
        return recipe


def read_records(folder: Path) -> list[Record]:
    """Return training.jsonl: how the run was set up, then one record an epoch."""
    return [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]


def _is_run_of(head: str, name: str) -> bool:
    return name.startswith(f"{head}-") or (head == "log" and name == VAE_NAME)


def read_study(weights: Path) -> Study | None:
    """The study in a weights folder; None where it is broken or one of its members is missing."""
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
    return Study(metrics, logs, replay, paired) if metrics.keys() >= set(NEEDED) else None
