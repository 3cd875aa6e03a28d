"""Output folders: files that training did not write are never lost."""

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from app.model.vae import VAE, VAEConfig
from tests.bars import write_bars
from tests.paths import ROOT
from training import evaluate, train
from training.checkpoint import replacing, save_weights, write_atomically
from training.evaluation import classifier
from training.evaluation.classifier import Classifier
from training.loop import Trainer
from training.output import MEASURED, WRITTEN, expect_replaceable
from training.recipes import RECIPES, Recipe

TINY = Recipe(
    model=VAEConfig(latent_dim=2, encoder_width=8, decoder_width=8),
    epochs=1,
    batch_size=16,
    learning_rate=3e-3,
)
LOG = json.dumps({"name": "tiny", "recipe": {}}).encode() + b"\n"
Arrange = Callable[[Path], None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bars(tmp_path_factory.mktemp("data"), 40)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RECIPES, "tiny", TINY)


def command(data: Path, output: Path, *options: str) -> int:
    """`python -m training.train tiny`, with the state of the run next to `output`."""
    places = ["--data", str(data), "--run-dir", str(output.parent / "run")]
    machine = ["--device", "cpu", "--precision", "float32"]
    return train.main(["tiny", *places, "--output", str(output), *machine, *options])


def content(folder: Path) -> dict[str, bytes | str | None]:
    """All that is below a folder, by its relative path: a file's bytes, where a link leads."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = str(path.readlink())
        else:
            found[str(path.relative_to(folder))] = path.read_bytes() if path.is_file() else None
    return found


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


# What may be replaced


def weights(folder: Path) -> Path:
    save_weights(VAE(TINY.model), folder, {"training.jsonl": LOG})
    return folder


def nothing(folder: Path) -> None:
    """No folder of that name."""


def an_empty_folder(folder: Path) -> None:
    folder.mkdir()


def earlier_weights(folder: Path) -> None:
    weights(folder)


def measured_weights(folder: Path) -> None:
    weights(folder)
    for name in MEASURED:
        (folder / name).write_bytes(b"{}")


@pytest.mark.parametrize("arrange", [nothing, an_empty_folder, earlier_weights, measured_weights])
def test_a_new_an_empty_or_an_earlier_folder_becomes_the_weights_folder(
    arrange: Arrange, data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "w"
    arrange(output)
    assert command(data, output) == 0
    assert VAE.from_pretrained(output).config == TINY.model
    assert not (output / "metrics.json").exists(), "they were those of other weights"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "w"]


def models(folder: Path) -> None:
    for name in ("vae-2d", "vae-32d", "study/vae"):
        weights(folder / name)


def a_note(folder: Path) -> None:
    (weights(folder) / "notes.txt").write_text("mine")


def a_hidden_file(folder: Path) -> None:
    (weights(folder) / ".git").write_text("gitdir: elsewhere")


def a_folder_in_it(folder: Path) -> None:
    (weights(folder) / "metrics.json").mkdir()


def a_link_in_it(folder: Path) -> None:
    (weights(folder) / "latents.npz").symlink_to("elsewhere")


def a_card_of_ones_own(folder: Path) -> None:
    (weights(folder) / "README.md").write_text("mine")


def a_model_from_the_hub(folder: Path) -> None:
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "model.safetensors").write_bytes(b"hours of work")


def another_log(folder: Path) -> None:
    (weights(folder) / "training.jsonl").write_text('{"loss": 3}\n')


def a_log_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "training.jsonl").write_bytes(LOG)


def a_file(folder: Path) -> None:
    folder.write_text("mine")


def a_classifier(folder: Path) -> None:
    save_weights(Classifier(channels=4, hidden=8), folder)


def a_loop_of_links(folder: Path) -> None:
    folder.symlink_to(folder)


REFUSED = [
    models, a_note, a_hidden_file, a_folder_in_it, a_link_in_it, a_card_of_ones_own,
    a_model_from_the_hub, another_log, a_log_alone, a_file, a_classifier, a_loop_of_links,
]  # fmt: skip


@pytest.mark.parametrize("arrange", REFUSED)
def test_anything_else_is_refused_before_training_with_one_sentence(
    arrange: Arrange,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Trainer, "step", lambda *_: pytest.fail("training began"))
    arrange(tmp_path / "w")
    before = content(tmp_path)
    assert command(data, tmp_path / "w") == 2
    assert str(tmp_path / "w") in one_sentence(capsys)
    assert content(tmp_path) == before


@pytest.mark.parametrize("seed", range(60))
def test_only_folders_of_trainings_files_are_ever_replaced(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "w"
    weights(folder)
    for name in chance.sample(sorted(WRITTEN | MEASURED), chance.randrange(4)):
        (folder / name).unlink(missing_ok=True)
    for name in chance.sample(sorted(MEASURED), chance.randrange(3)):
        (folder / name).write_bytes(b"{}")
    names = ["a.txt", ".hidden", "config.json.old", "Model.safetensors", "w", "w.old", "ü\n", "-rf"]
    for name in chance.sample(names, chance.choice([0, 0, 1, 2])):
        if chance.random() < 0.3:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(chance.randbytes(8))
    before, neighbors = content(folder), {"w.old": b"mine", "w.partial": b"mine"}
    for name, text in neighbors.items():
        (tmp_path / name).write_bytes(text)
    try:
        save_weights(VAE(replace(TINY.model, latent_dim=3)), folder, {"training.jsonl": LOG})
    except ValueError:
        assert content(folder) == before
    else:
        assert set(before) <= WRITTEN | MEASURED
        assert set(content(folder)) == {"config.json", "model.safetensors", "training.jsonl"}
    assert {path.name for path in tmp_path.iterdir()} == {"w", *neighbors}
    assert all((tmp_path / name).read_bytes() == text for name, text in neighbors.items())


def test_what_appears_in_the_folder_during_a_training_is_not_lost(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real_step, output = Trainer.step, tmp_path / "w"

    def step(trainer: Trainer, batch: torch.Tensor) -> None:
        output.mkdir(exist_ok=True)
        (output / "notes.txt").write_text("mine")
        real_step(trainer, batch)

    monkeypatch.setattr(Trainer, "step", step)
    assert command(data, output) == 2
    error = one_sentence(capsys)
    assert "got notes.txt" in error
    assert f"the last good checkpoint is in {tmp_path / 'run'}, continue with --resume" in error
    assert content(output) == {"notes.txt": b"mine"}
    assert command(data, tmp_path / "other", "--resume") == 0


@pytest.mark.parametrize("where", ["the folder", "a folder above it"])
def test_the_state_of_a_run_may_not_lie_in_the_output(
    where: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "w"
    state = output if where == "the folder" else output / "runs" / "a"
    places = ["--data", str(data), "--run-dir", str(state), "--output", str(output)]
    assert train.main(["tiny", *places]) == 2
    assert "the state of the run, --run-dir, is in it" in one_sentence(capsys)
    assert not output.exists()


def test_the_current_folder_is_not_replaced(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    places = ["--data", str(data), "--run-dir", str(tmp_path / "run")]
    assert train.main(["tiny", *places, "--output", "."]) == 2
    assert "the current folder is in it" in one_sentence(capsys)


@pytest.mark.parametrize("option", ["--output", "--run-dir"])
def test_a_folder_below_a_file_is_refused_before_training(
    option: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    places = {"--data": data, "--run-dir": tmp_path / "run", "--output": tmp_path / "w"}
    places[option] = tmp_path / "file" / "below"
    assert train.main(["tiny", *(str(word) for pair in places.items() for word in pair)]) == 2
    assert str(tmp_path / "file" / "below") in one_sentence(capsys)
    assert content(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("target", ["weights", "empty", "absent"])
def test_a_symbolic_link_stays_and_leads_to_the_weights(
    target: str, data: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk" / "model"
    disk.parent.mkdir()
    if target == "weights":
        weights(disk)
    elif target == "empty":
        disk.mkdir()
    (tmp_path / "w").symlink_to(disk)
    assert command(data, tmp_path / "w") == 0
    assert (tmp_path / "w").readlink() == disk
    assert VAE.from_pretrained(disk).config == TINY.model
    assert [path.name for path in disk.parent.iterdir()] == ["model"]


def test_a_folder_that_several_users_read_stays_readable(data: Path, tmp_path: Path) -> None:
    (tmp_path / "w").mkdir(mode=0o755)
    (tmp_path / "w").chmod(0o2755)
    assert command(data, tmp_path / "w") == 0
    assert (tmp_path / "w").stat().st_mode & 0o7777 == 0o2755


def test_the_classifier_replaces_a_classifier_and_nothing_else(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights(tmp_path / "w")
    before = content(tmp_path)
    assert classifier.main(["--data", str(data), "--output", str(tmp_path / "w")]) == 2
    assert "expected a new folder" in one_sentence(capsys)
    assert content(tmp_path) == before
    a_classifier(tmp_path / "c")
    expect_replaceable(tmp_path / "c", classifier.SETTINGS)


# Failures while writing


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_full_disk_is_one_sentence_with_the_path(
    data: Path, tmp_path: Path, full_disk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path / "w") == 2
    assert one_sentence(capsys).endswith(
        "no space left on device; free some space and repeat the command\n"
    )
    assert content(tmp_path) == {"run": None}


def limited(*arguments: str, size: int) -> subprocess.CompletedProcess[str]:
    """Run a command whose files cannot grow beyond `size` bytes, like on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", *arguments], preexec_fn=limit, capture_output=True, text=True
    )


