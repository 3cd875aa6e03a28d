"""Exit codes and error messages of the commands: one sentence for each expected failure."""

import errno
import math
import signal
import sys
from collections.abc import Callable

from training.data import DataUnavailable

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Number = int | float | None


def finish(command: Callable[[], int], interrupted: str) -> int:
    """Run a command and return its exit code: 2 after an expected error, 130 after Ctrl-C.

    Args:
        command: returns its own exit code.
        interrupted: the sentence after Ctrl-C.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return command()
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return 130
    except (DataUnavailable, OSError, ValueError) as error:
        print(f"error: {sentence(error)}", file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGINT, before)


def sentence(error: BaseException) -> str:
    """Return an error's message in one line, with the path of a file that could not be written."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        advice = "; free some space and repeat the command" if error.errno in FULL else ""
        return f"{error.filename}: {error.strerror.lower()}{advice}"
    return " ".join(str(error).split())


def expect_between(option: str, value: Number, least: Number = None, most: Number = None) -> None:
    """Raise ValueError unless an option is absent or in its range, ends included."""
    if value is None:
        return
    low, high = (-math.inf if least is None else least), (math.inf if most is None else most)
    if not (math.isfinite(value) and low <= value <= high):
        ends = [f"at least {least:,}" if least is not None else "a finite number"]
        ends += [f"at most {most:,}"] if most is not None else []
        raise ValueError(f"{option}: expected {' and '.join(ends)}, got {value}")
