"""Rendering of model cards and tables from metrics: `python -m training.reports.render`.

Renders every card in weights/ and the tables of README.md and docs/results.md from metrics.json,
training.jsonl and data.json. No model is evaluated.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import HEADS as HEAD_TITLES
from app.registry.ablations import Record, read_records
from app.registry.dataset_info import MNIST, DatasetInfo, read_info
from app.registry.models import HIDDEN
from training.recipes import FLAGSHIPS, HEADS, RECIPES
from training.reports.literature import PUBLISHED

MISSING = "–"
MNIST_ON_THE_HUB = "ylecun/mnist"
HUB_METRICS = {"nll": "NLL", "negative_elbo": "-ELBO", "nll_quadrature": "NLL by quadrature"}


def estimate(found: Record | None, decimals: int = 2) -> str:
    """Return "mean ± standard error"; a dash for a missing estimate, ∞ for an infinite mean."""
    if not found:
        return MISSING
    if found["mean"] is None:
        return "∞"
    return f"{found['mean']:.{decimals}f} ± {found['standard_error']:.{decimals}f}"


def _quantiles(found: Record | None, spread: bool = True) -> str:
    if not found:
        return MISSING
    around = f" ({found['0.01']:.3f}–{found['0.99']:.3f})" if spread else ""
    return f"{found['0.5']:.3f}{around}"


def _known(labels: Iterable[str], columns: Record) -> list[str]:
    return [label for label in labels if columns[label]]


# ChainableUndefined: a section or figure that was not measured renders as empty, at any depth.
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # Markdown; the templates escape names of data
)
TEMPLATES.filters |= {
    "estimate": estimate,
    "percent": lambda share, decimals=1: f"{share:.{decimals}%}",
    "quantiles": _quantiles,
    "select_known": _known,
    "thousands": lambda number: f"{number:,}" if number else MISSING,
}


def model_card(name: str, records: list[Record], metrics: Record, info: DatasetInfo) -> str:
    """Return README.md of a weights folder.

    Args:
        name: the folder's path below weights/.
        records: content of training.jsonl: the run's settings, then one record per epoch.
        metrics: content of metrics.json.
        info: content of data.json.
    """
    run, epochs = records[0], records[1:]
    is_mnist = info == MNIST
    data = ModelCardData(
        license="mit",
        library_name="pytorch",
        pipeline_tag="unconditional-image-generation",
        tags=["vae", *(["mnist"] if is_mnist else [])],
        datasets=[MNIST_ON_THE_HUB] if is_mnist else None,
        model_name=name,
        eval_results=_eval_results(metrics) if is_mnist else None,
    )
    return _card(
        "model_card.md.j2",
        data,
        name=name,
        run=run,
        epochs=epochs,
        metrics=metrics,
        info=info,
        is_mnist=is_mnist,
        heads=HEAD_TITLES,
        figures_only=name.removeprefix(f"{STUDY}/") in HEADS,
        weights="/".join([".."] * len(name.split("/"))),
    )


def classifier_card(metrics: Record) -> str:
    """Return README.md of weights/classifier."""
    accuracy = EvalResult(
        task_type="image-classification",
        dataset_type=MNIST_ON_THE_HUB,
        dataset_name="MNIST",
        dataset_split="test",
        metric_type="accuracy",
        metric_value=metrics["accuracy"],
    )
    data = ModelCardData(
        license="mit",
        library_name="pytorch",
        pipeline_tag="image-classification",
        tags=["mnist"],
        datasets=[MNIST_ON_THE_HUB],
        metrics=["accuracy"],
        model_name="classifier",
        eval_results=[accuracy],
    )
    return _card("classifier_card.md.j2", data, metrics=metrics)


def _eval_results(metrics: Record) -> list[EvalResult] | None:
    terms = metrics.get("binarised", {})
    found = {key: terms[key]["mean"] for key in HUB_METRICS if terms.get(key)}
    results = [
        EvalResult(
            task_type="unconditional-image-generation",
            dataset_type=MNIST_ON_THE_HUB,
            dataset_name="MNIST, binarized",
            dataset_split="test",
            metric_type=key,
            metric_name=f"{HUB_METRICS[key]}, nats per image",
            metric_value=round(value, 2),
        )
        for key, value in found.items()
        if value is not None
    ]
    return results or None


def _card(template: str, data: ModelCardData, **values: Any) -> str:
    """Return a card's text.

    Raises:
        ValueError: the card's YAML is not valid.
    """
    text = TEMPLATES.get_template(template).render(front_matter=data.to_yaml(), **values)
    ModelCard(text)
    return text


def measured(weights: Path) -> dict[str, Record]:
    """Return metrics.json of each MNIST model in `weights` and of each ablation, by name."""
    folders = [file.parent for file in sorted(weights.glob("*/metrics.json"))]
    choices = [
        folder for folder in folders if folder.name not in HIDDEN and read_info(folder) == MNIST
    ]
    study = [weights / name for name in RECIPES if name.startswith(f"{STUDY}/")]
    return {
        folder.relative_to(weights).as_posix(): json.loads((folder / "metrics.json").read_text())
        for folder in [*choices, *study]
        if (folder / "metrics.json").exists()
    }


DOCUMENTS = ("README.md", "docs/results.md")  # with tables between markers
SUMMARY = {  # the rows of README.md
    "vae-2d": "the VAE of the demo, 2 dimensions",
    "vae-32d": "the VAE of the demo, 32 dimensions",
    f"{STUDY}/ae": "small plain autoencoder, 2 dimensions",
    f"{STUDY}/dae": "the same, denoising",
    f"{STUDY}/cae": "the same, contractive",
    f"{STUDY}/vae": "the same, variational",
}


def table(name: str, weights: Path) -> str:
    """Return the table "summary", "results" or "published" in Markdown."""
    values = {
        "models": measured(weights),
        "published": PUBLISHED,
        "flagships": FLAGSHIPS.keys() - {"quick"},  # without the recipe for a first try
        "summary": SUMMARY,
        "nll_by_k": _nll_by_k,
        "augmented": lambda name: read_records(weights / name)[0]["recipe"].get("augment_prob"),
        "minutes": lambda name: _minutes(read_records(weights / name)),
    }
    return TEMPLATES.get_template(f"{name}.md.j2").render(values).rstrip("\n")


def _minutes(records: list[Record]) -> int:
    """Return the duration of a run's epochs in minutes, from the records of training.jsonl."""
    seconds: float = sum(epoch["seconds"] for epoch in records[1:])
    return round(seconds / 60)


