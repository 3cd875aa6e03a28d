"""The chapters of the lesson: what they open exists, and what they say is true."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from app.model.vae import PIXELS
from app.registry.ablations import Ablations
from app.registry.models import ModelRegistry
from app.shell.lesson import lesson
from app.shell.lesson.chapters import Chapter, figures, read_chapters
from app.tabs.how_it_works.stages import read_stages
from tests.paths import ROOT

CHAPTERS = read_chapters()


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    return ModelRegistry(ROOT / "weights", torch.device("cpu"))


@pytest.fixture(scope="module")
def ablations(registry: ModelRegistry) -> Ablations:
    assert registry.ablations is not None
    return registry.ablations


def chapter(key: str) -> Chapter:
    return next(chapter for chapter in CHAPTERS if chapter.key == key)


def panels(tab: str) -> set[str]:
    templates = (ROOT / "app" / "tabs" / tab).glob("*/template.html")
    return set(re.findall(r'set key(?:, last)? = "(\w+)"', "".join(map(Path.read_text, templates))))


def test_what_a_chapter_opens_exists(ablations: Ablations) -> None:
    properties = (ROOT / "app/components/share_link/properties.js").read_text()
    names = set(re.findall(r'^  \["(\w+)", "\w+", ', properties, re.MULTILINE))
    tabs = set(re.findall(r'gr\.Tab\("([^"]+)"\)', (ROOT / "app/ui.py").read_text()))
    stages = {stage.key for stage in read_stages()}
    for one in CHAPTERS:
        state = one.state
        assert set(state.properties()) <= names
        assert state.tab in tabs
        assert state.step is None or state.step in stages
        assert state.compare is None or state.compare in panels("compare")
        assert state.objective is None or state.objective in panels("objective")
        assert state.kl_weight is None or state.kl_weight in ablations.by_lambda


def test_chapters_have_different_keys_and_are_short() -> None:
    assert len({one.key for one in CHAPTERS}) == len(CHAPTERS) == 10
    for one in CHAPTERS:
        assert re.fullmatch(r"[a-z]+", one.key)
        assert len(one.text.split()) <= 100, one.key
        for sentence in re.split(
            r"(?<=[.?])\s", f"{one.text} {one.task} {one.question} {one.answer}"
        ):
            assert len(sentence.split()) <= 27, sentence


def test_every_figure_is_measured_and_used(registry: ModelRegistry) -> None:
    measured = figures(registry)
    assert measured is not None
    named = set(
        re.findall(r"\{(\w+)\}", "".join(one.text + one.task + one.answer for one in CHAPTERS))
    )
    assert named == set(measured)
    assert not any("{" in one.with_figures(measured).text for one in CHAPTERS)


def test_without_the_shipped_models_there_is_no_lesson(tmp_path: Path) -> None:
    (tmp_path / "vae-2d").symlink_to(ROOT / "weights" / "vae-2d")
    assert lesson(ModelRegistry(tmp_path, torch.device("cpu"))) is None


# What the sentences say


def test_random_codes_reach_a_part_of_the_autoencoders(ablations: Ablations) -> None:
    assert min(ablations.metrics["ae"]["codes"]["std"]) > 2
    samples = ablations.metrics["ae"]["samples"]
    assert samples["mixture"]["frechet_distance"] < samples["model"]["frechet_distance"]
    variety = {
        name: ablations.metrics[name]["samples"]["model"]["class_entropy"] for name in ("ae", "vae")
    }
    assert variety["ae"] < variety["vae"]


def test_with_lambda_the_kl_falls_and_the_reconstruction_term_rises(ablations: Ablations) -> None:
    terms = [ablations.metrics[name]["binarised"] for name in ablations.by_lambda.values()]
    for before, after in pairwise(terms):
        assert after["kl"]["mean"] < before["kl"]["mean"]
        assert after["reconstruction"]["mean"] > before["reconstruction"]["mean"]


def test_a_nat_of_kl_cannot_pay_at_the_mean_over_pixels(ablations: Ablations) -> None:
    assert ablations.metrics["vae"]["binarised"]["reconstruction"]["mean"] < PIXELS
    assert chapter("sum").state.kl_weight == PIXELS == max(ablations.by_lambda)
    assert ablations.metrics[ablations.by_lambda[PIXELS]]["active_units"] == 0, "one blur for all"


def test_the_bound_is_above_the_integral(registry: ModelRegistry) -> None:
    metrics = registry["vae-2d"].metrics
    assert metrics is not None
    terms = metrics["binarised"]
    assert terms["negative_elbo"]["mean"] > terms["nll_quadrature"]["mean"]


def test_samples_of_32_dimensions_are_nearer_to_digits(registry: ModelRegistry) -> None:
    small, large = (registry[name].metrics for name in ("vae-2d", "vae-32d"))
    assert small is not None
    assert large is not None
    distances = [found["samples"]["model"]["frechet_distance"] for found in (small, large)]
    assert distances[1] < distances[0]
    assert small["samples"]["confident_above"] == 0.9
