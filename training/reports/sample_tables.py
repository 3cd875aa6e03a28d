"""What metrics.json says of a model's samples, in Markdown: for its card and for the README."""

from collections.abc import Callable
from functools import partial
from typing import Any

Record = dict[str, Any]

PRIORS = {"model": "samples", "gaussian": "Gaussian fitted", "mixture": "mixture fitted"}
FITTED = (
    "Fitted: z from a Gaussian, or from a mixture of ten, that was fitted afterwards to the codes "
    "of the training images."
)
FLOOR = "test images"  # what the same code gives for as many real images
REAL = 0.9  # of the floor's precision or recall: from there on samples count as real in it


def card_section(metrics: Record, weights: str = "..") -> list[str]:
    """The card's lines on samples; none where they were not measured.

    `weights`: the way from the card's folder to that of all weights.
    """
    if "samples" not in metrics:
        return []
    samples = metrics["samples"]
    of_manifolds, of_density = samples["manifold_neighbours"], samples["density_neighbours"]
    columns = {label: samples[key] for key, label in PRIORS.items() if key in samples}
    columns[FLOOR] = samples["test_images"]
    rows: dict[str, Callable[[Record], str]] = {
        "Fréchet distance": _cell("frechet_distance"),
        f"precision, k = {of_manifolds}": _cell("precision"),
        f"recall, k = {of_manifolds}": _cell("recall"),
        f"density, k = {of_density}": _cell("density"),
        f"coverage, k = {of_density}": _cell("coverage"),
        f"reads as one digit, p > {samples['confident_above']:g}": _cell("confident"),
        "entropy of the digits read, nats": _cell("class_entropy"),
        "RMSE to the nearest training image": _nearest,
    }
    return [
        "## Samples",
        "",
        f"{samples['count']:,} samples (the decoder's means at z ~ N(0, I), seed "
        f"{samples['seed']}, unpicked) and, as the floor, as many test images, each beside "
        f"{samples['count']:,} training images drawn by the same seed, by the features of "
        f"[the classifier]({weights}/classifier/README.md).",
        "",
        f"| figure | {' | '.join(columns)} |",
        f"| --- {'| --- ' * len(columns)}|",
        *(f"| {label} | {' | '.join(map(of, columns.values()))} |" for label, of in rows.items()),
        "",
        *([] if len(columns) == 2 else [FITTED, ""]),
        *_disagreement(metrics),
        "RMSE: per pixel, grey levels in [0, 1], to the nearest of "
        f"{samples['nearest_among']:,}; median, and from the 1 % to the 99 % quantile. A copy "
        "would be at 0. Blur alone brings an image nearer to others: a median below that of test "
        "images shows no copying.",
        "",
    ]


def _disagreement(metrics: Record) -> list[str]:
    """Where the nats say one thing of a model and a look at its samples another.

    A likelihood pays for each digit that the model misses; a share s of samples that are none costs
    it no more than -log(1 - s), however they look (Theis, van den Oord & Bethge, "A Note on the
    Evaluation of Generative Models", 2016).
    """
    if "nll" not in metrics.get("binarised", {}):
        return []
    model, floor = metrics["samples"]["model"], metrics["samples"]["test_images"]
    reached = {key: model[key] >= REAL * floor[key] for key in ("precision", "recall")}
    precision, recall = (
        f"{key} {_text(model, key)}, of test images {_text(floor, key)}" for key in reached
    )
    if reached["recall"] and not reached["precision"]:
        found = (
            f"the samples are as varied as digits are ({recall}), but fewer of them pass for "
            f"digits ({precision}): the nats count what is missing more than what is amiss."
        )
    elif reached["precision"] and not reached["recall"]:
        found = (
            f"the samples pass for digits ({precision}), but show few of the ways to write one "
            f"({recall}): the nats count what is missing, a look at samples what is amiss."
        )
    else:
        return []
    return [f"Likelihood and looks disagree: {found}", ""]


README_COLUMNS = {
    "Fréchet": "frechet_distance",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "one digit": "confident",
}


def readme_headings() -> list[str]:
    """The names of the columns that `readme_cells` fills."""
    return [*README_COLUMNS, "nearest RMSE"]


def readme_cells(figures: Record | None) -> list[str]:
    """One prior's figures, or those of the floor; dashes for what was not measured."""
    if figures is None:
        return ["–"] * len(readme_headings())
    nearest = f"{figures['nearest_rmse']['0.5']:.3f}" if "nearest_rmse" in figures else "–"
    return [*(_text(figures, key) for key in README_COLUMNS.values()), nearest]


def _cell(key: str) -> Callable[[Record], str]:
    return partial(_text, key=key)


def _text(figures: Record, key: str) -> str:
    shares = ("precision", "recall", "coverage", "confident")
    return f"{figures[key]:.1%}" if key in shares else f"{figures[key]:.2f}"


def _nearest(figures: Record) -> str:
    if "nearest_rmse" not in figures:
        return "–"
    quantiles = figures["nearest_rmse"]
    return f"{quantiles['0.5']:.3f} ({quantiles['0.01']:.3f}–{quantiles['0.99']:.3f})"