def _nll_by_k(terms: Record) -> list[tuple[int, Record]]:
    """Return the importance-sampled NLL with its k, for each k."""
    larger = [(int(k), nll) for k, nll in terms.get("nll_at", {}).items()]
    return [(terms["importance_samples"], terms["nll"]), *larger]


def updated(text: str, weights: Path) -> str:
    """Return `text` with the tables of `weights` between their markers."""
    for name in ("summary", "results", "published"):
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        if found:
            text = f"{before}{begin}\n{table(name, weights)}\n{end}{after}"
    return text


def write_cards(weights: Path) -> None:
    """Render README.md of every evaluated folder below `weights`."""
    for file in sorted(weights.rglob("metrics.json")):
        folder, metrics = file.parent, json.loads(file.read_text())
        name = folder.relative_to(weights).as_posix()
        if name == "classifier":
            text = classifier_card(metrics)
        else:
            text = model_card(name, read_records(folder), metrics, read_info(folder))
        (folder / "README.md").write_text(text)


def main() -> int:
    """Render all cards and tables; return the exit code."""
    weights = Path("weights")
    write_cards(weights)
    for document in map(Path, DOCUMENTS):
        document.write_text(updated(document.read_text(), weights))
    return 0


if __name__ == "__main__":
    sys.exit(main())
