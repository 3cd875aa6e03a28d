"""`make weights` trains and evaluates every shipped model once, and resumes after a failure."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT
from training import train
from training.recipes import FAMILY, HEADS, RECIPES

# Replaces Python: records its arguments, and fails at the command in the file `broken`.
RECORDER = """#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> commands
[ ! -e broken ] || ! echo "$*" | grep -q "$(cat broken)"
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Return a virtual environment without missing packages, which records every command."""
    for stamp in (".run", ".training"):
        (tmp_path / stamp).touch()
    (tmp_path / "python").write_text(RECORDER)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def make_weights(environment: Path, *options: str) -> tuple[int, list[list[str]]]:
    """Run `make weights` on a copy of the folder names; return its exit code and the commands."""
    work = environment / "checkout"
    for log in ROOT.glob("weights/**/training.jsonl"):
        folder = work / log.relative_to(ROOT).parent
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "training.jsonl").touch()
        (folder / "model.safetensors").touch()
    command = ["make", "-f", str(ROOT / "Makefile"), "weights", f"VENV={environment}", *options]
    record = environment / "commands"
    record.unlink(missing_ok=True)
    stamps = [f"--old-file={environment / stamp}" for stamp in (".run", ".training")]
    code = subprocess.run(
        [*command, *stamps, f"BIN={environment}"], cwd=work, capture_output=True, check=False
    ).returncode
    lines = record.read_text().splitlines() if record.exists() else []
    return code, [shlex.split(line) for line in lines]


def trained(commands: list[list[str]]) -> list[str]:
    return [command[2] for command in commands if command[1] == "training.train"]


def test_every_shipped_model_is_trained_and_evaluated_once(environment: Path) -> None:
    code, commands = make_weights(environment, "DATA=some folder")
    assert code == 0
    shipped = {log.parent.relative_to(ROOT / "weights").as_posix() for log in _logs()}
    assert len(trained(commands)) == len(set(trained(commands)))
    assert shipped == set(trained(commands)) <= RECIPES.keys()
    evaluated = {command[2]: command for command in commands if command[1] == "training.evaluate"}
    assert evaluated.keys() == {f"weights/{name}" for name in shipped}
    fitted = {folder for folder, command in evaluated.items() if "--fit-priors" in command}
    assert fitted == {f"weights/study/{name}" for name in FAMILY}
    assert ["-m", "training.snapshots"] in [command[:2] for command in commands]
    assert commands[-2][:2] == ["-m", "training.evaluation.paired"]
    assert commands[-1] == ["-m", "training.reports.render"]


def test_every_training_command_is_one_that_training_accepts(environment: Path) -> None:
    _, commands = make_weights(environment)
    for command in commands:
        if command[1] == "training.train":
            options = train._parser().parse_args(command[2:])
            assert options.resume


def test_models_that_no_tab_decodes_with_keep_only_metrics(environment: Path) -> None:
    make_weights(environment)
    study = environment / "checkout" / "weights" / "study"
    without = {folder.name for folder in study.iterdir() if len(list(folder.iterdir())) == 1}
    assert without == set(HEADS)


def test_a_failed_command_stops_make_and_the_next_call_resumes_there(environment: Path) -> None:
    (environment / "broken").write_text("training.evaluate weights/study/ae ")
    code, before = make_weights(environment)
    assert code != 0
    assert before[-1][2] == "weights/study/ae"
    (environment / "broken").unlink()
    code, after = make_weights(environment)
    assert code == 0
    assert after[0][2] == "study/ae", "resuming the finished training ends immediately"
    assert set(trained(before)) & set(trained(after)) == {"study/ae"}


def _logs() -> list[Path]:
    return [
        *ROOT.glob("weights/vae-*/training.jsonl"),
        *ROOT.glob("weights/study/*/training.jsonl"),
    ]
