"""What was measured of the family: a template for each sentence of the panels of the tab Compare.

The words are about the shipped weights; tests/test_claims.py checks each sentence against their
figures. A key with "-2" or "-32" is for the models of that many dimensions only.
"""

import math

from app.registry.ablations import FAMILY, Study

MIXTURE = "nll_quadrature_mixture"


def sentences(study: Study) -> dict[str, list[str]]:
    """Return the sentences by the key of their panel; empty if no differences were measured."""
    if not study.paired:
        return {}
    return {
        "reconstruct-2": _reconstruct(study),
        "sample-2": _sample(study),
        "sample-32": _sample_32d(study),
        "codes-2": _codes(study),
        "density-2": _density(study),
    }


def apart(estimate: dict[str, float], decimals: int) -> str:
    """Return a difference with its sign and standard error."""
    mean = f"{estimate['mean']:+.{decimals}f}".replace("-", "−")
    return f"{mean} ± {estimate['standard_error']:.{decimals}f}"


def rmse(study: Study, name: str) -> float:
    """Return the mean RMSE of the reconstructions of clean test images."""
    return float(study.metrics[name]["grey"]["rmse"]["mean"])


def rmse_of_noise(study: Study, name: str) -> float:
    """Return the mean RMSE of reconstructions from images with the noise of the training."""
    share = float(study.recipe("dae")["corruption"])
    return float(study.metrics[name]["rmse_of_corrupted"]["noise"][f"{share:g}"])


def nll(study: Study, name: str, prior: str = "nll_quadrature") -> float:
    """Return the mean of -log p(x) over the test images, in nats."""
    mean = study.metrics[name]["binarised"][prior]["mean"]
    return math.inf if mean is None else float(mean)


def stds(study: Study, name: str) -> list[float]:
    """Return the standard deviation of the codes along each axis."""
    return [float(std) for std in study.metrics[name]["codes"]["std"]]


def frechet(study: Study, name: str, prior: str = "model") -> float:
    """Return the Fréchet distance of samples from test images."""
    return float(study.metrics[name]["samples"][prior]["frechet_distance"])


def classes(study: Study, name: str) -> float:
    """Return the effective number of digit classes among samples from N(0, I)."""
    return math.exp(study.metrics[name]["samples"]["model"]["class_entropy"])


def _reconstruct(study: Study) -> list[str]:
    others = [name for name in FAMILY if name != "dae"]
    best = min(others, key=lambda name: rmse_of_noise(study, name))
    noisy = study.paired["rmse_of_noise"]["dae"][best]
    return [
        f"From test images with {100 * study.recipe('dae')['corruption']:.0f} % noise these "
        f"denoising weights reconstruct the clean ones best: RMSE {rmse_of_noise(study, 'dae'):.3f}"
        f", the next {rmse_of_noise(study, best):.3f} (difference on the same images "
        f"{apart(noisy, 4)}).",
        f"On clean test images the plain ones are better: RMSE {rmse(study, 'ae'):.3f} against "
        f"{rmse(study, 'dae'):.3f} ({apart(study.paired['rmse']['ae']['dae'], 4)}).",
    ]


def _fitted(study: Study, name: str) -> str:
    return (
        "A mixture fitted to its codes takes the plain autoencoder from "
        f"{frechet(study, name):.1f} to {frechet(study, name, 'mixture'):.1f}."
    )


def _sample(study: Study) -> list[str]:
    return [
        "With z from N(0, I) the samples of these weights have a Fréchet distance of "
        f"{frechet(study, 'vae'):.1f} (variational), {frechet(study, 'cae'):.1f} (contractive), "
        f"{frechet(study, 'dae'):.1f} (denoising) and {frechet(study, 'ae'):.1f} (plain).",
        _fitted(study, "ae"),
        "N(0, I) covers only a part of the plain autoencoder's codes: its samples have an "
        f"effective number of {classes(study, 'ae'):.1f} digit classes, the variational one's "
        f"{classes(study, 'vae'):.1f}.",
    ]


def _sample_32d(study: Study) -> list[str]:
    confident = {
        name: 100 * study.metrics[name]["samples"]["model"]["confident"]
        for name in ("ae-32d", "vae-32d")
    }
    return [
        "With z from N(0, I) the samples of these weights have a Fréchet distance of "
        f"{frechet(study, 'vae-32d'):.1f} (variational) and {frechet(study, 'ae-32d'):.1f} "
        "(plain).",
        _fitted(study, "ae-32d"),
        f"Of the plain autoencoder's samples {confident['ae-32d']:.0f} % are classified with "
        f"p > 0.9, of the variational one's {confident['vae-32d']:.0f} %.",
    ]


def _codes(study: Study) -> list[str]:
    def written(name: str) -> str:
        return " and ".join(f"{std:.2f}" for std in stds(study, name))

    return [
        "Along the two axes the standard deviations of the variational autoencoder's codes are "
        f"{written('vae')}, near the prior's 1. Those of the plain one are {written('ae')}, of the "
        f"denoising one {written('dae')}.",
        "No term of the contractive objective contains a prior. At this weight of the penalty its "
        f"codes happen to fit N(0, I): their standard deviations are {written('cae')}.",
    ]


def _density(study: Study) -> list[str]:
    apart_from = study.paired["nll_quadrature"]["vae"]
    nearest = study.metrics["vae"]["samples"]
    drawn = {name: study.paired["samples"][name]["drawn"]["mean"] for name in FAMILY}
    thresholded = study.paired["samples"]["vae"]["thresholded_mean"]["mean"]
    return [
        "Under N(0, I) a test image's log p(x) is on average "
        f"−{nll(study, 'vae'):.1f} nats for the variational weights, −{nll(study, 'cae'):.1f} for "
        f"the contractive, −{nll(study, 'ae'):.1f} for the plain and −{nll(study, 'dae'):.1f} for "
        "the denoising ones.",
        f"On the same {apart_from['cae']['images']:,} images −log p(x) differs from the "
        f"variational weights' by {apart(apart_from['ae'], 1)} nats (plain), "
        f"{apart(apart_from['dae'], 1)} (denoising) and {apart(apart_from['cae'], 2)} "
        "(contractive): this does not separate the two models whose codes have the prior's size.",
        "Their own samples do. A model that fits P(X) finds them as likely as test images: the "
        f"variational ones have −{drawn['vae']:.1f} nats on average, the contractive "
        f"−{drawn['cae']:.1f}, which is too likely, the plain −{drawn['ae']:.1f} and the denoising "
        f"−{drawn['dae']:.1f}, which is too unlikely.",
        f"The thresholded means of the variational samples have −{thresholded:.1f}: they are "
        "likelier, but they are not samples.",
        "With a mixture fitted to its codes the plain autoencoder goes from "
        f"−{nll(study, 'ae'):.1f} to −{nll(study, 'ae', MIXTURE):.1f} nats, the variational one "
        f"from −{nll(study, 'vae'):.1f} to −{nll(study, 'vae', MIXTURE):.1f}.",
        "The variational autoencoder's samples are not copies: half of them are farther than "
        f"{nearest['model']['nearest_rmse']['0.5']:.3f} from every training image, and only 1 % "
        f"nearer than {nearest['model']['nearest_rmse']['0.01']:.3f}. Of test images 1 % are "
        f"nearer than {nearest['test_images']['nearest_rmse']['0.01']:.3f}.",
    ]
