"""The README's table of results, from every metrics.json: `python -m training.results`.

Rewrites the part of README.md between its two markers, so that no figure is typed by hand.
"""

import json
import sys
from pathlib import Path

from app.catalogue import NOT_A_CHOICE
from app.dataset import MNIST, read_info
from app.study import FOLDER as STUDY
from app.study import Record
from training.estimate import in_words
from training.recipes import RECIPES
from training.sample_tables import readme_cells, readme_headings

BEGIN, END = "<!-- results -->", "<!-- /results -->"
LIKELIHOODS = {
    "−ELBO": "negative_elbo",
    "reconstruction": "reconstruction",
    "KL": "kl",
    "NLL, sampled": "nll",
    "NLL, plane": "nll_quadrature",
}
FITTED = "mixture"  # the fitted prior that has a row of its own


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
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


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


def updated(readme: str, weights: Path) -> str:
    """`readme` with the table of `weights` between its markers."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(weights)}\n{END}{after}"


def main() -> int:
    readme = Path("README.md")
    readme.write_text(updated(readme.read_text(), Path("weights")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
