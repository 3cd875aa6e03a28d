"""Every sentence that states a result is borne out by the shipped figures."""

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from app.registry.ablations import FAMILY, Record, Study, read_study
from app.tabs.compare import claims as compare
from app.tabs.objective import claims as objective
from training.checkpoint import fingerprint

WEIGHTS = Path(__file__).parent.parent / "weights"
NOTABLE = objective.NOTABLE  # standard errors of a difference that a sentence calls one
Check = Callable[[Study], bool]


@pytest.fixture(scope="module")
def study() -> Study:
    """Return the shipped figures."""
    study = read_study(WEIGHTS)
    assert study is not None, "the study is not whole"
    assert study.paired, "run python -m training.evaluation.paired"
    return study


def notable(difference: Record) -> bool:
    return bool(abs(difference["mean"]) > NOTABLE * difference["standard_error"])


# By a piece of the sentence, what the figures must satisfy for its words to be true


def denoising_is_best(study: Study) -> bool:
    differences = study.paired["rmse_of_noise"]["dae"].values()
    return all(difference["mean"] > 0 and notable(difference) for difference in differences)


def plain_is_better_on_clean_images(study: Study) -> bool:
    difference = study.paired["rmse"]["ae"]["dae"]
    return difference["mean"] > 0 and notable(difference)


def mixture_helps(name: str) -> Check:
    return lambda study: compare.frechet(study, name, "mixture") < compare.frechet(study, name)


def covers_a_part(study: Study) -> bool:
    fewer = compare.classes(study, "ae") < 0.8 * compare.classes(study, "vae")
    return fewer and min(compare.stds(study, "ae")) > 1.5


def fewer_are_confident(study: Study) -> bool:
    of = {name: study.metrics[name]["samples"]["model"] for name in ("ae-32d", "vae-32d")}
    threshold = study.metrics["vae"]["samples"]["confident_above"]
    return bool(of["ae-32d"]["confident"] < of["vae-32d"]["confident"] and threshold == 0.9)


def near_the_prior(study: Study) -> bool:
    wide = [*compare.stds(study, "ae"), *compare.stds(study, "dae")]
    return all(0.8 < std < 1.25 for std in compare.stds(study, "vae")) and min(wide) > 2


def contractive_codes_shrank(study: Study) -> bool:
    shrunk = compare.stds(study, "cae")
    return min(shrunk) > 0.4 and max(shrunk) < 1.25 and max(shrunk) < min(compare.stds(study, "ae"))


def ordered_in_two_groups(study: Study) -> bool:
    fit = max(compare.nll(study, "vae"), compare.nll(study, "cae"))
    rest = min(compare.nll(study, "ae"), compare.nll(study, "dae"))
    return fit < rest < math.inf


def only_the_wide_codes_are_apart(study: Study) -> bool:
    from_vae = study.paired["nll_quadrature"]["vae"]
    lose = all(from_vae[name]["mean"] > 0 and notable(from_vae[name]) for name in ("ae", "dae"))
    return lose and abs(from_vae["cae"]["mean"]) < 1


def means_are_likelier(study: Study) -> bool:
    of = study.paired["samples"]["vae"]
    return bool(of["thresholded_mean"]["mean"] + 10 < of["drawn"]["mean"])


def own_samples_separate(study: Study) -> bool:
    """Each model's samples against the test images: how many nats less likely, in errors."""
    of = study.paired["samples"]
    lost = {name: of[name]["drawn"]["mean"] - compare.nll(study, name) for name in FAMILY}
    error = {name: of[name]["drawn"]["standard_error"] for name in FAMILY}
    too_likely = lost["cae"] < -NOTABLE * error["cae"]
    too_unlikely = all(lost[name] > NOTABLE * error[name] for name in ("ae", "dae"))
    nearest = min(FAMILY, key=lambda name: abs(lost[name]))
    return too_likely and too_unlikely and nearest == "vae"


def mixture_helps_the_plain_one(study: Study) -> bool:
    fitted = compare.nll(study, "ae", compare.MIXTURE)
    return fitted + 2 < compare.nll(study, "ae") < math.inf


def samples_are_not_copies(study: Study) -> bool:
    of = study.metrics["vae"]["samples"]
    return bool(
        of["model"]["nearest_rmse"]["0.01"] > 0.5 * of["test_images"]["nearest_rmse"]["0.01"]
    )


def kl_falls_at_every_step(study: Study) -> bool:
    return all(
        objective.term(study, weaker, "kl") > objective.term(study, stronger, "kl")
        and objective.term(study, weaker, "reconstruction")
        < objective.term(study, stronger, "reconstruction")
        for weaker, stronger in pairwise(study.by_lambda)
    )


def differences_match_the_means(study: Study) -> bool:
    of = {
        name: study.metrics[name]["binarised"]["negative_elbo"] for name in study.by_lambda.values()
    }
    return all(
        abs(of[name]["mean"] - of["vae"]["mean"] - difference["mean"])
        < 4 * math.hypot(difference["standard_error"], 0.05)  # the means have noise of one epsilon
        for name, difference in study.paired["objective"]["vae"].items()
    )


