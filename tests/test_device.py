"""Where a run computes: precision, and tasks side by side."""

import threading

import pytest
import torch

from training.device import faster_precision, thread_pool

CPU = torch.device("cpu")


def test_a_cpu_takes_the_precision_that_it_is_faster_in() -> None:
    assert faster_precision(CPU) in ("float32", "bf16")
    assert faster_precision(torch.device("cuda")) == "bf16"


def test_on_a_cpu_as_many_tasks_run_as_there_were_threads_and_each_has_one() -> None:
    threads = torch.get_num_threads()
    together = threading.Barrier(threads)  # broken, if one has to wait for another's end

    def task(_: int) -> int:
        together.wait(timeout=60)
        return torch.get_num_threads()

    with thread_pool(CPU) as pool:
        assert list(pool.map(task, range(threads))) == [1] * threads
    assert torch.get_num_threads() == threads


def test_an_accelerator_has_one_task_at_a_time() -> None:
    with thread_pool(torch.device("meta")) as pool:
        assert len(set(pool.map(lambda _: threading.get_ident(), range(20)))) == 1


def test_a_failure_drops_what_has_not_begun_and_gives_the_threads_back() -> None:
    threads = torch.get_num_threads()
    begun: list[int] = []

    def task(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise KeyboardInterrupt
        threading.Event().wait(0.01)  # a thousand of them would take seconds

    def run() -> None:
        with thread_pool(CPU) as pool:
            list(pool.map(task, range(1000)))

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(begun) < 1000
    assert torch.get_num_threads() == threads
