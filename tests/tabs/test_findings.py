"""Every sentence that states a result is borne out by the shipped figures."""

import html
import json
import math
import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from app.registry.ablations import FAMILY, Ablations, Record, read_ablations
from app.tabs.compare import compare as compare_tab
from app.tabs.compare import findings as compare
from app.tabs.objective import findings as objective
from app.tabs.objective import objective as objective_tab
from tests.paths import WEIGHTS
from training.checkpoint import fingerprint

NOTABLE = objective.NOTABLE  # standard errors of a difference that a sentence calls one
Check = Callable[[Ablations], bool]


@pytest.fixture(scope="module")
def ablations() -> Ablations:
    """Return the shipped figures."""
    ablations = read_ablations(WEIGHTS)
    assert ablations is not None, "the study is not whole"
    assert ablations.paired, "run python -m training.evaluation.paired"
    return ablations


def notable(difference: Record) -> bool:
    return bool(abs(difference["mean"]) > NOTABLE * difference["standard_error"])


def frechet(ablations: Ablations, name: str, prior: str = "model") -> float:
    return float(ablations.metrics[name]["samples"][prior]["frechet_distance"])


def stds(ablations: Ablations, name: str) -> list[float]:
    return [float(std) for std in ablations.metrics[name]["codes"]["std"]]


def classes(ablations: Ablations, name: str) -> float:
    return compare.classes(ablations.metrics[name]["samples"]["model"])


def term(ablations: Ablations, weight: float, name: str) -> float:
    return float(ablations.metrics[ablations.by_lambda[weight]]["binarised"][name]["mean"])


# By a piece of the sentence, what the figures must satisfy for its words to be true


def denoising_is_best(ablations: Ablations) -> bool:
    differences = ablations.paired["rmse_of_noise"]["dae"].values()
    return all(difference["mean"] > 0 and notable(difference) for difference in differences)


def plain_is_better_on_clean_images(ablations: Ablations) -> bool:
    difference = ablations.paired["rmse"]["ae"]["dae"]
    return difference["mean"] > 0 and notable(difference)


def mixture_helps(name: str) -> Check:
    return lambda ablations: frechet(ablations, name, "mixture") < frechet(ablations, name)


def covers_a_part(ablations: Ablations) -> bool:
    fewer = classes(ablations, "ae") < 0.8 * classes(ablations, "vae")
    return fewer and min(stds(ablations, "ae")) > 1.5


def fewer_are_confident(ablations: Ablations) -> bool:
    of = {name: ablations.metrics[name]["samples"]["model"] for name in ("ae-32d", "vae-32d")}
    threshold = ablations.metrics["vae"]["samples"]["confident_above"]
    return bool(of["ae-32d"]["confident"] < of["vae-32d"]["confident"] and threshold == 0.9)


def near_the_prior(ablations: Ablations) -> bool:
    wide = [*stds(ablations, "ae"), *stds(ablations, "dae")]
    return all(0.8 < std < 1.25 for std in stds(ablations, "vae")) and min(wide) > 2


def contractive_codes_shrank(ablations: Ablations) -> bool:
    shrunk = stds(ablations, "cae")
    return min(shrunk) > 0.4 and max(shrunk) < 1.25 and max(shrunk) < min(stds(ablations, "ae"))


def ordered_in_two_groups(ablations: Ablations) -> bool:
    fit = max(compare.nll(ablations, "vae"), compare.nll(ablations, "cae"))
    rest = min(compare.nll(ablations, "ae"), compare.nll(ablations, "dae"))
    return fit < rest < math.inf


def only_the_wide_codes_are_apart(ablations: Ablations) -> bool:
    from_vae = ablations.paired["nll_quadrature"]["vae"]
    lose = all(from_vae[name]["mean"] > 0 and notable(from_vae[name]) for name in ("ae", "dae"))
    return lose and abs(from_vae["cae"]["mean"]) < 1


def means_are_likelier(ablations: Ablations) -> bool:
    of = ablations.paired["samples"]["vae"]
    return bool(of["thresholded_mean"]["mean"] + 10 < of["drawn"]["mean"])


def own_samples_separate(ablations: Ablations) -> bool:
    """Each model's samples against the test images: how many nats less likely, in errors."""
    of = ablations.paired["samples"]
    lost = {name: of[name]["drawn"]["mean"] - compare.nll(ablations, name) for name in FAMILY}
    error = {name: of[name]["drawn"]["standard_error"] for name in FAMILY}
    too_likely = lost["cae"] < -NOTABLE * error["cae"]
    too_unlikely = all(lost[name] > NOTABLE * error[name] for name in ("ae", "dae"))
    nearest = min(FAMILY, key=lambda name: abs(lost[name]))
    return too_likely and too_unlikely and nearest == "vae"


