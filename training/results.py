"""The README's table of results, from every metrics.json: `python -m training.results`.

Rewrites the part of README.md between its two markers, so that no figure is typed by hand.
"""

import json
import sys
from pathlib import Path
from typing import Any

from app.dataset import MNIST, read_info

BEGIN, END = "<!-- results -->", "<!-- /results -->"
COLUMNS = ("negative_elbo", "reconstruction", "kl", "nll")


def table(weights: Path) -> str:
    """A Markdown table of the measured models of MNIST in `weights`, one row each."""
    rows = [
        "| model | −ELBO | reconstruction | KL | NLL | k | active units |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    measured = (file.parent for file in sorted(weights.glob("*/metrics.json")))
    rows += [
        _row(folder.name, json.loads((folder / "metrics.json").read_text()))
        for folder in measured
        if read_info(folder) == MNIST
    ]
    return "\n".join(rows)


def _row(name: str, metrics: dict[str, Any]) -> str:
    terms = metrics["binarised"]
    cells = [f"{terms[key]['mean']:.2f} ± {terms[key]['standard_error']:.2f}" for key in COLUMNS]
    active = f"{metrics['active_units']} of {metrics['latent_dim']}"
    return " | ".join([f"| `{name}`", *cells, f"{terms['importance_samples']:,}", f"{active} |"])


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
