"""Sample quality: metrics of samples, sections of the card and README, the shipped values."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from app.model import inference
from app.model.vae import VAE
from app.registry.dataset_info import INFO_FILE
from tests.bars import write_bars
from training import evaluate
from training.checkpoint import fingerprint, save_weights
from training.data import ImageSet, load_dataset
from training.evaluation.classifier import FOLDER, Classifier
from training.evaluation.sample_quality import (
    SampleEvaluator,
    draw_samples,
    load_sample_evaluator,
    subsample,
)
from training.recipes import RECIPES
from training.reports.render import TEMPLATES, table, updated
from training.train_state import start

COUNT = 30


def random_images(count: int, seed: int) -> ImageSet:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return ImageSet(images, torch.arange(count) % 10)


def put_classifier(folder: Path, train: ImageSet) -> Path:
    """Write an untrained classifier whose metrics.json names these training images."""
    torch.manual_seed(0)
    save_weights(Classifier(channels=4, hidden=8), folder)
    of = fingerprint(train.images.numpy().tobytes())
    (folder / "metrics.json").write_text(json.dumps({"training_images_sha256": of}))
    return folder


@pytest.fixture
def evaluator(tmp_path: Path) -> SampleEvaluator:
    train = random_images(COUNT, seed=1)
    return SampleEvaluator(put_classifier(tmp_path / "classifier", train), train, train, COUNT)


def test_samples_are_the_decoders_means_at_draws_from_the_prior(vae: VAE) -> None:
    x = draw_samples(vae, 10, seed=0)
    _, expected = inference.sample(vae, 10, temperature=1.0, seed=0)
    assert torch.equal(x.squeeze(1), torch.from_numpy(expected))
    assert not torch.equal(draw_samples(vae, 10, seed=1), x)


def test_more_samples_than_one_batch_are_drawn(vae: VAE) -> None:
    x = draw_samples(vae, inference.MAX_IMAGES + 16, seed=0)
    assert x.shape == (inference.MAX_IMAGES + 16, 1, 28, 28)
    assert len(x.unique(dim=0)) == len(x)


def test_a_deterministic_autoencoder_is_sampled_from_the_prior(autoencoder: VAE) -> None:
    assert draw_samples(autoencoder, 10, seed=0).isfinite().all()


def test_a_subsample_is_drawn_from_all_images_without_replacement() -> None:
    drawn = subsample(torch.arange(1000), 400, seed=0)
    assert len(drawn.unique()) == 400
    assert drawn.float().mean() == pytest.approx(500, abs=40)
    assert torch.equal(subsample(torch.arange(1000), 400, seed=0), drawn)


def test_training_images_get_perfect_scores_and_count_as_copies(evaluator: SampleEvaluator) -> None:
    scores = evaluator.scores(evaluator.train)
    assert scores["frechet_distance"] == pytest.approx(0, abs=1e-4)
    assert scores["precision"] == scores["recall"] == scores["coverage"] == 1
    assert set(scores["nearest_rmse"].values()) == {0}


def test_other_images_have_positive_distances(evaluator: SampleEvaluator) -> None:
    scores = evaluator.scores(torch.zeros(COUNT, 1, 28, 28))
    assert scores["frechet_distance"] > 0
    assert scores["recall"] == 0
    assert scores["class_entropy"] == 0
    assert scores["nearest_rmse"]["0.01"] > 0.5


def test_the_metrics_of_samples_are_deterministic(vae: VAE, tmp_path: Path) -> None:
    train, test = random_images(60, seed=1), random_images(COUNT, seed=2)
    folder = put_classifier(tmp_path / "classifier", train)
    evaluator = load_sample_evaluator(train, test, COUNT, folder)
    assert evaluator is not None
    section = evaluator.measure(vae)
    assert section == evaluator.measure(vae)
    assert section["count"] == COUNT
    assert section["nearest_among"] == 60
    content = (folder / "model.safetensors").read_bytes()
    assert section["classifier_sha256"] == fingerprint(content)
    assert section["model"].keys() == section["test_images"].keys()


def test_a_classifier_of_other_data_is_not_used(tmp_path: Path) -> None:
    train, other = random_images(60, seed=1), random_images(60, seed=3)
    folder = put_classifier(tmp_path / "classifier", train)
    assert load_sample_evaluator(other, other, COUNT, folder) is None
    assert load_sample_evaluator(other, other, COUNT, tmp_path / "nowhere") is None


@pytest.fixture
def measured_folder(tmp_path: Path) -> Path:
    """Return the weights folder of a model of bars, evaluated without sample quality."""
    run = start("vae-2d", RECIPES["vae-2d"], torch.device("cpu"), "float32")
    records = "\n".join(json.dumps(record) for record in (run.setup, {"epoch": 1, "seconds": 1.0}))
    folder = tmp_path / "vae-2d"
    bars = load_dataset(write_bars(tmp_path / "bars", 40))
    files = {"training.jsonl": records.encode(), INFO_FILE: bars.info.to_json()}
    save_weights(run.averaged, folder, files)
    evaluate.evaluate(
        folder, bars, evaluate.EvaluationConfig(samples=2, cells=20), tmp_path / "run"
    )
    return folder


@pytest.fixture
def with_classifier(measured_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the same folder, with a classifier of its data that evaluations use."""
    train = load_dataset(measured_folder.parent / "bars").train
    classifier = put_classifier(measured_folder.parent / "classifier", train)
    load = partial(load_sample_evaluator, count=COUNT, folder=classifier)
    monkeypatch.setattr(evaluate, "load_sample_evaluator", load)
    return measured_folder


