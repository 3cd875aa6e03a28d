"""What was measured of the objective's parts, in sentences for the panels of the tab Objective."""

import math
from itertools import pairwise
from statistics import fmean

from app.claims import Claim
from app.registry.ablations import HEADS, LIKELIHOODS, VAE_NAME, Record, Study
from app.registry.snapshots import Moment

TURN = 0.8  # a term that fell below this share of an earlier value has turned
NOTABLE = 2.0  # standard errors between two means that are called different
UNTRAINED = 1.0  # nats; an encoder that has learned nothing yet has less KL


# λ


def _term(study: Study, weight: float, term: str) -> float:
    return float(_estimate(study, weight, term)["mean"])


def _estimate(study: Study, weight: float, term: str) -> Record:
    estimate: Record = study.metrics[study.by_lambda[weight]]["binarised"][term]
    return estimate


def _ends(study: Study) -> tuple[float, float]:
    weights = list(study.by_lambda)
    return weights[0], weights[-1]


def _trade(study: Study) -> str:
    low, high = _ends(study)
    return (
        f"From λ = {low:g} to {high:g} the KL falls from {_term(study, low, 'kl'):.2f} to "
        f"{_term(study, high, 'kl'):.2f} nats and the reconstruction rises from "
        f"{_term(study, low, 'reconstruction'):.1f} to {_term(study, high, 'reconstruction'):.1f}, "
        "at every step of the way."
    )


def _trades(study: Study) -> bool:
    return all(
        _term(study, weaker, "kl") > _term(study, stronger, "kl")
        and _term(study, weaker, "reconstruction") < _term(study, stronger, "reconstruction")
        for weaker, stronger in pairwise(study.by_lambda)
    )


def _objective(study: Study, trained: float, weight: float) -> float:
    """Reconstruction + weight * KL of the model that was trained with λ = `trained`."""
    return _term(study, trained, "reconstruction") + weight * _term(study, trained, "kl")


def _unbeaten(study: Study, weight: float) -> bool:
    """Whether on its own objective no model is better by more than the standard error."""
    own = _objective(study, weight, weight)
    error = float(_estimate(study, weight, "reconstruction")["standard_error"])
    return min(_objective(study, other, weight) for other in study.by_lambda) >= own - error


def _own(study: Study) -> str:
    return (
        f"On the objective that it was trained for, reconstruction + λ·KL with its own λ, none of "
        f"the {len(study.by_lambda)} models is beaten by another by more than a standard error."
    )


def _negative_elbo(study: Study) -> str:
    own = _estimate(study, 1.0, "negative_elbo")
    others = ", ".join(
        f"λ = {weight:g} {_term(study, weight, 'negative_elbo'):.1f}"
        for weight in study.by_lambda
        if weight != 1
    )
    return (
        f"−ELBO is the objective of λ = 1, which reaches {own['mean']:.1f} ± "
        f"{own['standard_error']:.1f} nats; the others: {others}."
    )


def _distance(study: Study, name: str, of: str = "model") -> float:
    return float(study.metrics[name]["samples"][of]["frechet_distance"])


def _seeds(study: Study) -> tuple[float, float]:
    """The nearest and the farthest samples of one recipe that was trained with several seeds."""
    distances = [_distance(study, name) for name in study.by_head["log"]]
    return min(distances), max(distances)


def _spread(study: Study) -> float:
    """How far apart seeds alone bring the samples: less is no difference between recipes."""
    nearest, farthest = _seeds(study)
    return farthest - nearest


def _farthest_samples(study: Study) -> str:
    nearest, farthest = _seeds(study)
    worst = max(study.by_lambda, key=lambda weight: _distance(study, study.by_lambda[weight]))
    return (
        f"By Fréchet distance the samples of λ = {worst:g} are farthest from real digits: "
        f"{_distance(study, study.by_lambda[worst]):.1f}. λ = 1 has {nearest:.1f} to "
        f"{farthest:.1f} over its seeds, and no other λ is nearer by more than these differ. Test "
        f"images themselves have {_distance(study, VAE_NAME, 'test_images'):.1f}."
    )


def _is_unbeaten_in_samples(study: Study) -> bool:
    nearest, farthest = _seeds(study)
    distances = [_distance(study, name) for name in study.by_lambda.values()]
    noise = _spread(study)
    return min(distances) >= nearest - noise and max(distances) > farthest + noise


