"""The README's tables of results, from every metrics.json: `python -m training.reports.results`.

Rewrites the parts of README.md between pairs of markers, so that no figure of ours is typed by
hand.
"""

import json
import sys
from pathlib import Path

from app.registry.ablations import FOLDER as STUDY
from app.registry.ablations import Record
from app.registry.dataset_info import MNIST, read_info
from app.registry.models import NOT_A_CHOICE
from training.recipes import FLAGSHIPS, RECIPES
from training.reports.estimate import in_words
from training.reports.literature import PUBLISHED, Published
from training.reports.sample_tables import readme_cells, readme_headings

LIKELIHOODS = {
    "−ELBO": "negative_elbo",
    "reconstruction": "reconstruction",
    "KL": "kl",
    "NLL, sampled": "nll",
    "NLL, quadrature": "nll_quadrature",
}
FITTED = "mixture"  # the fitted prior that has a row of its own
PLANE = 2  # dimensions, which are a class of their own


def table(weights: Path) -> str:
    """A Markdown table of the measured models of MNIST in `weights`, and of the samples' floor."""
    metrics = measured(weights)
    headings = ["model", *LIKELIHOODS, "k", "active units", *readme_headings()]
    rows = [headings, ["---"] * len(headings)]
    for name, of in metrics.items():
        samples = of.get("samples", {})
        rows.append([f"`{name}`", *_likelihood_cells(of), *readme_cells(samples.get("model"))])
        if FITTED in samples:
            rows.append(_fitted_row(name, of))
    floors = [of["samples"]["test_images"] for of in metrics.values() if "samples" in of]
    if floors:  # the same beside every model
        rows.append(["test images", *["–"] * (len(LIKELIHOODS) + 2), *readme_cells(floors[0])])
    return _markdown(rows)


def _likelihood_cells(metrics: Record) -> list[str]:
    terms = metrics.get("binarised", {})
    samples = f"{terms['importance_samples']:,}" if "importance_samples" in terms else "–"
    active = f"{metrics['active_units']} of {metrics['latent_dim']}"
    return [*(in_words(terms.get(key)) for key in LIKELIHOODS.values()), samples, active]


def _fitted_row(name: str, metrics: Record) -> list[str]:
    """A model's figures under the prior that was fitted to its codes."""
    keys = [f"{key}_{FITTED}" for key in LIKELIHOODS.values()]
    likelihoods = [in_words(metrics.get("binarised", {}).get(key)) for key in keys]
    samples = readme_cells(metrics["samples"][FITTED])
    return [f"`{name}`, {FITTED} fitted", *likelihoods, "–", "–", *samples]


def measured(weights: Path) -> dict[str, Record]:
    """metrics.json of each model of MNIST in `weights` and of the study, by name."""
    folders = [file.parent for file in sorted(weights.glob("*/metrics.json"))]
    flagships = [
        folder
        for folder in folders
        if folder.name not in NOT_A_CHOICE and read_info(folder) == MNIST
    ]
    study = [weights / name for name in RECIPES if name.startswith(f"{STUDY}/")]
    return {
        folder.relative_to(weights).as_posix(): json.loads((folder / "metrics.json").read_text())
        for folder in [*flagships, *study]
        if (folder / "metrics.json").exists()
    }


def comparison(weights: Path) -> str:
    """A Markdown table of the flagships in `weights` beside published models, by dimensions."""
    metrics = measured(weights)
    ours = [
        (metrics[name]["latent_dim"], _compared(name, metrics[name], _recipe(weights / name)))
        for name in FLAGSHIPS
        if name in metrics
    ]
    theirs = [(model.latent_dim, _published(model)) for model in PUBLISHED]
    headings = ["model", "dimensions", "−ELBO", "NLL", "k", "augmented training", "source"]
    # A stable sort: ours is the first of its kind.
    rows = [row for _, row in sorted([*ours, *theirs], key=lambda row: row[0] > PLANE)]
    return _markdown([headings, ["---"] * len(headings), *rows])


def _recipe(folder: Path) -> Record:
    """Return what the weights in `folder` were trained as."""
    with (folder / "training.jsonl").open() as lines:
        recipe: Record = json.loads(next(lines))["recipe"]
    return recipe


def _compared(name: str, metrics: Record, recipe: Record) -> list[str]:
    terms = metrics["binarised"]
    figures = [in_words(terms[key]) for key in ("negative_elbo", "nll")]
    samples = f"{terms['importance_samples']:,}"
    augmented = "yes" if recipe.get("augment_prob") else "no"
    facts = [*figures, samples, augmented, "this repository"]
    return [f"**`{name}`**", str(metrics["latent_dim"]), *facts]


def _published(model: Published) -> list[str]:
    figures = [
        "–" if value is None else f"{value:,g}"
        for value in (model.negative_elbo, model.nll, model.samples)
    ]
    augmented = "yes" if model.augmented else "no"
    return [model.model, str(model.latent_dim), *figures, augmented, model.source]


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


TABLES = {"results": table, "published": comparison}  # by the name in their markers


def updated(readme: str, weights: Path) -> str:
    """`readme` with the tables of `weights` between their markers."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = readme.partition(begin)
        _, _, after = rest.partition(end)
        if found:
            readme = f"{before}{begin}\n{made(weights)}\n{end}{after}"
    return readme


def main() -> int:
    readme = Path("README.md")
    readme.write_text(updated(readme.read_text(), Path("weights")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
