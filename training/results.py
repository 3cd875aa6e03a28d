"""The README's tables of results, from every metrics.json: `python -m training.results`.

Rewrites the part of README.md between its two markers, so that no figure is typed by hand.
"""

import json
import sys
from pathlib import Path
from typing import Any

from app.catalogue import NOT_A_CHOICE
from app.dataset import MNIST, read_info
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


def measured(weights: Path) -> dict[str, dict[str, Any]]:
    """metrics.json of each model of MNIST in `weights`, by name."""
    folders = [file.parent for file in sorted(weights.glob("*/metrics.json"))]
    return {
        folder.name: json.loads((folder / "metrics.json").read_text())
        for folder in folders
        if folder.name not in NOT_A_CHOICE and read_info(folder) == MNIST
    }


def _row(name: str, metrics: dict[str, Any]) -> str:
    terms = metrics["binarised"]
    cells = [_estimate(terms[key]) if key in terms else "–" for key in COLUMNS]
    active = f"{metrics['active_units']} of {metrics['latent_dim']}"
    return " | ".join([f"| `{name}`", *cells, f"{terms['importance_samples']:,}", f"{active} |"])


def _estimate(term: dict[str, float]) -> str:
    return f"{term['mean']:.2f} ± {term['standard_error']:.2f}"


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
