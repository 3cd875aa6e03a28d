"""Files of a data set that were left out, counted by reason."""

import logging
from collections.abc import Iterable
from pathlib import Path

NAMED = 3  # files for each reason

logger = logging.getLogger(__name__)


class LeftOut:
    """Files that were left out, by reason."""

    def __init__(self) -> None:
        self.by_reason: dict[str, list[Path]] = {}

    def add(self, files: Iterable[Path], reason: str) -> None:
        """Count files that are left out."""
        self.by_reason.setdefault(reason, []).extend(files)

    def __len__(self) -> int:
        return sum(map(len, self.by_reason.values()))

    def __str__(self) -> str:
        """Return the number of files and the reasons, each with a few names."""
        reasons = [f"{reason} ({_names(files)})" for reason, files in self.by_reason.items()]
        files = "1 file" if len(self) == 1 else f"{len(self)} files"
        return f"{files}: {'; '.join(reasons)}"

    def report(self) -> None:
        """Warn once, if there are any."""
        if len(self):
            logger.warning("left out %s", self)


def _names(files: list[Path]) -> str:
    return ", ".join(file.name for file in files[:NAMED]) + (", ..." if files[NAMED:] else "")
