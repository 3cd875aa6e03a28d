"""The choice of precision, and the thread pool for parallel tasks."""

import threading

import pytest
import torch

from training.device import fastest_dtype, thread_pool

CPU = torch.device("cpu")


def test_a_gpu_uses_bf16_and_a_cpu_its_faster_precision() -> None:
    assert fastest_dtype(CPU) in ("float32", "bf16")
    assert fastest_dtype(torch.device("cuda")) == "bf16"


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
