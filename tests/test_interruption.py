"""kill -9 at random moments loses nothing; `python -m tests.interruption` tries more of them."""

from pathlib import Path

from tests.interruption import interrupt


def test_what_is_killed_and_resumed_ends_bit_for_bit_as_if_untouched(tmp_path: Path) -> None:
    assert len(interrupt(tmp_path, times=3, seed=0)) == 3
