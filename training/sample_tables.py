"""What metrics.json says of a model's samples, in Markdown: for its card and for the README."""

from collections.abc import Callable
from functools import partial
from typing import Any

Record = dict[str, Any]

PRIORS = {"model": "samples", "gaussian": "Gaussian fitted", "mixture": "mixture fitted"}
README_PRIORS = {"model": "", "mixture": ", mixture fitted"}
FITTED = (
    "Fitted: z from a Gaussian, or from a mixture of ten, that was fitted afterwards to the codes "
    "of the training images."
)
FLOOR = "test images"  # what the same code gives for as many real images


def card_section(metrics: Record) -> list[str]:
    """The card's lines on samples; none where they were not measured."""
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
        "[the classifier](../classifier/README.md).",
        "",
        f"| figure | {' | '.join(columns)} |",
        f"| --- {'| --- ' * len(columns)}|",
        *(f"| {label} | {' | '.join(map(of, columns.values()))} |" for label, of in rows.items()),
        "",
        *([] if len(columns) == 2 else [FITTED, ""]),
        "RMSE: per pixel, grey levels in [0, 1], to the nearest of "
        f"{samples['nearest_among']:,}; median, and from the 1 % to the 99 % quantile. A copy "
        "would be at 0. Blur alone brings an image nearer to others: a median below that of test "
        "images shows no copying.",
        "",
    ]


def readme_table(measured: dict[str, Record]) -> str:
    """A table with a row for each model whose samples were measured, and one for the floor.

    Args:
        measured: metrics.json of each model, by name.
    """
    known = {name: metrics["samples"] for name, metrics in measured.items() if "samples" in metrics}
    if not known:
        return ""
    floor = next(iter(known.values()))["test_images"]  # the same beside every model
    return "\n".join(
        [
            "| samples of | Fréchet | precision | recall | density | coverage | one digit "
            "| nearest RMSE |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *(
                _readme_row(f"`{name}`{suffix}", samples[key])
                for name, samples in known.items()
                for key, suffix in README_PRIORS.items()
                if key in samples
            ),
            _readme_row(FLOOR, floor),
        ]
    )


def _cell(key: str) -> Callable[[Record], str]:
    return partial(_text, key=key)


def _readme_row(label: str, figures: Record) -> str:
    keys = ("frechet_distance", "precision", "recall", "density", "coverage", "confident")
    cells = [_text(figures, key) for key in keys]
    nearest = f"{figures['nearest_rmse']['0.5']:.3f}" if "nearest_rmse" in figures else "–"
    return " | ".join([f"| {label}", *cells, f"{nearest} |"])


def _text(figures: Record, key: str) -> str:
    shares = ("precision", "recall", "coverage", "confident")
    return f"{figures[key]:.1%}" if key in shares else f"{figures[key]:.2f}"


def _nearest(figures: Record) -> str:
    if "nearest_rmse" not in figures:
        return "–"
    quantiles = figures["nearest_rmse"]
    return f"{quantiles['0.5']:.3f} ({quantiles['0.01']:.3f}–{quantiles['0.99']:.3f})"
