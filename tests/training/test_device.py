"""The choice of precision, the thread pool for parallel tasks, and the memory of batches."""

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
import torch

from app.model.vae import VAEConfig
from tests.paths import ROOT
from training import precision
from training.device import thread_pool
from training.precision import fastest_precision
from training.recipes import Recipe

CPU = torch.device("cpu")


RECIPE = Recipe(
    model=VAEConfig(latent_dim=2, encoder_width=16, decoder_width=16),
    epochs=1,
    batch_size=16,
    learning_rate=1e-3,
)


@pytest.mark.parametrize("faster", ["float32", "bf16"])
def test_a_cpu_uses_the_precision_with_the_faster_training_step(
    faster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = precision._step

    def step(recipe: Recipe, device: torch.device, name: str) -> Callable[[], None]:
        pass_once = real(recipe, device, name)

        def slowed() -> None:
            for _ in range(1 if name == faster else 50):
                pass_once()

        return slowed

    monkeypatch.setattr(precision, "_step", step)
    assert fastest_precision(RECIPE, CPU) == faster


def test_a_gpu_uses_bf16_without_timing() -> None:
    assert fastest_precision(RECIPE, torch.device("cuda")) == "bf16"


def test_choosing_a_precision_does_not_change_the_random_state() -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    fastest_precision(RECIPE, CPU)
    assert torch.rand(1) == expected


def test_on_a_cpu_one_task_runs_per_thread_and_each_computes_on_one_thread() -> None:
    threads = torch.get_num_threads()
    together = threading.Barrier(threads)  # times out unless all tasks run at once

    def task(_: int) -> int:
        together.wait(timeout=60)
        return torch.get_num_threads()

    with thread_pool(CPU) as pool:
        assert list(pool.map(task, range(threads))) == [1] * threads
    assert torch.get_num_threads() == threads


def test_an_accelerator_runs_one_task_at_a_time() -> None:
    with thread_pool(torch.device("meta")) as pool:
        assert len(set(pool.map(lambda _: threading.get_ident(), range(20)))) == 1


def test_a_failed_task_cancels_the_others_and_restores_the_thread_count() -> None:
    threads = torch.get_num_threads()
    started: list[int] = []

    def task(number: int) -> None:
        started.append(number)
        if number == 0:
            raise KeyboardInterrupt
        threading.Event().wait(0.01)  # a thousand of them would take seconds

    def run() -> None:
        with thread_pool(CPU) as pool:
            list(pool.map(task, range(1000)))

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(started) < 1000
    assert torch.get_num_threads() == threads


PAGE_FAULTS = """
import resource, sys, numpy
from training.device import keep_freed_memory
if "keep" in sys.argv:
    keep_freed_memory()
for turn in range(9):
    numpy.ones(2**23)
    if turn == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's setting")
def test_the_memory_of_a_batch_is_used_again_without_page_faults() -> None:
    usual, kept = (
        int(subprocess.check_output([sys.executable, "-c", PAGE_FAULTS, *options], cwd=ROOT))
        for options in ([], ["keep"])
    )
    assert kept < usual / 10
