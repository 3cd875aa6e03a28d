"""What the tab Objective claims is true of the shipped study, and withdrawn from any other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.claims import Claim
from app.registry.ablations import Study, read_study
from app.registry.snapshots import Moment, Replay
from app.tabs.objective import claims as claims_objective
from app.tabs.objective.claims import CLAIMS

WEIGHTS = Path(__file__).parent.parent / "weights"
Change = Callable[[Study], None]


@pytest.fixture(scope="module")
def shipped() -> Study:
    study = read_study(WEIGHTS)
    assert study is not None
    return study


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.text.__name__)
def test_every_claim_holds_on_the_shipped_study(shipped: Study, claim: Claim) -> None:
    assert claim.holds(shipped), claim.text(shipped)


# An invented study, of which all claims are true, and what makes each of them false

KL = {0.1: 9.0, 0.5: 7.5, 1.0: 6.5, 2.0: 5.5, 4.0: 4.75, 8.0: 4.25}
RECONSTRUCTION = {0.1: 130.0, 0.5: 130.3, 1.0: 131.0, 2.0: 132.5, 4.0: 134.5, 8.0: 137.5}


def estimate(mean: float | None) -> dict[str, Any]:
    return {"mean": mean, "standard_error": None if mean is None else 0.0004}


def measured(kl: float, reconstruction: float, distance: float = 20.0) -> dict[str, Any]:
    return {
        "binarised": {
            "kl": estimate(kl),
            "reconstruction": estimate(reconstruction),
            "negative_elbo": estimate(kl + reconstruction),
        },
        "grey": {"rmse": estimate(0.18)},
        "samples": {
            "model": {"frechet_distance": distance},
            "test_images": {"frechet_distance": 0.1},
        },
        "zero_variance": 0.0,
    }


def log(kl_weight: float, seed: int, **last: float) -> list[dict[str, Any]]:
    epoch = {"gradient_norm": 35.0, "lost_steps": 0.0, **last}
    recipe = {"kl_weight": kl_weight, "seed": seed, "gradient_clip": 100.0}
    return [{"recipe": recipe}, epoch, epoch]


def invented() -> Study:
    names = {weight: "vae" if weight == 1 else f"lambda-{weight:g}" for weight in KL}
    metrics = {
        name: measured(KL[weight], RECONSTRUCTION[weight], 21 + weight)
        for weight, name in names.items()
    }
    logs = {name: log(weight, 0) for weight, name in names.items()}
    metrics |= {"bce": measured(6.5, 131, 22), "mse": measured(7, -190, 25)}
    for seed in (0, 1, 2):
        if seed:
            metrics[f"log-{seed}"] = measured(6.5, 131.2, 21 + seed / 2)
            logs[f"log-{seed}"] = log(1, seed)
        metrics[f"abs-{seed}"] = measured(6.4, 136)
        logs[f"abs-{seed}"] = log(1, seed, gradient_norm=1400.0, lost_steps=1.0)
        stuck = measured(0, 130)
        stuck["binarised"] |= {"kl": estimate(None), "negative_elbo": estimate(None)}
        metrics[f"relu-{seed}"] = stuck | {"zero_variance": 1.0}
        logs[f"relu-{seed}"] = log(1, seed)
    return Study(metrics, logs, replay([0.2, 3.1, 1.5, 4.0, 6.5]))


def replay(kl: list[float]) -> Replay:
    falling = [550.0, 300.0, 205.0, 150.0, 132.0]
    moments = [
        Moment(10**i, 10**i / 234, falling[i], value, f"{i}.png") for i, value in enumerate(kl)
    ]
    mu = np.zeros((len(kl), 1, 2), np.float16)
    return Replay(Path(), moments, mu, np.zeros(1, np.uint8), "0")


def put(value: Any, *path: str) -> Change:
    """Puts a value where a path of keys leads within the metrics."""

    def change(study: Study) -> None:
        place: Any = study.metrics
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def epoch(name: str, **values: float) -> Change:
    def change(study: Study) -> None:
        study.logs[name][-1] = {**study.logs[name][-1], **values}

    return change


def film(kl: list[float]) -> Change:
    def change(study: Study) -> None:
        object.__setattr__(study, "replay", replay(kl))

    return change


REFUTED: dict[str, Change] = {
    "_trade": put(7.6, "vae", "binarised", "kl", "mean"),
    "_own": put(129.0, "lambda-8", "binarised", "reconstruction", "mean"),
    "_negative_elbo": put(129.9, "lambda-0.5", "binarised", "reconstruction", "mean"),
    "_farthest_samples": put(19.0, "lambda-2", "samples", "model", "frechet_distance"),
    "_nearer": put(float("nan"), "mse", "grey", "rmse", "mean"),
    "_sampled": put(float("nan"), "vae", "samples", "model", "frechet_distance"),
    "_stuck": put(0.0, "relu-1", "zero_variance"),
    "_autoencoder": put(140.0, "relu-2", "binarised", "reconstruction", "mean"),
    "_steep": epoch("abs-1", gradient_norm=90.0),
    "_behind": put(137.0, "abs-2", "binarised", "negative_elbo", "mean"),
    "_losses": epoch("log-1", lost_steps=1.0),
    "_turn": film([0.2, 3.1, 3.0, 4.0, 6.5]),
    "_early": film([0.2, 3.1]),
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.text.__name__)
def test_a_claim_is_withdrawn_where_the_figures_say_otherwise(claim: Claim) -> None:
    study = invented()
    assert claim.holds(study), "the invented study is to bear every claim out"
    REFUTED[claim.text.__name__](study)
    assert not claim.holds(study)


def test_what_a_claim_says_comes_from_the_figures() -> None:
    study = invented()
    said = {claim.text.__name__: claim.text(study) for claim in CLAIMS}
    assert "from 9.00 to 4.25 nats" in said["_trade"]
    assert "reaches 137.5 ± 0.0 nats; the others: λ = 0.1 139.0, " in said["_negative_elbo"]
    assert "of λ = 8 are farthest from real digits: 29.0." in said["_farthest_samples"]
    assert "21.5 to 22.0 over its seeds" in said["_farthest_samples"]
    assert "cut to 100;" in said["_steep"]
    assert "100 %" in said["_stuck"]
    assert "3.1 nats at step 10, falls back to 1.5 at step 100" in said["_turn"]


def test_a_difference_within_the_errors_is_not_called_one() -> None:
    study = invented()
    own = next(claim for claim in CLAIMS if claim.text is claims_objective._own)
    put(131.35, "vae", "binarised", "reconstruction", "mean")(study)
    assert not own.holds(study)
    put(0.2, "vae", "binarised", "reconstruction", "standard_error")(study)
    assert own.holds(study)
    assert "cannot be told apart" in claims_objective._nearer(study)
    study.metrics["mse"]["grey"]["rmse"]["mean"] = 0.17
    assert claims_objective._nearer(study).startswith("Squared error reconstructs")


def test_samples_are_compared_by_what_seeds_alone_do() -> None:
    study = invented()
    farthest = next(claim for claim in CLAIMS if claim.text is claims_objective._farthest_samples)
    assert farthest.holds(study)
    put(20.9, "lambda-2", "samples", "model", "frechet_distance")(study)
    assert not farthest.holds(study)
    assert "of squared error 25.0" in claims_objective._sampled(study)
    put(22.4, "mse", "samples", "model", "frechet_distance")(study)
    assert "cannot be told apart" in claims_objective._sampled(study)
