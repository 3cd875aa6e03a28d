"""What is measured of a model's samples, and when; that the shipped figures are theirs."""

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
from training.evaluation.sample_quality import Judge, draw, judge_of, pick
from training.recipes import RECIPES
from training.reports.render import samples_section, table, updated
from training.train_state import start

COUNT = 30


def random_images(count: int, seed: int) -> ImageSet:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return ImageSet(images, torch.arange(count) % 10)


def put_classifier(folder: Path, train: ImageSet) -> Path:
    """An untrained classifier that calls itself one of these images."""
    torch.manual_seed(0)
    save_weights(Classifier(channels=4, hidden=8), folder)
    of = fingerprint(train.images.numpy().tobytes())
    (folder / "metrics.json").write_text(json.dumps({"training_images_sha256": of}))
    return folder


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    train = random_images(COUNT, seed=1)
    return Judge(put_classifier(tmp_path / "classifier", train), train, train, COUNT)


def test_samples_are_the_decoders_means_at_draws_from_the_prior(vae: VAE) -> None:
    x = draw(vae, 10, seed=0)
    _, expected = inference.sample(vae, 10, temperature=1.0, seed=0)
    assert torch.equal(x.squeeze(1), torch.from_numpy(expected))
    assert not torch.equal(draw(vae, 10, seed=1), x)


def test_there_may_be_more_samples_than_the_page_decodes_at_once(vae: VAE) -> None:
    x = draw(vae, inference.MAX_IMAGES + 16, seed=0)
    assert x.shape == (inference.MAX_IMAGES + 16, 1, 28, 28)
    assert len(x.unique(dim=0)) == len(x)


def test_an_autoencoder_without_variance_is_sampled_alike(autoencoder: VAE) -> None:
    assert draw(autoencoder, 10, seed=0).isfinite().all()


def test_reference_images_are_drawn_once_each_from_the_whole_file() -> None:
    picked = pick(torch.arange(1000), 400, seed=0)
    assert len(picked.unique()) == 400
    assert picked.float().mean() == pytest.approx(500, abs=40)
    assert torch.equal(pick(torch.arange(1000), 400, seed=0), picked)


def test_the_training_images_themselves_are_perfect_and_copies(judge: Judge) -> None:
    figures = judge.figures(judge.train)
    assert figures["frechet_distance"] == pytest.approx(0, abs=1e-4)
    assert figures["precision"] == figures["recall"] == figures["coverage"] == 1
    assert set(figures["nearest_rmse"].values()) == {0}


def test_other_images_are_at_a_distance(judge: Judge) -> None:
    figures = judge.figures(torch.zeros(COUNT, 1, 28, 28))
    assert figures["frechet_distance"] > 0
    assert figures["recall"] == 0
    assert figures["class_entropy"] == 0
    assert figures["nearest_rmse"]["0.01"] > 0.5


def test_the_same_seed_measures_the_same(vae: VAE, tmp_path: Path) -> None:
    train, test = random_images(60, seed=1), random_images(COUNT, seed=2)
    folder = put_classifier(tmp_path / "classifier", train)
    judge = judge_of(train, test, COUNT, folder)
    assert judge is not None
    section = judge.measure(vae)
    assert section == judge.measure(vae)
    assert section["count"] == COUNT
    assert section["nearest_among"] == 60
    content = (folder / "model.safetensors").read_bytes()
    assert section["classifier_sha256"] == fingerprint(content)
    assert section["model"].keys() == section["test_images"].keys()


def test_a_classifier_does_not_judge_data_that_it_never_saw(tmp_path: Path) -> None:
    train, other = random_images(60, seed=1), random_images(60, seed=3)
    folder = put_classifier(tmp_path / "classifier", train)
    assert judge_of(other, other, COUNT, folder) is None
    assert judge_of(other, other, COUNT, tmp_path / "nowhere") is None


@pytest.fixture
def measured_folder(tmp_path: Path) -> Path:
    """A model of bars whose metrics.json holds likelihoods, as an evaluation left it."""
    run = start("vae-2d", RECIPES["vae-2d"], torch.device("cpu"), "float32")
    records = "\n".join(json.dumps(record) for record in (run.setup, {"epoch": 1, "seconds": 1.0}))
    folder = tmp_path / "vae-2d"
    bars = load_dataset(write_bars(tmp_path / "bars", 40))
    files = {"training.jsonl": records.encode(), INFO_FILE: bars.info.to_json()}
    save_weights(run.averaged, folder, files)
    evaluate.evaluate(folder, bars, evaluate.Effort(samples=2, cells=20), tmp_path / "run")
    return folder


