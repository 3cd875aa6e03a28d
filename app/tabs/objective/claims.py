"""What was measured of the objective's parts: a template for each sentence of the tab Objective.

The words are about the shipped weights; tests/test_claims.py checks each sentence against their
figures.
"""

import math
from itertools import pairwise
from statistics import fmean

from app.registry.ablations import HEADS, VAE_NAME, Record, Study
from app.registry.snapshots import Snapshot
from app.tabs.compare.claims import apart, frechet, rmse

TURN = 0.8  # a term that fell below this share of an earlier value has turned
NOTABLE = 2.0  # standard errors of a difference that is called one
UNTRAINED = 1.0  # nats; an encoder that has learned nothing yet has less KL


def sentences(study: Study) -> dict[str, list[str]]:
    """Return the sentences by the key of their panel; empty if no differences were measured."""
    if not study.paired:
        return {}
    return {
        "lambda": [*_sweep(study), _farthest_samples(study)],
        "likelihood": [_nearer(study), _sampled(study)],
        "heads": _heads(study),
        "replay": [] if study.replay is None else _replay(study.replay.snapshots),
    }


# λ


def term(study: Study, weight: float, name: str) -> float:
    """Return a term's mean over the test images for the model with this λ."""
    return float(study.metrics[study.by_lambda[weight]]["binarised"][name]["mean"])


def better_ones(study: Study) -> list[tuple[float, float, Record]]:
    """Return (λ, other, difference) where the other is notably better on the objective of λ."""
    names = {name: weight for weight, name in study.by_lambda.items()}
    return [
        (names[own], names[other], difference)
        for own, others in study.paired["objective"].items()
        for other, difference in others.items()
        if difference["mean"] < -NOTABLE * difference["standard_error"]
    ]


def _sweep(study: Study) -> list[str]:
    low, *_, high = study.by_lambda
    own = study.metrics[VAE_NAME]["binarised"]["negative_elbo"]
    others = ", ".join(
        f"λ = {weight:g} {apart(study.paired['objective'][VAE_NAME][name], 2)}"
        for weight, name in study.by_lambda.items()
        if name != VAE_NAME
    )
    found = better_ones(study)
    exceptions = ", ".join(
        f"λ = {other:g} on that of λ = {own:g} ({apart(difference, 2)})"
        for own, other, difference in found
    )
    count = len(study.by_lambda) * (len(study.by_lambda) - 1)
    return [
        f"From λ = {low:g} to {high:g} the KL falls from {term(study, low, 'kl'):.2f} to "
        f"{term(study, high, 'kl'):.2f} nats and the reconstruction rises from "
        f"{term(study, low, 'reconstruction'):.1f} to {term(study, high, 'reconstruction'):.1f}, "
        "at every step of λ.",
        f"−ELBO is the objective of λ = 1, which reaches {own['mean']:.1f} ± "
        f"{own['standard_error']:.1f} nats. On the same images the others differ by {others}.",
        f"In {len(found)} of {count} comparisons, each on the objective that one of the two was "
        f"trained for, the other one is better by more than {NOTABLE:g} standard errors"
        + (f": {exceptions}." if found else ".")
        + " One seed each: this holds for these weights.",
    ]


def seed_distances(study: Study) -> tuple[float, float]:
    """Return the least and the greatest Fréchet distance of one recipe over its seeds."""
    distances = [frechet(study, name) for name in study.by_head["log"]]
    return min(distances), max(distances)


def _farthest_samples(study: Study) -> str:
    nearest, farthest = seed_distances(study)
    worst = max(study.by_lambda, key=lambda weight: frechet(study, study.by_lambda[weight]))
    return (
        f"By Fréchet distance the samples of λ = {worst:g} are farthest from real digits: "
        f"{frechet(study, study.by_lambda[worst]):.1f}. λ = 1 has {nearest:.1f} to "
        f"{farthest:.1f} over its seeds, and no other λ is nearer by more than these differ. Test "
        f"images have {frechet(study, VAE_NAME, 'test_images'):.1f}."
    )


# Likelihood


def _nearer(study: Study) -> str:
    return (
        f"With these weights squared error has the slightly lower RMSE per pixel on the test "
        f"images: {rmse(study, 'mse'):.4f} against {rmse(study, 'bce'):.4f}. On the same images "
        f"the difference is {apart(study.paired['rmse']['bce']['mse'], 4)}."
    )


def _sampled(study: Study) -> str:
    nearest, farthest = seed_distances(study)
    return (
        f"The samples of these weights have a Fréchet distance of {frechet(study, 'mse'):.1f} "
        f"(squared error) and {frechet(study, 'bce'):.1f} (cross-entropy). This difference is not "
        f"larger than between seeds of λ = 1, {farthest - nearest:.1f}."
    )