def mixture_helps_the_plain_one(ablations: Ablations) -> bool:
    fitted = compare.nll(ablations, "ae", "mixture")
    return fitted + 2 < compare.nll(ablations, "ae") < math.inf


def samples_are_not_copies(ablations: Ablations) -> bool:
    of = ablations.metrics["vae"]["samples"]
    return bool(
        of["model"]["nearest_rmse"]["0.01"] > 0.5 * of["test_images"]["nearest_rmse"]["0.01"]
    )


def kl_falls_at_every_step(ablations: Ablations) -> bool:
    return all(
        term(ablations, weaker, "kl") > term(ablations, stronger, "kl")
        and term(ablations, weaker, "reconstruction") < term(ablations, stronger, "reconstruction")
        for weaker, stronger in pairwise(ablations.by_lambda)
    )


def more_dimensions_tell_more(ablations: Ablations) -> bool:
    terms = [ablations.metrics[name]["binarised"] for name in ablations.by_dimension.values()]
    return (
        all(
            fewer["reconstruction"]["mean"] > more["reconstruction"]["mean"]
            for fewer, more in pairwise(terms)
        )
        and terms[0]["kl"]["mean"] < terms[-1]["kl"]["mean"]
    )


def dimension_differences_match_the_means(ablations: Ablations) -> bool:
    means = {
        dimensions: ablations.metrics[name]["binarised"]["negative_elbo"]["mean"]
        for dimensions, name in ablations.by_dimension.items()
    }
    return all(
        math.isclose(means[dimensions] - means[32], found["mean"], abs_tol=0.3)
        for dimensions, found in objective.from_most_dimensions(ablations).items()
    )


def some_dimensions_are_unused(ablations: Ablations) -> bool:
    kl = {n: ablations.metrics[f"vae-{n}d"]["binarised"]["kl"]["mean"] for n in (16, 32)}
    little_more = kl[32] < 1.1 * kl[16]  # as the panel's question says
    return bool(ablations.metrics["vae-32d"]["active_units"] < 32 and little_more)


def nothing_is_used(ablations: Ablations) -> bool:
    last = ablations.metrics[ablations.by_lambda[max(ablations.by_lambda)]]
    return bool(last["active_units"] == 0 and last["binarised"]["kl"]["mean"] < 0.005)


def differences_match_the_means(ablations: Ablations) -> bool:
    of = {
        name: ablations.metrics[name]["binarised"]["negative_elbo"]
        for name in ablations.by_lambda.values()
    }
    return all(
        abs(of[name]["mean"] - of["vae"]["mean"] - difference["mean"])
        < 4 * math.hypot(difference["standard_error"], 0.05)  # the means have noise of one epsilon
        for name, difference in ablations.paired["objective"]["vae"].items()
    )


def counts_every_comparison(ablations: Ablations) -> bool:
    compared = [d for others in ablations.paired["objective"].values() for d in others.values()]
    better = [d for d in compared if d["mean"] < 0 and notable(d)]
    models = len(ablations.by_lambda)
    return len(compared) == models * (models - 1) and len(better) == len(
        objective.better_ones(ablations)
    )


def no_other_is_nearer_than_seeds(ablations: Ablations) -> bool:
    nearest, farthest = objective.seed_distances(ablations)
    distances = [frechet(ablations, name) for name in ablations.by_lambda.values()]
    spread = farthest - nearest
    return min(distances) >= nearest - spread and max(distances) > farthest + spread


def squared_error_is_nearer(ablations: Ablations) -> bool:
    difference = ablations.paired["rmse"]["bce"]["mse"]
    return difference["mean"] < 0 and notable(difference)


def likelihoods_are_no_farther_than_seeds(ablations: Ablations) -> bool:
    nearest, farthest = objective.seed_distances(ablations)
    return abs(frechet(ablations, "bce") - frechet(ablations, "mse")) <= farthest - nearest


def figures_are_finite(ablations: Ablations) -> bool:
    return math.isfinite(sum(objective.seed_distances(ablations)))


def relu_is_stuck(ablations: Ablations) -> bool:
    return min(objective.zeros(ablations, "relu")) > 0 and all(
        map(math.isinf, objective.final(ablations, "relu"))
    )


def relu_is_an_autoencoder(ablations: Ablations) -> bool:
    relu, log = (objective.reconstruction(ablations, head) for head in ("relu", "log"))
    return min(objective.zeros(ablations, "relu")) > 99 and relu < log


def abs_is_steep(ablations: Ablations) -> bool:
    steep, flat = (objective.gradient_norms(ablations, head) for head in ("abs", "log"))
    return min(steep) > objective.clip(ablations) > max(flat)


def smooth_heads_train_best(ablations: Ablations) -> bool:
    log, softplus, absolute = (
        objective.final(ablations, head) for head in ("log", "softplus", "abs")
    )
    alike = min(log) < max(softplus) and min(softplus) < max(log)
    return alike and max(*log, *softplus) < min(absolute) < math.inf


