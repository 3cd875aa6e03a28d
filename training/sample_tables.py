"""What metrics.json says of a model's samples, in Markdown: for its card and for the README."""

from typing import Any

Record = dict[str, Any]

FLOOR = "test images"  # what the same code gives for as many real images


def card_section(metrics: Record) -> list[str]:
    """The card's lines on samples; none where they were not measured."""
    if "samples" not in metrics:
        return []
    samples = metrics["samples"]
    of_manifolds, of_density = samples["manifold_neighbours"], samples["density_neighbours"]
    return [
        "## Samples",
        "",
        f"{samples['count']:,} samples (the decoder's means at z ~ N(0, I), seed "
        f"{samples['seed']}, unpicked) and, as the floor, as many test images, each beside "
        f"{samples['count']:,} training images, by the features of "
        "[the classifier](../classifier/README.md).",
        "",
        f"| figure | samples | {FLOOR} |",
        "| --- | --- | --- |",
        _row("Fréchet distance", "frechet_distance", samples),
        _row(f"precision, k = {of_manifolds}", "precision", samples),
        _row(f"recall, k = {of_manifolds}", "recall", samples),
        _row(f"density, k = {of_density}", "density", samples),
        _row(f"coverage, k = {of_density}", "coverage", samples),
        _row(f"reads as one digit, p > {samples['confident_above']:g}", "confident", samples),
        _row("entropy of the digits read, nats", "class_entropy", samples),
        f"| RMSE to the nearest training image | {_nearest(samples['model'])} "
        f"| {_nearest(samples['test_images'])} |",
        "",
        f"RMSE: per pixel, grey levels in [0, 1], to the nearest of {samples['nearest_among']:,}; "
        "median, and from the 1 % to the 99 % quantile. A copy would be at 0; a mean is smoother "
        "than a real image, and so nearer to all of them.",
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
            *(_readme_row(f"`{name}`", samples["model"]) for name, samples in known.items()),
            _readme_row(FLOOR, floor),
        ]
    )


def _row(label: str, key: str, samples: Record) -> str:
    return f"| {label} | {_text(samples['model'], key)} | {_text(samples['test_images'], key)} |"


def _readme_row(label: str, figures: Record) -> str:
    keys = ("frechet_distance", "precision", "recall", "density", "coverage", "confident")
    cells = [_text(figures, key) for key in keys]
    return " | ".join([f"| {label}", *cells, f"{figures['nearest_rmse']['0.5']:.3f} |"])


def _text(figures: Record, key: str) -> str:
    shares = ("precision", "recall", "coverage", "confident")
    return f"{figures[key]:.1%}" if key in shares else f"{figures[key]:.2f}"


def _nearest(figures: Record) -> str:
    quantiles = figures["nearest_rmse"]
    return f"{quantiles['0.5']:.3f} ({quantiles['0.01']:.3f}–{quantiles['0.99']:.3f})"