def counts_every_comparison(study: Study) -> bool:
    compared = [d for others in study.paired["objective"].values() for d in others.values()]
    better = [d for d in compared if d["mean"] < 0 and notable(d)]
    return len(compared) == 30 and len(better) == len(objective.better_ones(study))


def no_other_is_nearer_than_seeds(study: Study) -> bool:
    nearest, farthest = objective.seed_distances(study)
    distances = [compare.frechet(study, name) for name in study.by_lambda.values()]
    spread = farthest - nearest
    return min(distances) >= nearest - spread and max(distances) > farthest + spread


def squared_error_is_nearer(study: Study) -> bool:
    difference = study.paired["rmse"]["bce"]["mse"]
    return difference["mean"] < 0 and notable(difference)


def likelihoods_are_no_farther_than_seeds(study: Study) -> bool:
    nearest, farthest = objective.seed_distances(study)
    return abs(compare.frechet(study, "bce") - compare.frechet(study, "mse")) <= farthest - nearest


def figures_are_finite(study: Study) -> bool:
    return math.isfinite(sum(objective.seed_distances(study)))


def relu_is_stuck(study: Study) -> bool:
    return min(objective.zeros(study, "relu")) > 0 and all(
        map(math.isinf, objective.final(study, "relu"))
    )


def relu_is_an_autoencoder(study: Study) -> bool:
    cheaper = objective.reconstruction(study, "relu") < objective.reconstruction(study, "log")
    return min(objective.zeros(study, "relu")) > 99 and cheaper


def abs_is_steep(study: Study) -> bool:
    steep, flat = (objective.gradient_norms(study, head) for head in ("abs", "log"))
    return min(steep) > objective.clip(study) > max(flat)


def log_trains_best(study: Study) -> bool:
    log, absolute = objective.final(study, "log"), objective.final(study, "abs")
    return max(log) < min(absolute) < math.inf


def only_log_loses_no_step(study: Study) -> bool:
    return sum(objective.lost(study, "abs")) > sum(objective.lost(study, "log")) == 0


def kl_turns(study: Study) -> bool:
    return study.replay is not None and objective.peak_and_dip(study.replay.snapshots) is not None


def most_is_there_early(study: Study) -> bool:
    assert study.replay is not None
    (said,) = [text for text in objective.sentences(study)["replay"] if "is gained after" in text]
    return int(said.split(" %")[0]) > 80


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
    "the others differ by": differences_match_the_means,
    "each on the objective that one of the two was trained for": counts_every_comparison,
    "are farthest from real digits": no_other_is_nearer_than_seeds,
    "squared error has the slightly lower RMSE": squared_error_is_nearer,
    "not larger than between seeds": likelihoods_are_no_farther_than_seeds,
    "end at exactly 0": relu_is_stuck,
    "becomes a plain autoencoder": relu_is_an_autoencoder,
    "|a| trains, although its gradients": abs_is_steep,
    "Of the heads tried, log σ² trains best": log_trains_best,
    "Steps skipped because a gradient": only_log_loses_no_step,
    "does not simply rise": kl_turns,
    "is gained after": most_is_there_early,
}


def every_sentence(study: Study) -> list[str]:
    panels = [*compare.sentences(study).values(), *objective.sentences(study).values()]
    return [text for panel in panels for text in panel]


@pytest.mark.parametrize("said", CHECKS)
def test_the_shipped_figures_bear_a_sentence_out(study: Study, said: str) -> None:
    assert any(said in text for text in every_sentence(study)), "the sentence is not on the page"
    assert CHECKS[said](study)


def test_every_sentence_has_a_check(study: Study) -> None:
    for text in every_sentence(study):
        assert any(said in text for said in CHECKS), text


def test_the_mixture_helps_in_32_dimensions_too(study: Study) -> None:
    assert mixture_helps("ae-32d")(study)


def test_a_sentence_follows_the_figures(study: Study) -> None:
    changed = json.loads(json.dumps(study.paired))
    changed["objective"]["vae"]["lambda-8"]["mean"] = 7.125
    other = Study(study.metrics, study.logs, study.replay, changed)
    assert "λ = 8 +7.12 ± " in objective.sentences(other)["lambda"][1]


def test_without_differences_nothing_is_claimed(study: Study) -> None:
    bare = Study(study.metrics, study.logs, study.replay)
    assert compare.sentences(bare) == objective.sentences(bare) == {}


def test_the_differences_are_of_the_shipped_weights(study: Study) -> None:
    compared = study.paired["weights_sha256"]
    assert set(compared) >= {*FAMILY, "bce", "mse", *study.by_lambda.values()}
    for name, known in compared.items():
        file = WEIGHTS / "study" / name / "model.safetensors"
        assert fingerprint(file.read_bytes()) == known, (
            f"{name}: run python -m training.evaluation.paired"
        )