def run_evaluation(folder: Path, *options: str) -> int:
    return evaluate.main([str(folder), "--data", str(folder.parent / "bars"), *options])


def test_sample_quality_is_evaluated_without_the_likelihood(
    with_classifier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads((with_classifier / "metrics.json").read_text())
    assert run_evaluation(with_classifier, "--keep-likelihood") == 0
    after = json.loads((with_classifier / "metrics.json").read_text())
    assert after.pop("samples")["count"] == COUNT
    assert after == before
    assert f"{COUNT} samples" in (with_classifier / "README.md").read_text()
    assert "Fréchet distance of the samples" in capsys.readouterr().out


def test_without_a_classifier_of_the_data_samples_are_not_measured(
    measured_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (measured_folder / "metrics.json").read_text()
    assert run_evaluation(measured_folder, "--keep-likelihood") == 0
    assert (measured_folder / "metrics.json").read_text() == before
    assert "Fréchet" not in capsys.readouterr().out


def test_metrics_of_other_weights_are_refused(
    with_classifier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = with_classifier / "metrics.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"weights_sha256": "another"}))
    assert run_evaluation(with_classifier, "--keep-likelihood") == 2
    assert "metrics.json is of other weights" in capsys.readouterr().err


def example_metrics(frechet: float) -> dict[str, Any]:
    shares = dict.fromkeys(("precision", "recall", "coverage", "confident"), 0.5)
    nearest = {"0.01": 0.01, "0.5": 0.1234, "0.99": 0.2}
    return {
        "frechet_distance": frechet,
        **shares,
        "density": 1.5,
        "class_entropy": 2.3,
        "nearest_rmse": nearest,
    }


SECTION = {
    "count": 10_000,
    "seed": 0,
    "manifold_neighbours": 3,
    "density_neighbours": 5,
    "confident_above": 0.9,
    "nearest_among": 60_000,
    "model": example_metrics(12.345),
    "test_images": example_metrics(1.0),
}


def samples_section(metrics: dict[str, Any]) -> str:
    """Return the card's section on samples."""
    values = {"metrics": metrics, "binary": metrics.get("binarised", {})}
    return TEMPLATES.get_template("samples.md.j2").render(values)


def test_the_card_compares_samples_with_test_images() -> None:
    lines = samples_section({"samples": SECTION})
    assert "| Fréchet distance | 12.35 | 1.00 |" in lines
    assert "| precision, k = 3 | 50.0% | 50.0% |" in lines
    assert "0.123 (0.010–0.200)" in lines


def disagreement(precision: float, recall: float, **terms: Any) -> str:
    """Return the card's sentence on likelihood and looks; test images have 0.5 for both metrics."""
    model = example_metrics(1.0) | {"precision": precision, "recall": recall}
    lines = samples_section({"samples": SECTION | {"model": model}, "binarised": terms})
    return "".join(line for line in lines.splitlines() if "disagree" in line)


def test_the_card_says_when_likelihood_and_looks_disagree() -> None:
    varied = disagreement(0.4, 0.45, nll=81.0)
    assert "varied as digits are (recall 45.0%" in varied
    assert "fewer of them pass for digits (precision 40.0%" in varied
    alike = disagreement(0.45, 0.4, nll=81.0)
    assert "pass for digits (precision 45.0%" in alike
    assert "few of the ways to write one (recall 40.0%" in alike


def test_the_card_has_no_such_sentence_if_they_agree() -> None:
    assert disagreement(0.5, 0.5, nll=81.0) == ""
    assert disagreement(0.4, 0.4, nll=81.0) == ""
    assert disagreement(0.4, 0.5) == "", "no likelihood was measured"


def test_a_card_without_measured_samples_has_no_section() -> None:
    assert samples_section({}) == ""


def test_the_results_have_a_row_per_model_fitted_prior_and_test_images(tmp_path: Path) -> None:
    measured = {"active_units": 2, "latent_dim": 2, "binarised": {}}
    fitted = {**SECTION, "mixture": example_metrics(2.0)}
    for name, of in (("a", {"samples": SECTION}), ("b", {}), ("c", {"samples": fitted})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.json").write_text(json.dumps({**measured, **of}))
    rows = [row.strip("| ").split(" | ") for row in table("results", tmp_path).splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows[2:]] == [
        "`a`",
        "`b`",
        "`c`",
        "`c`, mixture fitted",
        "test images",
    ]
    distance = rows[0].index("Fréchet")
    assert [row[distance] for row in rows[2:]] == ["12.35", "–", "12.35", "2.00", "1.00"]


def test_the_results_do_not_include_the_classifier(tmp_path: Path) -> None:
    put_classifier(tmp_path / "classifier", random_images(1, seed=0))
    assert "classifier" not in updated("<!-- results --><!-- /results -->", tmp_path)


def test_the_shipped_sample_metrics_are_reproduced(mnist: Path) -> None:
    folder = FOLDER.parent / "vae-2d"
    section = json.loads((folder / "metrics.json").read_text())["samples"]
    data = load_dataset(mnist)
    evaluator = SampleEvaluator(FOLDER, data.train, data.test, section["count"])
    x = draw_samples(VAE.from_pretrained(folder), section["count"], section["seed"])
    for name, value in evaluator.distribution_metrics(x).items():
        assert value == pytest.approx(section["model"][name], rel=2e-3, abs=2e-3), name
    subset, shipped = evaluator.nearest_neighbor_rmse(x[:300]), section["model"]["nearest_rmse"]
    assert shipped["0.1"] < subset["0.5"] < shipped["0.9"]


def test_only_tables_with_markers_are_rendered(tmp_path: Path) -> None:
    text = updated("before <!-- published --> old <!-- /published --> after", tmp_path)
    assert text.startswith("before <!-- published -->\n| model |")
    assert text.endswith("<!-- /published --> after")
    assert "old" not in text and "Fréchet" not in text
    dimensions = [int(row.split(" | ")[1]) for row in text.splitlines()[3:-1]]
    assert dimensions[0] == 2 < min(dimensions[1:])
