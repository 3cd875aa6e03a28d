"""What was measured of the family, in sentences for the panels of the tab Compare.

A panel's key with "-2" or "-32" is for the models of that many dimensions only.
"""

import math

from app.claims import Claim
from app.registry.ablations import FAMILY, Study

MIXTURE = "nll_quadrature_mixture"
NOTICEABLE = 2.0  # nats: several standard errors of a mean over the test images
LIKE_THE_PRIOR = (0.8, 1.25)  # the std of codes that fill N(0, I) about as it is


def _noise(study: Study) -> float:
    """The share of noise that the denoising autoencoder was trained with."""
    return float(study.recipe("dae")["corruption"])


def _rmse(study: Study, name: str) -> float:
    return float(study.metrics[name]["rmse_of_corrupted"]["noise"][f"{_noise(study):g}"])


def _clean(study: Study, name: str) -> float:
    return float(study.metrics[name]["grey"]["rmse"]["mean"])


def _distance(study: Study, name: str, prior: str = "model") -> float:
    return float(study.metrics[name]["samples"][prior]["frechet_distance"])


def _nll(study: Study, name: str, prior: str = "nll_quadrature") -> float:
    """The mean of -log p(x) over the test images, in nats."""
    mean = study.metrics[name]["binarised"][prior]["mean"]
    return math.inf if mean is None else float(mean)


def _nearest(study: Study, samples: str, quantile: str) -> float:
    return float(study.metrics["vae"]["samples"][samples]["nearest_rmse"][quantile])


def _stds(study: Study, name: str) -> list[float]:
    return [float(std) for std in study.metrics[name]["codes"]["std"]]


def _others(name: str) -> list[str]:
    return [other for other in FAMILY if other != name]


def _written(values: list[float]) -> str:
    return " and ".join(f"{value:.2f}" for value in values)


def _kinds(study: Study, name: str) -> float:
    """Of samples from N(0, I): as many digits as would be read, were they equally frequent."""
    return math.exp(study.metrics[name]["samples"]["model"]["class_entropy"])


def _confident(study: Study, name: str) -> float:
    """Of samples from N(0, I): in percent, how many read as one digit."""
    return 100 * float(study.metrics[name]["samples"]["model"]["confident"])


def _of_samples(panel: str, vae: str, ae: str) -> list[Claim]:
    return [
        Claim(
            panel,
            lambda study: (
                "With z from N(0, I) the variational autoencoder's samples have a Fréchet distance "
                f"of {_distance(study, vae):.1f}, the plain one's {_distance(study, ae):.1f}."
            ),
            lambda study: _distance(study, vae) < _distance(study, ae),
        ),
        Claim(
            panel,
            lambda study: (
                "A mixture fitted to its codes brings the plain autoencoder from "
                f"{_distance(study, ae):.1f} to {_distance(study, ae, 'mixture'):.1f}."
            ),
            lambda study: _distance(study, ae, "mixture") < _distance(study, ae),
        ),
    ]


CLAIMS = [
    Claim(
        "reconstruct-2",
        lambda study: (
            f"From test images with {100 * _noise(study):.0f} % noise the denoising autoencoder "
            f"comes nearest to the clean ones: RMSE {_rmse(study, 'dae'):.3f}, the next "
            f"{min(_rmse(study, name) for name in _others('dae')):.3f}."
        ),
        lambda study: all(_rmse(study, "dae") < _rmse(study, name) for name in _others("dae")),
    ),
    Claim(
        "reconstruct-2",
        lambda study: (
            f"On clean test images it has no such lead: {_clean(study, 'dae'):.3f}, the plain "
            f"autoencoder {_clean(study, 'ae'):.3f}."
        ),
        lambda study: _clean(study, "ae") <= _clean(study, "dae"),
    ),
    *_of_samples("sample-2", "vae", "ae"),
    Claim(
        "sample-2",
        lambda study: (
            "N(0, I) covers only a part of the plain autoencoder's codes: "
            f"{_kinds(study, 'ae'):.1f} kinds of digit are read in its samples, in the variational "
            f"one's {_kinds(study, 'vae'):.1f}."
        ),
        lambda study: (
            _kinds(study, "ae") < 0.8 * _kinds(study, "vae") and min(_stds(study, "ae")) > 1.5
        ),
    ),
    *_of_samples("sample-32", "vae-32d", "ae-32d"),
    Claim(
        "sample-32",
        lambda study: (
            f"From N(0, I) {_confident(study, 'ae-32d'):.0f} % of the plain autoencoder's samples "
            f"read as one digit, {_confident(study, 'vae-32d'):.0f} % of the variational one's."
        ),
        lambda study: _confident(study, "ae-32d") < _confident(study, "vae-32d"),
    ),
    Claim(
        "codes-2",
        lambda study: (
            f"Along the two axes the standard deviations of the variational autoencoder's codes "
            f"are {_written(_stds(study, 'vae'))}, near the prior's 1; of the plain one's they are "
            f"{_written(_stds(study, 'ae'))}."
        ),
        lambda study: (
            all(LIKE_THE_PRIOR[0] <= std <= LIKE_THE_PRIOR[1] for std in _stds(study, "vae"))
            and not any(LIKE_THE_PRIOR[0] <= std <= LIKE_THE_PRIOR[1] for std in _stds(study, "ae"))
        ),
    ),
    Claim(
        "codes-2",
        lambda study: (
            "The contractive penalty has drawn the codes together: their standard deviations are "
            f"{_written(_stds(study, 'cae'))}, below the prior's 1, though no term of its "
            "objective names a prior."
        ),
        lambda study: max(_stds(study, "cae")) < 1 < min(_stds(study, "ae")),
    ),
    Claim(
        "density-2",
        lambda study: (
            "Under N(0, I) a test image's log p(x) is on average "
            f"−{_nll(study, 'vae'):.1f} nats for the variational autoencoder, "
            f"−{_nll(study, 'ae'):.1f} for the plain one."
        ),
        lambda study: _nll(study, "vae") + NOTICEABLE < _nll(study, "ae") < math.inf,
    ),
    Claim(
        "density-2",
        lambda study: (
            "With a mixture fitted to its codes the plain autoencoder comes from "
            f"−{_nll(study, 'ae'):.1f} to −{_nll(study, 'ae', MIXTURE):.1f} nats, the variational "
            f"one from −{_nll(study, 'vae'):.1f} to −{_nll(study, 'vae', MIXTURE):.1f}."
        ),
        lambda study: _nll(study, "ae", MIXTURE) + NOTICEABLE < _nll(study, "ae") < math.inf,
    ),
    Claim(
        "density-2",
        lambda study: (
            "The variational autoencoder's samples are no copies: half of them are farther than "
            f"{_nearest(study, 'model', '0.5'):.3f} from every training image, and only 1 % nearer "
            f"than {_nearest(study, 'model', '0.01'):.3f}; of test images 1 % are nearer than "
            f"{_nearest(study, 'test_images', '0.01'):.3f}."
        ),
        lambda study: (
            _nearest(study, "model", "0.01") > 0.5 * _nearest(study, "test_images", "0.01")
        ),
    ),
]