# Variance heads


def final(study: Study, head: str) -> list[float]:
    """Return the -ELBO of each run on the test set; infinity where it is infinite."""
    runs = (study.metrics[name]["binarised"] for name in study.by_head[head])
    means = (terms["negative_elbo"]["mean"] for terms in runs)
    return [math.inf if mean is None else float(mean) for mean in means]


def column(study: Study, head: str, name: str) -> list[list[float]]:
    """Return a column of each run's log, epoch by epoch; 0 where it has none."""
    return [[epoch[name] or 0.0 for epoch in study.logs[run][1:]] for run in study.by_head[head]]


def lost(study: Study, head: str) -> list[float]:
    """Return how many steps each run lost to a gradient that was not finite."""
    return [sum(run) for run in column(study, head, "lost_steps")]


def gradient_norms(study: Study, head: str) -> list[float]:
    """Return the mean norm of each run's gradients in its last epoch."""
    return [run[-1] for run in column(study, head, "gradient_norm")]


def zeros(study: Study, head: str) -> list[float]:
    """Return the percentage of each run's test variances that are exactly 0."""
    return [100 * float(study.metrics[name]["zero_variance"]) for name in study.by_head[head]]


def reconstruction(study: Study, head: str) -> float:
    """Return the mean reconstruction term over the seeds, in nats."""
    runs = (study.metrics[name]["binarised"] for name in study.by_head[head])
    return fmean(float(terms["reconstruction"]["mean"]) for terms in runs)


def clip(study: Study) -> float:
    """Return the largest norm of a step's gradient in training."""
    return float(study.recipe(VAE_NAME)["gradient_clip"])


def _span(values: list[float], form: str) -> str:
    low, high = (format(end, form) for end in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _heads(study: Study) -> list[str]:
    counts = [f"{title} {_span(lost(study, head), '.0f')}" for head, title in HEADS.items()]
    return [
        f"With ReLU(a), {_span(zeros(study, 'relu'), '.0f')} % of the σ² of the test images end "
        "at exactly 0, in each of the runs. There the KL is infinite, and so is −ELBO.",
        "With ReLU(a) the model becomes a plain autoencoder: no noise is left in z. Its "
        f"reconstruction term is {reconstruction(study, 'relu'):.1f} nats on the test images, the "
        f"mean over the seeds; with exp(a) it is {reconstruction(study, 'log'):.1f}.",
        "|a| trains, although its gradients have a mean norm of "
        f"{_span(gradient_norms(study, 'abs'), ',.0f')} in the last epoch and are clipped to "
        f"{clip(study):g}; with exp(a) it is {_span(gradient_norms(study, 'log'), '.0f')}.",
        f"Of the heads tried, log σ² trains best: exp(a) ends at a −ELBO of "
        f"{_span(final(study, 'log'), '.1f')} nats on the test images, |a| at "
        f"{_span(final(study, 'abs'), '.1f')}, ReLU(a) at infinity.",
        f"Steps skipped because a gradient was not finite, per run: {', '.join(counts)}.",
    ]


# Replay


def peak_and_dip(snapshots: list[Snapshot]) -> tuple[Snapshot, Snapshot] | None:
    """Return where the KL first turns, and its lowest snapshot after; None if it only rises."""
    for i, (peak, following) in enumerate(pairwise(snapshots)):
        if peak.kl > max(UNTRAINED, following.kl):
            dip = min(snapshots[i:], key=lambda snapshot: snapshot.kl)
            return (peak, dip) if dip.kl < TURN * peak.kl else None
    return None


def _replay(snapshots: list[Snapshot]) -> list[str]:
    turned = peak_and_dip(snapshots)
    found = []
    if turned is not None:
        peak, dip = turned
        found.append(
            f"The KL does not simply rise: it reaches {peak.kl:.1f} nats at step {peak.step}, "
            f"falls to {dip.kl:.1f} at step {dip.step}, and then rises to "
            f"{snapshots[-1].kl:.1f}."
        )
    first, last = snapshots[0], snapshots[-1]
    later = next((snapshot for snapshot in snapshots if snapshot.epoch >= 1), last)
    gained = first.reconstruction - later.reconstruction
    share = gained / (first.reconstruction - last.reconstruction)
    found.append(
        f"{100 * share:.0f} % of what the reconstruction gains in {last.epoch:.0f} epochs is "
        f"gained after {later.epoch:.1f} epochs: it falls from {first.reconstruction:.0f} to "
        f"{later.reconstruction:.0f} nats, then to {last.reconstruction:.0f}."
    )
    return found
