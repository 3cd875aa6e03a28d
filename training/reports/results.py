"""Tables of results, made from every metrics.json: `python -m training.reports.results`.

Rewrites the parts of README.md and docs/results.md between pairs of markers, so that no figure of
this repository is typed by hand.
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
FILES = ("README.md", "docs/results.md")
SUMMARY = {  # the rows of README.md
    "vae-2d": "the VAE of the demo, 2 dimensions",
    "vae-32d": "the VAE of the demo, 32 dimensions",
    f"{STUDY}/ae": "small plain autoencoder, 2 dimensions",
    f"{STUDY}/dae": "the same, denoising",
    f"{STUDY}/cae": "the same, contractive",
    f"{STUDY}/vae": "the same, variational",
}


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


def summary(weights: Path) -> str:
    """Return a Markdown table of the six models in `weights` that a reader meets first."""
    metrics = measured(weights)
    headings = ["model", "what it is", "−ELBO", "reconstruction", "KL", "NLL", "Fréchet distance"]
    rows = [
        [f"`{name}`", text, *_summary_cells(metrics[name])]
        for name, text in SUMMARY.items()
        if name in metrics
    ]
    return _markdown([headings, ["---"] * len(headings), *rows])


def _summary_cells(metrics: Record) -> list[str]:
    """Return the likelihoods and the Fréchet distance; NLL by quadrature where it was measured."""
    terms = metrics.get("binarised", {})
    likelihoods = [terms.get(key) for key in ("negative_elbo", "reconstruction", "kl")]
    nll = terms.get("nll_quadrature", terms.get("nll"))
    distance, *_ = readme_cells(metrics.get("samples", {}).get("model"))
    return [*(in_words(estimate) for estimate in [*likelihoods, nll]), distance]


def comparison(weights: Path) -> str:
    """A Markdown table of the flagships in `weights` beside published models, by dimensions."""
    metrics = measured(weights)
    ours = [
        (metrics[name]["latent_dim"], _compared(name, metrics[name]))
        for name in FLAGSHIPS
        if name in metrics
    ]
    theirs = [(model.latent_dim, _published(model)) for model in PUBLISHED]
    headings = ["model", "dimensions", "−ELBO", "NLL", "k", "source"]
    # A stable sort: ours is the first of its kind.
    rows = [row for _, row in sorted([*ours, *theirs], key=lambda row: row[0] > PLANE)]
    return _markdown([headings, ["---"] * len(headings), *rows])


def _compared(name: str, metrics: Record) -> list[str]:
    terms = metrics["binarised"]
    figures = [in_words(terms[key]) for key in ("negative_elbo", "nll")]
    samples = f"{terms['importance_samples']:,}"
    return [f"**`{name}`**", str(metrics["latent_dim"]), *figures, samples, "this repository"]


def _published(model: Published) -> list[str]:
    bound = "–" if model.negative_elbo is None else f"{model.negative_elbo:g}"
    figures = [bound, f"{model.nll:g}", f"{model.samples:,}"]
    return [model.model, str(model.latent_dim), *figures, model.source]


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


TABLES = {"summary": summary, "results": table, "published": comparison}  # by their markers


def updated(readme: str, weights: Path) -> str:
    """Return `readme` with the tables of `weights` between their markers."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = readme.partition(begin)
        _, _, after = rest.partition(end)
        if found:
            readme = f"{before}{begin}\n{made(weights)}\n{end}{after}"
    return readme


def main() -> int:
    """Rewrite the tables and return the exit code."""
    for file in map(Path, FILES):
        file.write_text(updated(file.read_text(), Path("weights")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