# Likelihood


def _rmse(study: Study, name: str) -> float:
    return float(study.metrics[name]["grey"]["rmse"]["mean"])


def _rmse_apart(study: Study) -> float:
    """How far apart the two are, in standard errors of both together."""
    errors = (study.metrics[name]["grey"]["rmse"]["standard_error"] for name in LIKELIHOODS)
    return abs(_rmse(study, "bce") - _rmse(study, "mse")) / math.hypot(*errors)


def _nearer(study: Study) -> str:
    best, other = sorted(LIKELIHOODS, key=lambda name: _rmse(study, name))
    if _rmse_apart(study) <= NOTABLE:
        return (
            f"In RMSE the two cannot be told apart: {_rmse(study, 'bce'):.4f} and "
            f"{_rmse(study, 'mse'):.4f} per pixel on the test digits."
        )
    return (
        f"{LIKELIHOODS[best]} reconstructs the test digits with an RMSE of "
        f"{_rmse(study, best):.4f} per pixel, {LIKELIHOODS[other].lower()} with "
        f"{_rmse(study, other):.4f}."
    )


def _sampled(study: Study) -> str:
    best, other = sorted(LIKELIHOODS, key=lambda name: _distance(study, name))
    ours, others, noise = _distance(study, best), _distance(study, other), _spread(study)
    if others - ours <= noise:
        return (
            f"By the samples' Fréchet distance, {_distance(study, 'bce'):.1f} and "
            f"{_distance(study, 'mse'):.1f}, the two cannot be told apart: seeds alone make a "
            f"difference of {noise:.1f}."
        )
    return (
        f"The samples of {LIKELIHOODS[best].lower()} have a Fréchet distance of {ours:.1f}, those "
        f"of {LIKELIHOODS[other].lower()} {others:.1f}; seeds alone make a difference of "
        f"{noise:.1f}."
    )


# Variance heads


def _tests(study: Study, head: str) -> list[Record]:
    return [study.metrics[name]["binarised"] for name in study.by_head[head]]


def _final(study: Study, head: str) -> list[float]:
    """The -ELBO of each run on the test set; infinity where it is."""
    means = (terms["negative_elbo"]["mean"] for terms in _tests(study, head))
    return [math.inf if mean is None else float(mean) for mean in means]


def _epochs(study: Study, head: str, column: str) -> list[list[float | None]]:
    """A column of each run's log."""
    return [[epoch[column] for epoch in study.logs[name][1:]] for name in study.by_head[head]]


def _lost(study: Study, head: str) -> list[int]:
    return [int(sum(filter(None, run))) for run in _epochs(study, head, "lost_steps")]


def _last(study: Study, head: str, column: str) -> list[float]:
    return [run[-1] or 0.0 for run in _epochs(study, head, column)]


def _zeros(study: Study, head: str) -> list[float]:
    """Of each run: in percent, how many of the variances of the test images are exactly 0."""
    return [100 * float(study.metrics[name]["zero_variance"]) for name in study.by_head[head]]


