"""Data-parallel training by torchrun on loopback, compared with a single process in float64."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.bars import write_bars
from training import train
from training.checkpoint import load_checkpoint
from training.parallel import Distributed

BATCH = 384
RECIPE = "vae-2d"
OPTIONS = ["--batch-size", str(BATCH), "--precision", "float64", "--device", "cpu"]
TOLERANCE = 1e-8


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bars(tmp_path_factory.mktemp("data"), 7 * BATCH + 50)


def arguments(data: Path, folder: Path, *options: str) -> list[str]:
    places = ["--data", data, "--run-dir", folder, "--output", folder / "weights"]
    return [RECIPE, *map(str, places), *OPTIONS, "--held-out", "50", "--epochs", "2", *options]


def torchrun(processes: int, command: list[str], *options: str) -> "subprocess.Popen[str]":
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
    return subprocess.Popen(
        [*launcher, *(options or ["--standalone"]), "-m", "training.train", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def output(process: "subprocess.Popen[str]") -> str:
    text, _ = process.communicate(timeout=120)
    return text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def expect_same(folder: Path, reference: Path) -> None:
    """Compare the weights, their moving average and the logged terms of two runs."""
    (ours, state), (theirs, expected) = (
        load_checkpoint((run / "checkpoint.safetensors").read_bytes())
        for run in (folder, reference)
    )
    for name, tensor in theirs.items():
        assert (ours[name] - tensor).abs().max() <= TOLERANCE, name
    for epoch, other in zip(state["epochs"], expected["epochs"], strict=True):
        for term in ("loss", "reconstruction", "kl", "held_out_reconstruction", "held_out_kl"):
            assert epoch[term] == pytest.approx(other[term], rel=1e-6)


@pytest.fixture(scope="module")
def single_process(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run directory of a training in a single process."""
    folder = tmp_path_factory.mktemp("single")
    assert train.main(arguments(data, folder)) == 0
    return folder


def test_three_processes_train_the_same_weights_as_one(
    data: Path, single_process: Path, tmp_path: Path
) -> None:
    job = torchrun(3, arguments(data, tmp_path))
    text = output(job)
    assert job.returncode == 0, text
    assert text.count(f"{RECIPE}: ") == 1  # only rank 0 prints
    expect_same(tmp_path, single_process)


def test_two_hosts_train_the_same_weights_as_one_process(
    data: Path, single_process: Path, tmp_path: Path
) -> None:
    address = f"127.0.0.1:{free_port()}"
    rendezvous = ["--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", address]
    folders = tmp_path / "first", tmp_path / "second"  # hosts without a shared disk
    hosts = [
        torchrun(1, arguments(data, folder), *rendezvous, "--rdzv-id", "job") for folder in folders
    ]
    texts = [output(host) for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0], texts
    (written,) = (folder for folder in folders if folder.exists())
    expect_same(written, single_process)


def test_hosts_with_different_settings_do_not_start_training(data: Path, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    rendezvous = ["--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-endpoint", address]
    hosts = [
        torchrun(1, arguments(data, tmp_path, "--seed", seed), *rendezvous, "--rdzv-id", "job")
        for seed in ("0", "1")
    ]
    texts = [output(host) for host in hosts]
    assert all(host.returncode for host in hosts)
    assert sum("expected the same settings, data and weights" in text for text in texts) == 1
    assert not (tmp_path / "checkpoint.safetensors").exists()


def workers(launcher: int) -> list[int]:
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    return [int(child) for child in children]


@pytest.mark.skipif(sys.platform != "linux", reason="reads process ids from /proc")
def test_a_killed_process_ends_the_job_and_a_single_process_resumes_it(
    data: Path, single_process: Path, tmp_path: Path
) -> None:
    job = torchrun(2, arguments(data, tmp_path, "--checkpoint-seconds", "0"))
    assert job.stdout is not None
    for line in job.stdout:
        if re.match(r" +1/2 ", line):  # the first of two epochs
            break
    os.kill(workers(job.pid)[1], signal.SIGKILL)
    killed_at = time.monotonic()
    text = output(job)
    assert time.monotonic() - killed_at < 60
    assert job.returncode != 0
    assert "has lost the others" in text
    assert "--resume" in text
    assert train.main(arguments(data, tmp_path, "--resume")) == 0
    expect_same(tmp_path, single_process)


def test_a_batch_size_that_is_not_a_multiple_of_the_processes_is_refused() -> None:
    distributed = Distributed(1, 3, torch.device("cpu"))
    assert distributed.rows(384) == slice(128, 256)
    with pytest.raises(ValueError, match=r"multiple of 3 processes, got 128; .*--batch-size 129"):
        distributed.rows(128)
