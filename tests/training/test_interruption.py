"""Three kills of a training; `python -m tests.training.interruption` tries more."""

from pathlib import Path

from tests.training.interruption import interrupt


def test_a_killed_and_resumed_run_is_bit_exact(tmp_path: Path) -> None:
    assert len(interrupt(tmp_path, times=3, seed=0)) == 3