def _span(values: list[float], form: str) -> str:
    low, high = (format(end, form) for end in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _stuck(study: Study) -> str:
    return (
        f"With ReLU(a), {_span(_zeros(study, 'relu'), '.0f')} % of the σ² of the test digits end "
        "at exactly 0, in each of the runs. There the KL is infinite, and −ELBO with it."
    )


def _is_stuck(study: Study) -> bool:
    return min(_zeros(study, "relu")) > 0 and all(map(math.isinf, _final(study, "relu")))


def _reconstructions(study: Study, head: str) -> list[float]:
    return [float(terms["reconstruction"]["mean"]) for terms in _tests(study, head)]


def _autoencoder(study: Study) -> str:
    relu, log = (fmean(_reconstructions(study, head)) for head in ("relu", "log"))
    return (
        f"What ReLU(a) trains is an autoencoder: no noise is left in z, and its reconstruction "
        f"costs {relu:.1f} nats on the test digits, the mean of the seeds; with exp(a) {log:.1f}."
    )


def _is_autoencoder(study: Study) -> bool:
    relu, log = (fmean(_reconstructions(study, head)) for head in ("relu", "log"))
    return min(_zeros(study, "relu")) > 99 and relu < log


def _clip(study: Study) -> float:
    """The largest norm of a step's gradient in training."""
    return float(study.recipe(VAE_NAME)["gradient_clip"])


def _steep(study: Study) -> str:
    absolute, log = (_last(study, head, "gradient_norm") for head in ("abs", "log"))
    return (
        f"|a| trains, against gradients of a mean norm of {_span(absolute, ',.0f')} in the last "
        f"epoch, which are cut to {_clip(study):g}; with exp(a) it is {_span(log, '.0f')}."
    )


def _is_steep(study: Study) -> bool:
    absolute, log = (_last(study, head, "gradient_norm") for head in ("abs", "log"))
    return min(absolute) > _clip(study) > max(log)


def _behind(study: Study) -> str:
    return (
        f"No other head trains as well as log σ²: exp(a) ends at a −ELBO of "
        f"{_span(_final(study, 'log'), '.1f')} nats on the test digits, |a| at "
        f"{_span(_final(study, 'abs'), '.1f')}, ReLU(a) at infinity."
    )


def _is_behind(study: Study) -> bool:
    return (
        max(_final(study, "log")) < min(_final(study, "abs")) < math.inf
        and min(_final(study, "relu")) == math.inf
    )


def _losses(study: Study) -> str:
    counts = [
        f"{title} {_span([*map(float, _lost(study, head))], '.0f')}"
        for head, title in HEADS.items()
    ]
    return f"Steps lost to a gradient that was not finite, per run: {', '.join(counts)}."


# Replay


def _moments(study: Study) -> list[Moment]:
    return [] if study.replay is None else study.replay.moments


def _peak_and_dip(study: Study) -> tuple[Moment, Moment] | None:
    """Where the KL turns for the first time, and its lowest moment after; None if it only rises."""
    moments = _moments(study)
    for i, (peak, following) in enumerate(pairwise(moments)):
        if peak.kl > max(UNTRAINED, following.kl):
            dip = min(moments[i:], key=lambda moment: moment.kl)
            return (peak, dip) if dip.kl < TURN * peak.kl else None
    return None


def _turn(study: Study) -> str:
    turned = _peak_and_dip(study)
    assert turned is not None
    peak, dip = turned
    end = _moments(study)[-1]
    return (
        f"The KL does not simply rise: it reaches {peak.kl:.1f} nats at step {peak.step}, falls "
        f"back to {dip.kl:.1f} at step {dip.step}, and only then climbs to {end.kl:.1f}."
    )


def _after_an_epoch(study: Study) -> Moment | None:
    return next((moment for moment in _moments(study) if moment.epoch >= 1), None)


def _early(study: Study) -> str:
    first, later, last = _moments(study)[0], _after_an_epoch(study), _moments(study)[-1]
    assert later is not None
    share = _share(first, later, last)
    return (
        f"{100 * share:.0f} % of what the reconstruction gains in {last.epoch:.0f} epochs is there "
        f"after {later.epoch:.1f} epochs: it goes from {first.reconstruction:.0f} to "
        f"{later.reconstruction:.0f} nats, then to {last.reconstruction:.0f}."
    )


def _share(first: Moment, later: Moment, last: Moment) -> float:
    gained = first.reconstruction - later.reconstruction
    return gained / (first.reconstruction - last.reconstruction)


def _is_early(study: Study) -> bool:
    later = _after_an_epoch(study)
    return later is not None and _share(_moments(study)[0], later, _moments(study)[-1]) > 0.8


CLAIMS = [
    Claim("lambda", _trade, _trades),
    Claim("lambda", _own, lambda study: all(_unbeaten(study, w) for w in study.by_lambda)),
    Claim("lambda", _negative_elbo, lambda study: _unbeaten(study, 1.0)),
    Claim("lambda", _farthest_samples, _is_unbeaten_in_samples),
    Claim("likelihood", _nearer, lambda study: math.isfinite(_rmse_apart(study))),
    Claim("likelihood", _sampled, lambda study: math.isfinite(_spread(study))),
    Claim("heads", _stuck, _is_stuck),
    Claim("heads", _autoencoder, _is_autoencoder),
    Claim("heads", _steep, _is_steep),
    Claim("heads", _behind, _is_behind),
    Claim("heads", _losses, lambda study: sum(_lost(study, "abs")) > sum(_lost(study, "log")) == 0),
    Claim("replay", _turn, lambda study: _peak_and_dip(study) is not None),
    Claim("replay", _early, _is_early),
]
