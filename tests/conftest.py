"""The real server, as a process; the real data, where it is; models small enough for a test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from app.model.vae import VAE, VAEConfig
from tests.serving import serving

# One thread in each process, this one and those that tests start: batches are small, and threads
# that wait for each other on few cores slow down the other tests.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `python app.py` like a visitor; yield its address."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="session")
def mnist() -> Path:
    """Return the folder of the real data; skip tests that need it if MNIST_DIR is not set."""
    folder = os.environ.get("MNIST_DIR")
    if not folder:
        pytest.skip("set MNIST_DIR to the folder of the four MNIST files")
    return Path(folder)


@pytest.fixture(scope="session")
def vae() -> VAE:
    torch.manual_seed(0)
    return VAE(VAEConfig(latent_dim=3, encoder_width=16, decoder_width=16)).eval()


@pytest.fixture(scope="session")
def autoencoder() -> VAE:
    config = VAEConfig(latent_dim=3, encoder_width=16, decoder_width=16, variance_head="none")
    return VAE(config).eval()
