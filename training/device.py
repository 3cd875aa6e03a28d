"""Devices: names, precision, threads and memory."""

import ctypes
import platform
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

# Data type of the parameters for each --precision. "bf16" applies to the layers' matrix products
# only (autocast). "float64" is used to compare runs that sum in a different order.
DTYPES = {"float32": torch.float32, "bf16": torch.float32, "float64": torch.float64}

# Of glibc's malloc.h.
M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4
LARGEST = 2**31 - 1  # of mallopt's values


def keep_freed_memory() -> None:
    """Let the C library reuse the memory that one batch frees for the next batch.

    By default glibc returns large blocks to the system, which clears them for the next batch. That
    took a fifth of an evaluation's processor time, and a twentieth of a training's.
    """
    with suppress(AttributeError, OSError):  # another C library
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, LARGEST)


def device_name(device: torch.device) -> str:
    """Return the name of the processor or accelerator, for the training log."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu" and Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or device.type


def synchronize(device: torch.device) -> None:
    """Wait until an accelerator has finished its queued work; do nothing on a CPU."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


@contextmanager
def thread_pool(device: torch.device) -> Iterator[ThreadPoolExecutor]:
    """Yield a thread pool with one worker per PyTorch thread (CPU) or a single worker (GPU).

    PyTorch uses one thread in each task until the context ends. Independent tasks in parallel use
    the cores more fully than parallel small matrix products. Tasks that have not started
    when the context ends are canceled.
    """
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(threads if device.type == "cpu" else 1)
    torch.set_num_threads(1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)


def peak_memory(device: torch.device) -> int:
    """Return the peak memory of this process in bytes: of a CUDA device, else of the host."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Return a context that computes layers in bf16 if `precision` is "bf16".

    Parameters and the terms of the objective remain float32.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