def only_log_loses_no_step(ablations: Ablations) -> bool:
    return sum(objective.lost(ablations, "abs")) > sum(objective.lost(ablations, "log")) == 0


def kl_turns(ablations: Ablations) -> bool:
    return (
        ablations.replay is not None
        and objective.peak_and_dip(ablations.replay.snapshots) is not None
    )


def most_is_there_early(ablations: Ablations) -> bool:
    (sentence,) = [text for text in every_sentence(ablations) if "is gained after" in text]
    return int(sentence.split(" %")[0]) > 80


CHECKS: dict[str, Check] = {
    "reconstruct the clean ones best": denoising_is_best,
    "On clean test images the plain ones are better": plain_is_better_on_clean_images,
    "samples of these weights have a Fréchet distance of": figures_are_finite,
    "A mixture fitted to its codes takes the plain autoencoder from": mixture_helps("ae"),
    "covers only a part": covers_a_part,
    "are classified with p > 0.9": fewer_are_confident,
    "near the prior's 1": near_the_prior,
    "happen to fit N(0, I)": contractive_codes_shrank,
    "Under N(0, I) a test image's log p(x)": ordered_in_two_groups,
    "does not separate the two models": only_the_wide_codes_are_apart,
    "Their own samples do": own_samples_separate,
    "likelier, but they are not samples": means_are_likelier,
    "With a mixture fitted to its codes the plain autoencoder goes": mixture_helps_the_plain_one,
    "samples are not copies": samples_are_not_copies,
    "at every step of λ": kl_falls_at_every_step,
    "the posterior has collapsed": nothing_is_used,
    "dimensions the reconstruction falls from": more_dimensions_tell_more,
    "On the same images −ELBO differs": dimension_differences_match_the_means,
    "more are offered than it is worth paying for": some_dimensions_are_unused,
    "the others differ by": differences_match_the_means,
    "each on the objective that one of the two was trained for": counts_every_comparison,
    "are farthest from real digits": no_other_is_nearer_than_seeds,
    "squared error has the slightly lower RMSE": squared_error_is_nearer,
    "not larger than between seeds": likelihoods_are_no_farther_than_seeds,
    "end at exactly 0": relu_is_stuck,
    "becomes a plain autoencoder": relu_is_an_autoencoder,
    "|a| trains, although its gradients": abs_is_steep,
    "Of the heads tried, the two smooth ones train best": smooth_heads_train_best,
    "Steps skipped because a gradient": only_log_loses_no_step,
    "does not simply rise": kl_turns,
    "is gained after": most_is_there_early,
}


def every_sentence(ablations: Ablations) -> list[str]:
    """Return the sentences below "Measured" as the page shows them."""
    page = compare_tab(ablations).html_template + objective_tab(ablations).html_template
    lists = re.findall(r"<h3>Measured</h3><ul>(.*?)</ul>", page, re.DOTALL)
    items = [item for found in lists for item in re.findall(r"<li>(.*?)</li>", found, re.DOTALL)]
    return [" ".join(html.unescape(item).split()) for item in items]


@pytest.mark.parametrize("words", CHECKS)
def test_the_shipped_figures_bear_a_sentence_out(ablations: Ablations, words: str) -> None:
    assert any(words in text for text in every_sentence(ablations)), (
        "the sentence is not on the page"
    )
    assert CHECKS[words](ablations)


def test_every_sentence_has_a_check(ablations: Ablations) -> None:
    for text in every_sentence(ablations):
        assert any(words in text for words in CHECKS), text


def test_the_mixture_helps_in_32_dimensions_too(ablations: Ablations) -> None:
    assert mixture_helps("ae-32d")(ablations)


def test_a_sentence_follows_the_figures(ablations: Ablations) -> None:
    changed = json.loads(json.dumps(ablations.paired))
    changed["objective"]["vae"]["lambda-8"]["mean"] = 7.125
    other = Ablations(ablations.metrics, ablations.logs, ablations.replay, changed)
    assert any(re.search(r"\+7\.12 ± [\d.]+ \(λ = 8\)", text) for text in every_sentence(other))


def test_without_differences_nothing_is_claimed(ablations: Ablations) -> None:
    bare = Ablations(ablations.metrics, ablations.logs, ablations.replay)
    assert every_sentence(bare) == []


def test_the_differences_are_of_the_shipped_weights(ablations: Ablations) -> None:
    compared = ablations.paired["weights_sha256"]
    assert set(compared) >= {*FAMILY, "bce", "mse", *ablations.by_lambda.values()}
    for name, known in compared.items():
        file = WEIGHTS / "study" / name / "model.safetensors"
        assert fingerprint(file.read_bytes()) == known, (
            f"{name}: run python -m training.evaluation.paired"
        )
