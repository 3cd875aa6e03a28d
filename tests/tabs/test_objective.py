"""The tab Objective as Python lays it out: what it sends, and what it writes of the figures."""

import json

import pytest

from app.registry.ablations import Ablations, read_ablations
from app.tabs.objective import objective
from app.tabs.objective.kl_weight import sweep
from app.tabs.objective.variance_heads import CURVES, training_curves
from tests.paths import WEIGHTS


@pytest.fixture(scope="module")
def ablations() -> Ablations:
    shipped = read_ablations(WEIGHTS)
    assert shipped is not None
    return shipped


def test_the_sweep_rises_and_names_models_that_load(ablations: Ablations) -> None:
    found = sweep(ablations)
    weights = [one["weight"] for one in found]
    assert weights == sorted(weights) and 1.0 in weights
    assert found[weights.index(1.0)]["model"] == "study/vae"
    assert all((WEIGHTS / one["model"] / "model.safetensors").exists() for one in found)


def test_the_curves_are_whole_and_what_is_infinite_travels_as_null(ablations: Ablations) -> None:
    heads = json.loads(json.dumps(training_curves(ablations), allow_nan=False))["heads"]
    assert [[run["seed"] for run in runs] for runs in heads.values()] == [[0, 1, 2]] * 4
    for runs in heads.values():
        for run in runs:
            assert run["epoch"] == list(range(1, len(run["epoch"]) + 1))
            assert {len(run[curve]) for curve in CURVES} == {len(run["epoch"])}
    assert all(None in run["negative_elbo"] for run in heads["relu"])
    assert not any(None in run["negative_elbo"] for run in heads["log"])


def test_the_likelihoods_stand_in_columns_with_the_fixed_noise(ablations: Ablations) -> None:
    _, after = objective(ablations).html_template.split('data-panel="likelihood"')
    body, _ = after.split('data-panel="heads"')
    assert "σ = 0.2 fixed" in body
    for name in ("bce", "mse"):
        assert f"{ablations.metrics[name]['grey']['rmse']['mean']:.4f}" in body
        negative_elbo = ablations.metrics[name]["grey"]["negative_elbo"]["mean"]
        assert f"{negative_elbo:.2f}".replace("-", "−") in body


def test_without_a_replay_the_other_panels_stand(ablations: Ablations) -> None:
    whole = objective(ablations)
    rest = objective(Ablations(ablations.metrics, ablations.logs))
    assert 'data-panel="replay"' in whole.html_template
    assert 'data-panel="replay"' not in rest.html_template
    assert 'data-panel="heads"' in rest.html_template
