"""The README's tables of results, from every metrics.json: `python -m training.results`.

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
from training.sample_tables import readme_table

BEGIN, END = "<!-- results -->", "<!-- /results -->"
COLUMNS = ("negative_elbo", "reconstruction", "kl", "nll", "nll_quadrature")


def table(weights: Path) -> str:
    """A Markdown table of the measured models of MNIST in `weights`, one row each."""
    rows = [
        "| model | −ELBO | reconstruction | KL | NLL, sampled | NLL, plane | k | active units |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows += [_row(name, metrics) for name, metrics in measured(weights).items()]
    return "\n".join(rows)


def measured(weights: Path) -> dict[str, Record]:
    """metrics.json of each model of MNIST in `weights` and of the study, by name."""
    folders = [file.parent for file in sorted(weights.glob("*/metrics.json"))]
    flagships = [
        folder
        for folder in folders
        if folder.name not in NOT_A_CHOICE and read_info(folder) == MNIST
    ]
    study = [file.parent for file in sorted((weights / STUDY).glob("*/metrics.json"))]
    return {
        folder.relative_to(weights).as_posix(): json.loads((folder / "metrics.json").read_text())
        for folder in [*flagships, *study]
    }


def _row(name: str, metrics: Record) -> str:
    terms = metrics.get("binarised", {})
    cells = [in_words(terms.get(key)) for key in COLUMNS]
    samples = f"{terms['importance_samples']:,}" if "importance_samples" in terms else "–"
    active = f"{metrics['active_units']} of {metrics['latent_dim']}"
    return " | ".join([f"| `{name}`", *cells, samples, f"{active} |"])


def updated(readme: str, weights: Path) -> str:
    """`readme` with the tables of `weights` between its markers."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = f"{table(weights)}\n\n{readme_table(measured(weights))}".strip()
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def main() -> int:
    readme = Path("README.md")
    readme.write_text(updated(readme.read_text(), Path("weights")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
