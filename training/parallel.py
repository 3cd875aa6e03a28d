"""The processes of one job, as torchrun starts them; a single process is a job of one.

All communication is torch.distributed's: gloo between CPUs, NCCL between GPUs.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

# A process that hangs, or a host that is gone without a word, ends the job after this long; one
# that dies closes its connections, which the others see at once.
PATIENCE = timedelta(seconds=45)


@dataclass(frozen=True)
class World:
    """One process's view of its job.

    Attributes:
        rank: this process, 0 <= rank < size; rank 0 alone writes files and speaks.
        size: processes in the job.
        device: where this one computes.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def rows(self, batch: int) -> slice:
        """The images of a global batch that are this process's.

        Raises:
            ValueError: when they cannot be shared out evenly.
        """
        if batch % self.size:
            nearest = self.size * max(1, round(batch / self.size))
            raise ValueError(
                f"a batch of {batch} does not divide among {self.size} processes; "
                f"--batch-size {nearest} does"
            )
        share = batch // self.size
        return slice(self.rank * share, (self.rank + 1) * share)

    def engine(self, module: nn.Module) -> nn.Module:
        """`module`, its gradients averaged over the job in every backward pass."""
        return DistributedDataParallel(module) if self.size > 1 else module

    def mean(self, values: Tensor) -> Tensor:
        """The mean of a tensor over the processes."""
        if self.size == 1:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total / self.size

    def share(self, content: Callable[[], bytes]) -> bytes:
        """What `content` gives on rank 0, on every rank; nobody else calls it."""
        if self.size == 1:
            return content()
        own = content() if self.leads else b""
        length = torch.tensor([len(own)], device=self.device)
        dist.broadcast(length, src=0)
        if not length:
            return b""
        buffer = torch.empty(int(length), dtype=torch.uint8, device=self.device)
        if self.leads:
            buffer.copy_(torch.frombuffer(bytearray(own), dtype=torch.uint8))
        dist.broadcast(buffer, src=0)
        return buffer.cpu().numpy().tobytes()

    def expect_same(self, *contents: "Buffer") -> None:
        """Returns where all processes hold the same bytes.

        Raises:
            ValueError: on every process, where they do not.
        """
        if self.size == 1:
            return
        checksum = 0
        for content in contents:
            checksum = zlib.crc32(content, checksum)
        same = int.from_bytes(self.share(lambda: checksum.to_bytes(4))) == checksum
        if self.mean(torch.tensor(float(same), device=self.device)) < 1:
            raise ValueError(
                "the processes of this job were given different settings, data or weights"
            )


@contextmanager
def join(device: Callable[[], torch.device]) -> Iterator[World]:
    """This process's place in the job that torchrun has started, or in a job of one.

    Args:
        device: chooses one for a job of one and for CPUs; of several GPUs each process takes its
            own by torchrun's LOCAL_RANK.
    """
    chosen = device()
    if "RANK" not in os.environ:
        yield World(0, 1, chosen)
        return
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(chosen)
    backend = "nccl" if chosen.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        yield World(dist.get_rank(), dist.get_world_size(), chosen)
    finally:
        dist.destroy_process_group()
