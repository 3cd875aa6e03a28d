"""Why a reconstruction is blurry: what is averaged, and which test images share the code."""

import numpy as np
import pytest
import torch

from app.frontend.requests import ImageRequest, unit
from app.model import inference
from app.registry.models import ModelRegistry
from app.tabs.reconstruct.blur import AVERAGED, RADIUS, blur_functions
from tests.frontend.test_requests import CROSS, pack, unpack
from tests.paths import WEIGHTS

SIDE = 28


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    return ModelRegistry(WEIGHTS, torch.device("cpu"))


@pytest.mark.parametrize("name", ["vae-2d", "vae-32d"])
def test_the_averages_of_more_draws_come_nearer_to_the_mean(
    registry: ModelRegistry, name: str
) -> None:
    [average_draws] = blur_functions(registry)
    answer = average_draws(ImageRequest(model=name, pixels=pack(CROSS), seed=0))
    images = unpack(answer["images"]).reshape(len(AVERAGED), SIDE, SIDE) / 255
    assert set(np.unique(images[0])) <= {0, 1}, "one draw is black and white"
    vae = registry[name].vae
    mean = inference.decode(vae, inference.encode(vae, unit(CROSS)[None]).mu)[0]
    errors = np.abs(images - mean).mean(axis=(1, 2))
    assert (np.diff(errors) < 0).all()
    assert errors[-1] < 0.03


def test_images_that_share_a_code_are_those_inside_its_ellipse(registry: ModelRegistry) -> None:
    [average_draws] = blur_functions(registry)
    model = registry["vae-2d"]
    answer = average_draws(ImageRequest(model="vae-2d", pixels=pack(CROSS), seed=0))
    posterior = inference.encode(model.vae, unit(CROSS)[None])
    assert model.codes is not None
    distance = np.sqrt((((model.codes.mu - posterior.mu) / posterior.std) ** 2).sum(axis=1))
    assert sum(answer["sharing"].values()) == (distance <= RADIUS).sum()
    assert answer["test_images"] == len(model.codes.mu)
    counts = list(answer["sharing"].values())
    assert counts == sorted(counts, reverse=True)
