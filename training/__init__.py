"""Training, evaluation and the commands around them, each `python -m training.NAME`."""

import os
import signal
import sys
from types import FrameType


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End a command that is still loading its libraries: no file has been written yet."""
    os.write(2, b"interrupted\n")
    os._exit(130)


if sys.argv[0] == "-m":  # set by Python while it looks for the module that -m names
    signal.signal(signal.SIGINT, _leave)