@pytest.mark.parametrize("size", [10, 1_000, 100_000])
def test_files_that_cannot_grow_leave_nothing_behind(size: int, data: Path, tmp_path: Path) -> None:
    weights(tmp_path / "w")
    before = content(tmp_path / "w")
    places = ["--data", str(data), "--run-dir", str(tmp_path / "run")]
    options = ["--epochs", "1", "--batch-size", "16", "--precision", "float32"]
    output = ["--output", str(tmp_path / "w")]
    ended = limited("training.train", "study/vae", *places, *output, *options, size=size)
    assert ended.returncode == 2, ended.stderr
    assert f"error: {tmp_path}" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert content(tmp_path / "w") == before
    assert {path.name for path in tmp_path.rglob("*")} <= {
        "w", "run", "training.jsonl", *before
    }  # fmt: skip


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(5, "I/O"), RuntimeError])
def test_a_failure_while_writing_leaves_the_older_weights(
    error: type[BaseException] | BaseException, tmp_path: Path
) -> None:
    weights(tmp_path / "w")
    before = content(tmp_path)
    kind = error if isinstance(error, type) else type(error)
    with pytest.raises(kind), replacing(tmp_path / "w") as fresh:  # noqa: PT012
        (fresh / "config.json").write_text("{}")
        raise error
    assert content(tmp_path) == before


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_is_undone(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights(tmp_path / "w")
    before, real, calls = content(tmp_path), Path.rename, iter(range(1, 9))

    def rename(path: Path, target: Path) -> Path:
        if next(calls) == failing:
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        save_weights(VAE(TINY.model), tmp_path / "w", {"training.jsonl": LOG})
    assert content(tmp_path) == before


def test_files_are_written_with_the_users_permissions(tmp_path: Path) -> None:
    write_atomically(tmp_path / "written", b"a")
    (tmp_path / "plain").write_bytes(b"a")
    assert (tmp_path / "written").stat().st_mode == (tmp_path / "plain").stat().st_mode


# What a run that ends early says


def test_a_run_that_diverges_at_once_names_no_checkpoint(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(data, tmp_path / "w", "--learning-rate", "1e6", "--epochs", "3") == 1
    assert "no checkpoint was written yet" in one_sentence(capsys)
    assert command(data, tmp_path / "w") == 0
    capsys.readouterr()
    assert command(data, tmp_path / "w", "--learning-rate", "1e6", "--epochs", "3") == 1
    assert "no checkpoint was written yet" in one_sentence(capsys), "that of the earlier run is not"


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--epochs", "0", "--epochs: expected at least 1, got 0"),
        ("--epochs", "-3", "--epochs: expected at least 1, got -3"),
        ("--batch-size", "0", "--batch-size: expected at least 1, got 0"),
        ("--learning-rate", "0", "--learning-rate: expected more than 0, got 0"),
        ("--learning-rate", "nan", "--learning-rate: expected at least 0, got nan"),
        ("--kl-weight", "-1", "--kl-weight: expected at least 0, got -1.0"),
        ("--kl-warmup-epochs", "inf", "--kl-warmup-epochs: expected at least 0, got inf"),
        ("--seed", "-1", "--seed: expected at least 0 and at most 4,294,967,295, got -1"),
        ("--held-out", "-5", "--held-out: expected at least 0, got -5"),
        ("--snapshots", "-1", "--snapshots: expected at least 0, got -1"),
        ("--checkpoint-seconds", "-1", "--checkpoint-seconds: expected at least 0, got -1.0"),
        ("--device", "cuda:99", "expected a device of this machine, auto"),
        ("--device", "abacus", "expected a device of this machine, auto"),
    ],
)
def test_an_option_out_of_range_is_one_sentence_and_replaces_nothing(
    option: str,
    value: str,
    expected: str,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    weights(tmp_path / "w")
    before = content(tmp_path)
    assert command(data, tmp_path / "w", f"{option}={value}") == 2
    assert expected in one_sentence(capsys)
    assert content(tmp_path) == before


def test_an_evaluation_of_no_folder_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate.main([str(tmp_path / "none")]) == 2
    assert "expected a folder of weights, got no folder of that name" in one_sentence(capsys)
    (tmp_path / "none").mkdir()
    assert evaluate.main([str(tmp_path / "none")]) == 2
    assert "got no config.json, no model.safetensors" in one_sentence(capsys)
    assert evaluate.main([str(weights(tmp_path / "w")), "--samples", "0"]) == 2
    assert "--samples: expected at least 1, got 0" in one_sentence(capsys)


# Ctrl-C


@pytest.mark.parametrize(
    "module", ["training.train", "training.evaluate", "training.evaluation.classifier"]
)
@pytest.mark.parametrize("moment", ["loading libraries", "running"])
def test_ctrl_c_ends_in_one_sentence(module: str, moment: str, tmp_path: Path) -> None:
    """A stand-in for a library that is slow to load, or for slow data, waits for Ctrl-C."""
    stand_in = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass\n"
    code = f"import runpy, sys\nsys.argv[:] = ['-m', {str(tmp_path / 'w')!r}]\n"
    if moment == "loading libraries":
        (tmp_path / "numpy.py").write_text(stand_in)
    else:
        weights(tmp_path / "w")
        wait = f"(lambda *_: exec({stand_in!r}))"
        code += f"import training.data\ntraining.data.load_dataset = {wait}\n"
    arguments = ["study/vae", "--output", str(tmp_path / "new")]
    arguments = {"training.train": arguments, "training.evaluate": [str(tmp_path / "w")]}.get(
        module, ["--output", str(tmp_path / "new")]
    )
    code += f"sys.argv[1:] = {arguments!r}\nrunpy.run_module({module!r}, run_name='__main__')\n"
    places = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "XDG_CACHE_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 130, ended.stderr
    assert ended.stderr.startswith("interrupted")
    assert ended.stderr.count("\n") == 1


def test_a_command_leaves_ctrl_c_as_it_found_it(data: Path, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert command(data, tmp_path / "w") == 0
    assert signal.getsignal(signal.SIGINT) == before
