"""Values of findings.html that are computed from metrics, logs and snapshots."""

import math
from itertools import pairwise
from statistics import fmean
from typing import Any

from app.registry.ablations import HEADS, VAE_NAME, Ablations, Record
from app.registry.snapshots import Snapshot

TURN = 0.8  # the KL has a peak and a dip if it falls below this share of the peak
NOTABLE = 2.0  # a difference of more than this many standard errors is reported
UNTRAINED = 1.0  # nats; a smaller KL is one of an encoder that has not learned anything yet


def values(ablations: Ablations) -> dict[str, Any]:
    """Return the values of findings.html by name; empty if no differences were measured."""
    if not ablations.paired:
        return {}
    sweep = [
        {"weight": f"{weight:g}", "name": name} for weight, name in ablations.by_lambda.items()
    ]
    snapshots = [] if ablations.replay is None else ablations.replay.snapshots
    return {
        "sweep": sweep,
        "comparisons": len(sweep) * (len(sweep) - 1),
        "better": [
            (f"{own:g}", f"{other:g}", estimate) for own, other, estimate in better_ones(ablations)
        ],
        "notable": f"{NOTABLE:g}",
        "dimensions": [ablations.metrics[name] for name in ablations.by_dimension.values()],
        "from_most_dimensions": from_most_dimensions(ablations),
        "farthest": max(sweep, key=lambda model: frechet(ablations, model["name"])),
        "seed_distances": seed_distances(ablations),
        "titles": HEADS,
        **{head: _head(ablations, head) for head in HEADS},
        "clip": f"{clip(ablations):g}",
        "turn": peak_and_dip(snapshots),
        "gain": early_gain(snapshots) if snapshots else None,
    }


# λ and the likelihood


def better_ones(ablations: Ablations) -> list[tuple[float, float, Record]]:
    """Return (λ, other λ, difference) where the model of the other λ is better on λ's objective.

    The difference of the objectives is more than NOTABLE standard errors below 0.
    """
    names = {name: weight for weight, name in ablations.by_lambda.items()}
    return [
        (names[own], names[other], difference)
        for own, others in ablations.paired["objective"].items()
        for other, difference in others.items()
        if difference["mean"] < -NOTABLE * difference["standard_error"]
    ]


def frechet(ablations: Ablations, name: str) -> float:
    """Return the Fréchet distance of samples from test images."""
    return float(ablations.metrics[name]["samples"]["model"]["frechet_distance"])


def seed_distances(ablations: Ablations) -> tuple[float, float]:
    """Return the smallest and the largest Fréchet distance of one recipe over its seeds."""
    distances = [frechet(ablations, name) for name in ablations.by_head["log"]]
    return min(distances), max(distances)


# Latent dimensions


def from_most_dimensions(ablations: Ablations) -> dict[int, Record]:
    """Return the paired difference of -ELBO from the model with the most dimensions, by number."""
    *fewer, most = ablations.by_dimension
    differences = ablations.paired["negative_elbo"][ablations.by_dimension[most]]
    return {dimensions: differences[ablations.by_dimension[dimensions]] for dimensions in fewer}


# Variance heads


def _head(ablations: Ablations, head: str) -> dict[str, Any]:
    return {
        "zeros": zeros(ablations, head),
        "reconstruction": reconstruction(ablations, head),
        "gradient_norms": gradient_norms(ablations, head),
        "final": final(ablations, head),
        "lost": lost(ablations, head),
    }


def final(ablations: Ablations, head: str) -> list[float]:
    """Return the -ELBO of each run on the test set; infinity where it is infinite."""
    means = [terms["negative_elbo"]["mean"] for terms in _terms(ablations, head)]
    return [math.inf if mean is None else float(mean) for mean in means]


def reconstruction(ablations: Ablations, head: str) -> float:
    """Return the mean reconstruction term over the seeds, in nats."""
    return fmean(float(terms["reconstruction"]["mean"]) for terms in _terms(ablations, head))


def _terms(ablations: Ablations, head: str) -> list[Record]:
    return [ablations.metrics[name]["binarised"] for name in ablations.by_head[head]]


def zeros(ablations: Ablations, head: str) -> list[float]:
    """Return the percentage of each run's test variances that are exactly 0."""
    runs = ablations.by_head[head]
    return [100 * float(ablations.metrics[name]["zero_variance"]) for name in runs]


def column(ablations: Ablations, head: str, name: str) -> list[list[float]]:
    """Return a column of each run's log, epoch by epoch; 0 where it has none."""
    logs = [ablations.logs[run][1:] for run in ablations.by_head[head]]
    return [[epoch[name] or 0.0 for epoch in log] for log in logs]


def lost(ablations: Ablations, head: str) -> list[float]:
    """Return how many steps of each run were skipped because a gradient was not finite."""
    return [sum(run) for run in column(ablations, head, "lost_steps")]


def gradient_norms(ablations: Ablations, head: str) -> list[float]:
    """Return the mean norm of each run's gradients in its last epoch."""
    return [run[-1] for run in column(ablations, head, "gradient_norm")]


def clip(ablations: Ablations) -> float:
    """Return the norm to which gradients are clipped in training."""
    return float(ablations.recipe(VAE_NAME)["gradient_clip"])


# Replay


def peak_and_dip(snapshots: list[Snapshot]) -> dict[str, Snapshot] | None:
    """Return the KL's first peak and the lowest snapshot after it; None without a notable fall."""
    for i, (peak, following) in enumerate(pairwise(snapshots)):
        if peak.kl > max(UNTRAINED, following.kl):
            dip = min(snapshots[i:], key=lambda snapshot: snapshot.kl)
            return {"peak": peak, "dip": dip} if dip.kl < TURN * peak.kl else None
    return None


def early_gain(snapshots: list[Snapshot]) -> dict[str, Any]:
    """Return the share of the reconstruction term's fall that is reached after the first epoch.

    first, early and last are the snapshots at the start, after an epoch and at the end.
    """
    first, last = snapshots[0], snapshots[-1]
    early = next((snapshot for snapshot in snapshots if snapshot.epoch >= 1), last)
    gained = first.reconstruction - early.reconstruction
    share = gained / (first.reconstruction - last.reconstruction)
    return {"share": share, "first": first, "early": early, "last": last}
