"""Where a run computes, and in which precision."""

import platform
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch

# What the parameters are kept in. "bf16" is that of the layers' products alone; "float64" is for
# comparing runs that add up in another order.
DTYPES = {"float32": torch.float32, "bf16": torch.float32, "float64": torch.float64}


def machine(device: torch.device) -> str:
    """The processor or accelerator's name, for the record."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu" and Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or device.type


def synchronize(device: torch.device) -> None:
    """Waits for an accelerator's queue; a CPU has none."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


@contextmanager
def thread_pool(device: torch.device) -> Iterator[ThreadPoolExecutor]:
    """Threads for tasks that are all alike: on a CPU one for each that PyTorch would compute with.

    Tasks side by side keep cores busier than cores that share each product of one task after the
    other. Tasks that have not begun when the context ends are dropped.
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
    """Bytes: the most that this process has held, on the accelerator if it computes on one."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """bf16 layers where the run's precision says so; parameters and terms stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
