"""Data-parallel training on several processes or hosts, started by torchrun.

Communication uses torch.distributed: gloo between CPUs, NCCL between GPUs. A command that torchrun
did not start runs as a single process, for which every method here is a no-op.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

# Limits how long a collective operation waits for a process that hangs or a host that is down. A
# process that exits closes its connections, so the others fail immediately.
TIMEOUT = timedelta(seconds=45)


@dataclass(frozen=True)
class Distributed:
    """The process group from the point of view of one process.

    Attributes:
        rank: index of this process, 0 <= rank < size; only rank 0 writes files and prints.
        size: number of processes.
        device: device of this process.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def is_main_process(self) -> bool:
        """Return whether this process writes files and prints."""
        return self.rank == 0

    def rows(self, batch_size: int) -> slice:
        """Return which images of a global batch this process computes.

        Raises:
            ValueError: the batch size is not a multiple of the number of processes.
        """
        if batch_size % self.size:
            nearest = self.size * max(1, round(batch_size / self.size))
            raise ValueError(
                f"expected a batch size that is a multiple of {self.size} processes, got "
                f"{batch_size}; give --batch-size {nearest}"
            )
        count = batch_size // self.size
        return slice(self.rank * count, (self.rank + 1) * count)

    def wrap(self, module: nn.Module) -> nn.Module:
        """Return `module`, with gradients averaged over the processes in each backward pass."""
        return DistributedDataParallel(module) if self.size > 1 else module

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of `values` over the processes."""
        if self.size == 1:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total / self.size

    def broadcast(self, content: Callable[[], bytes]) -> bytes:
        """Call `content` on rank 0 only and return its result on every process."""
        if self.size == 1:
            return content()
        sent = content() if self.is_main_process else b""
        length = torch.tensor([len(sent)], device=self.device)
        dist.broadcast(length, src=0)
        if not length:
            return b""
        buffer = torch.empty(int(length), dtype=torch.uint8, device=self.device)
        if self.is_main_process:
            buffer.copy_(torch.frombuffer(bytearray(sent), dtype=torch.uint8))
        dist.broadcast(buffer, src=0)
        return buffer.cpu().numpy().tobytes()

    def assert_same(self, *contents: bytes | memoryview) -> None:
        """Check by checksum that all processes have the same bytes.

        Raises:
            ValueError: they differ; raised on every process.
        """
        if self.size == 1:
            return
        checksum = 0
        for content in contents:
            checksum = zlib.crc32(content, checksum)
        extremes = torch.tensor([checksum, -checksum], device=self.device)
        dist.all_reduce(extremes, dist.ReduceOp.MAX)
        if extremes.sum():  # largest minus smallest checksum
            raise ValueError(
                "expected the same settings, data and weights on all processes, got different "
                "ones; give every process the same options and files"
            )


@contextmanager
def init_distributed(device: Callable[[], torch.device]) -> Iterator[Distributed]:
    """Join the process group that torchrun describes in the environment, and leave it at the end.

    Args:
        device: returns the device. For several GPUs on a host, LOCAL_RANK selects which one.

    Yields:
        The process group; a single process if torchrun did not start this one.
    """
    chosen = device()
    if "RANK" not in os.environ:
        yield Distributed(0, 1, chosen)
        return
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=TIMEOUT)
    try:
        yield Distributed(dist.get_rank(), dist.get_world_size(), chosen)
    finally:
        dist.destroy_process_group()