@pytest.fixture
def judged(measured_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same beside a classifier of its data."""
    train = load_dataset(measured_folder.parent / "bars").train
    judged_by = put_classifier(measured_folder.parent / "classifier", train)
    monkeypatch.setattr(evaluate, "judge_of", partial(judge_of, count=COUNT, folder=judged_by))
    return measured_folder


def run_evaluation(folder: Path, *options: str) -> int:
    return evaluate.main([str(folder), "--data", str(folder.parent / "bars"), *options])


def test_samples_are_measured_without_the_likelihood(
    judged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = json.loads((judged / "metrics.json").read_text())
    assert run_evaluation(judged, "--keep-likelihood") == 0
    after = json.loads((judged / "metrics.json").read_text())
    assert after.pop("samples")["count"] == COUNT
    assert after == before
    assert f"{COUNT} samples" in (judged / "README.md").read_text()
    assert "Fréchet distance of the samples" in capsys.readouterr().out


def test_data_without_a_classifier_leave_the_samples_out(
    measured_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (measured_folder / "metrics.json").read_text()
    assert run_evaluation(measured_folder, "--keep-likelihood") == 0
    assert (measured_folder / "metrics.json").read_text() == before
    assert "Fréchet" not in capsys.readouterr().out


def test_figures_of_other_weights_are_not_mixed(
    judged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = judged / "metrics.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"weights_sha256": "another"}))
    assert run_evaluation(judged, "--keep-likelihood") == 2
    assert "metrics.json is of other weights" in capsys.readouterr().err


def figures(frechet: float) -> dict[str, Any]:
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
    "model": figures(12.345),
    "test_images": figures(1.0),
}


def test_the_card_shows_the_floor_beside_the_samples() -> None:
    lines = samples_section({"samples": SECTION})
    assert "| Fréchet distance | 12.35 | 1.00 |" in lines
    assert "| precision, k = 3 | 50.0% | 50.0% |" in lines
    assert "0.123 (0.010–0.200)" in lines


def said_of_looks(precision: float, recall: float, **terms: Any) -> str:
    """What a card says where likelihood and looks disagree; of test images both shares are 0.5."""
    model = figures(1.0) | {"precision": precision, "recall": recall}
    lines = samples_section({"samples": SECTION | {"model": model}, "binarised": terms})
    return "".join(line for line in lines.splitlines() if "disagree" in line)


def test_the_card_says_where_likelihood_and_looks_disagree() -> None:
    varied = said_of_looks(0.4, 0.45, nll=81.0)
    assert "varied as digits are (recall 45.0%" in varied
    assert "fewer of them pass for digits (precision 40.0%" in varied
    alike = said_of_looks(0.45, 0.4, nll=81.0)
    assert "pass for digits (precision 45.0%" in alike
    assert "few of the ways to write one (recall 40.0%" in alike


def test_the_card_sees_no_disagreement_where_there_is_none() -> None:
    assert said_of_looks(0.5, 0.5, nll=81.0) == ""
    assert said_of_looks(0.4, 0.4, nll=81.0) == ""
    assert said_of_looks(0.4, 0.5) == "", "without a likelihood nothing can disagree with it"


def test_the_card_is_silent_on_samples_that_were_not_measured() -> None:
    assert samples_section({}) == ""


def test_the_readme_has_a_row_for_each_model_its_fitted_prior_and_the_floor(tmp_path: Path) -> None:
    measured = {"active_units": 2, "latent_dim": 2, "binarised": {}}
    fitted = {**SECTION, "mixture": figures(2.0)}
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


def test_the_readme_leaves_the_classifier_out_of_the_models(tmp_path: Path) -> None:
    put_classifier(tmp_path / "classifier", random_images(1, seed=0))
    assert "classifier" not in updated("<!-- results --><!-- /results -->", tmp_path)


def test_the_shipped_figures_are_reproduced(mnist: Path) -> None:
    folder = FOLDER.parent / "vae-2d"
    section = json.loads((folder / "metrics.json").read_text())["samples"]
    data = load_dataset(mnist)
    judge = Judge(FOLDER, data.train, data.test, section["count"])
    x = draw(VAE.from_pretrained(folder), section["count"], section["seed"])
    for name, value in judge.likeness(x).items():
        assert value == pytest.approx(section["model"][name], rel=2e-3, abs=2e-3), name
    some, all_of_them = judge.nearness(x[:300]), section["model"]["nearest_rmse"]
    assert all_of_them["0.1"] < some["0.5"] < all_of_them["0.9"]


def test_a_readme_has_the_tables_that_it_has_markers_for(tmp_path: Path) -> None:
    text = updated("before <!-- published --> old <!-- /published --> after", tmp_path)
    assert text.startswith("before <!-- published -->\n| model |")
    assert text.endswith("<!-- /published --> after")
    assert "old" not in text and "Fréchet" not in text
    dimensions = [int(row.split(" | ")[1]) for row in text.splitlines()[3:-1]]
    assert dimensions[0] == 2 < min(dimensions[1:])
