"""The tab Compare: one call answers for all models, and they are compared fairly."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.frontend.payloads import Payload, ServerFunction, guarded
from app.model.mixture import FILE, Mixture
from app.model.vae import VAE, VAEConfig
from app.registry.ablations import FAMILY, FAMILY_32D, Ablations, read_ablations
from app.registry.models import ModelRegistry
from app.tabs.compare import compare, compare_functions
from app.tabs.compare.density import IMAGES
from app.tabs.compare.figures import figures
from tests.frontend.test_requests import BAD_PIXELS, CROSS, pack, unpack
from tests.paths import WEIGHTS
from tests.registry.test_models import put, put_codes

GOOD: dict[str, Payload] = {
    "compare_reconstruct": {
        "latent_dim": 2,
        "pixels": pack(CROSS),
        "kind": "noise",
        "amount": 0.3,
        "seed": 0,
    },
    "compare_sample": {"latent_dim": 2, "prior": "model", "count": 9, "seed": 0},
    "compare_interpolate": {"latent_dim": 2, "a": pack(CROSS), "b": pack(255 - CROSS), "steps": 5},
    "compare_codes": {"latent_dim": 2},
    "compare_positions": {"latent_dim": 2, "pixels": pack(CROSS)},
    "compare_density": {"pixels": pack(CROSS), "prior": "model", "seed": 0},
}
BAD = [
    *(("latent_dim", value) for value in (3, None, "2")),
    *(("prior", value) for value in ("nope", None, ["model"])),
    *(("seed", value) for value in (-1, 0.5, None, 2**32)),
    *(("count", value) for value in (0, 37, None)),
    *(("steps", value) for value in (1, 66, None)),
    *(("amount", value) for value in (-0.1, 1.1, None)),
    *(("kind", value) for value in ("nope", None)),
    *((name, value) for name in ("pixels", "a", "b") for value in BAD_PIXELS),
]


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ServerFunction]:
    folder = tmp_path_factory.mktemp("weights")
    put(folder / "vae-2d")
    for name in (*FAMILY, *FAMILY_32D):
        latent_dim = 32 if name in FAMILY_32D else 2
        head = "log" if name.startswith("vae") else "none"
        torch.manual_seed(latent_dim)
        small = {"encoder_width": 8, "decoder_width": 8, "variance_head": head}
        study = folder / "study" / name
        VAE(VAEConfig(latent_dim=latent_dim, **small)).save_pretrained(study)  # type: ignore[arg-type]
        put_codes(study, latent_dim)
        put_prior(study, latent_dim)
    registry = ModelRegistry(folder, torch.device("cpu"))
    return {function.__name__: guarded(function) for function in compare_functions(registry)}


def put_prior(folder: Path, latent_dim: int) -> None:
    """Write a Gaussian far from N(0, I), under both names."""
    mean = np.full((1, latent_dim), 30, np.float32)
    covariance = 0.01 * np.eye(latent_dim, dtype=np.float32)[None]
    far = Mixture(np.ones(1, np.float32), mean, covariance).to_json()
    (folder / FILE).write_text(json.dumps({"gaussian": far, "mixture": far}))


@pytest.mark.parametrize("name", GOOD)
def test_one_call_answers_for_all_models(functions: dict[str, ServerFunction], name: str) -> None:
    assert list(functions[name](GOOD[name])["models"]) == list(FAMILY)
    if "latent_dim" in GOOD[name]:
        wide = functions[name]({**GOOD[name], "latent_dim": 32})
        assert list(wide["models"]) == list(FAMILY_32D)


@pytest.mark.parametrize("name", GOOD)
def test_bad_input_is_answered_with_a_sentence(
    functions: dict[str, ServerFunction], name: str
) -> None:
    tried = [(key, value) for key, value in BAD if key in GOOD[name]]
    assert tried
    for key, value in tried:
        answer = functions[name]({**GOOD[name], key: value})
        assert set(answer) == {"error"}, (key, value)
        assert "Something went wrong" not in answer["error"], (key, value)


def test_the_error_is_to_the_undamaged_image(functions: dict[str, ServerFunction]) -> None:
    answer = functions["compare_reconstruct"](GOOD["compare_reconstruct"])
    assert (unpack(answer["seen"])[0] != CROSS).any()
    for model in answer["models"].values():
        apart = unpack(model["image"])[0] / 255 - CROSS / 255
        assert model["rmse"] == pytest.approx(np.sqrt(np.square(apart).mean()), abs=2e-3)


def test_without_damage_the_encoders_see_the_image(functions: dict[str, ServerFunction]) -> None:
    answer = functions["compare_reconstruct"]({**GOOD["compare_reconstruct"], "amount": 0})
    assert np.array_equal(unpack(answer["seen"])[0], CROSS)


def test_a_seed_gives_every_model_the_same_codes(functions: dict[str, ServerFunction]) -> None:
    # All were made with the same weights, so the same codes are the same images.
    sample = functions["compare_sample"]
    first = sample(GOOD["compare_sample"])["models"]
    assert len({model["images"] for model in first.values()}) == 1
    assert unpack(first["ae"]["images"]).shape == (9, 28, 28)
    assert sample({**GOOD["compare_sample"], "seed": 1})["models"] != first
    assert sample({**GOOD["compare_sample"], "prior": "mixture"})["models"] != first


def test_the_way_goes_from_one_reconstruction_to_the_other(
    functions: dict[str, ServerFunction],
) -> None:
    way = functions["compare_interpolate"](GOOD["compare_interpolate"])["models"]["cae"]
    images = unpack(way["images"])
    assert len(images) == 5 and way["distance"] > 0
    plain = {**GOOD["compare_reconstruct"], "amount": 0}
    for end, pixels in ((0, CROSS), (-1, 255 - CROSS)):
        answer = functions["compare_reconstruct"]({**plain, "pixels": pack(pixels)})
        assert np.array_equal(images[end], unpack(answer["models"]["cae"]["image"])[0])


def test_codes_come_with_their_labels_on_the_models_plane(
    functions: dict[str, ServerFunction],
) -> None:
    for latent_dim in (2, 32):
        payload = {"latent_dim": latent_dim}
        for model in functions["compare_codes"](payload)["models"].values():
            points = np.frombuffer(base64.b64decode(model["points"]), "<f4").reshape(-1, 2)
            labels = np.frombuffer(base64.b64decode(model["labels"]), np.uint8)
            assert len(points) == len(labels) == 200 and labels.max() == 9
            near = (np.linalg.norm(points, axis=1) <= 2).mean()
            assert model["near"] == pytest.approx(near) and 0 < near < 1
            assert (np.abs(points) <= model["half"]).mean() > 0.95


def test_a_likelihood_is_of_a_binary_image_and_of_the_chosen_prior(
    functions: dict[str, ServerFunction],
) -> None:
    density = functions["compare_density"]
    gray = np.where(CROSS > 0, 200, 100).astype(np.uint8)
    found: dict[str, Any] = {}
    for prior in ("model", "mixture"):
        found[prior] = density({**GOOD["compare_density"], "prior": prior, "pixels": pack(gray)})
        for model in found[prior]["models"].values():
            digit, *others = unpack(model["images"])
            assert np.array_equal(digit, CROSS) and len(others) == len(IMAGES) - 1
            assert set(np.unique(others)) <= {0, 255}
            assert all(log_p < 0 for log_p in model["log_p"])
    assert found["model"]["models"] != found["mixture"]["models"]


def test_a_sample_is_drawn_pixel_by_pixel_and_its_thresholded_mean_is_another_image(
    functions: dict[str, ServerFunction],
) -> None:
    model = functions["compare_density"](GOOD["compare_density"])["models"]["vae"]
    _, sampled, thresholded, _ = unpack(model["images"])
    # With random weights the means are gray, so that the two differ in many pixels.
    assert (sampled != thresholded).mean() > 0.1
    assert model["log_p"][1] < model["log_p"][2], "the likeliest image at z is not a typical one"


def test_the_best_figure_of_each_space_is_marked() -> None:
    rmse = {"ae": 0.2, "dae": 0.1004, "cae": 0.1001, "vae": 0.3, "ae-32d": 0.05, "vae-32d": 0.06}
    ablations = Ablations({name: {"rmse": value} for name, value in rmse.items()}, {})
    found = figures(ablations, lambda metrics: metrics["rmse"], "{:.3f}".format, min)
    assert {name: figure.text for name, figure in found.items()} == {
        name: f"{value:.3f}" for name, value in rmse.items()
    }
    # Figures that round to the same text are marked alike; 32-D models are compared separately.
    assert [name for name in found if found[name].is_best] == ["dae", "cae", "ae-32d"]


def test_a_marked_figure_is_in_bold() -> None:
    shipped = read_ablations(WEIGHTS)
    assert shipped is not None
    markup = compare(shipped).html_template
    rmse = [f"{shipped.metrics[name]['grey']['rmse']['mean']:.3f}" for name in FAMILY]
    assert f"<strong>{min(rmse)}</strong>" in markup
    assert f"<dd>{max(rmse)}</dd>" in markup
    assert 'aria-label="Reconstruction by the Denoising autoencoder"' in markup
