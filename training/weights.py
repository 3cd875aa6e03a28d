"""Trains and measures the shipped weights anew: `make weights`, or `python -m training.weights`.

One model after the other, each by the commands that a person would run. Interrupted, it goes on
where it stopped; a folder of weights is replaced only by one that is trained and measured.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.study import FOLDER as STUDY
from app.study import REPLAY, VAE_NAME
from training import evaluate, replay, results, train
from training.checkpoint import replacing, write_atomically
from training.data import user_cache
from training.recipes import FAMILY, HEADS, RECIPES
from training.train import WEIGHTS

REPLAYED = f"{STUDY}/{VAE_NAME}"
MOMENTS = 40
STUDY_EFFORT = ("--samples", "100", "--cells", "250", "--codes", "5000")
NOT_OF_HEADS = ("model.safetensors", "latents.npz", "samples.png", "plane.png")  # no tab needs them

Command = Callable[[list[str]], int]


class Stopped(Exception):
    """A command did not end well; its argument is the exit code."""


def shipped(weights: Path) -> list[str]:
    """The recipes whose figures lie in `weights`, in the order of RECIPES."""
    return [name for name in RECIPES if (weights / name / "training.jsonl").exists()]


def make(names: Sequence[str], runs: Path, weights: Path, *data: str) -> None:
    """Trains and measures whatever of `names` is not finished, and says how much is left.

    Args:
        names: of recipes.
        runs: where unfinished work is kept, with a folder for each; without it all begins anew.
        weights: where finished folders go.
        data: `--data DIR` for the commands, or nothing.

    Raises:
        Stopped: a command did not end well.
    """
    expected = {name: expected_seconds(name, weights / name) for name in names}
    for number, name in enumerate(names, start=1):
        if _is_finished(name, runs / name):
            continue
        print(f"{number} of {len(names)}, {name}; {outlook(expected, runs)}", flush=True)
        with _clock(runs / name):
            _make(name, runs, weights, data)
        _note(runs / name, finished=asdict(RECIPES[name]))


def _make(name: str, runs: Path, weights: Path, data: Sequence[str]) -> None:
    """One recipe's weights, from its training to their place."""
    run, staged, output = runs / name, runs / "staged" / name, weights / name
    if not (staged / "training.jsonl").exists():
        moments = ["--snapshots", str(MOMENTS)] if name == REPLAYED else []
        _train(name, run, staged, [*_initial(name, runs, data), *moments, *data])
    _run(evaluate.main, str(staged), *_effort(name), "--run-dir", str(run), *data)
    if name == REPLAYED:
        _run(replay.main, "--run-dir", str(run), "--output", str(weights / REPLAY), *data)
    with replacing(output) as fresh:
        shutil.copytree(staged, fresh, dirs_exist_ok=True)
        if name.removeprefix(f"{STUDY}/") in HEADS:
            for file in NOT_OF_HEADS:
                (fresh / file).unlink(missing_ok=True)
    shutil.rmtree(staged)


def _initial(name: str, runs: Path, data: Sequence[str]) -> list[str]:
    """An option that names the weights a recipe begins with, trained if they are not yet."""
    initial = RECIPES[name].initial
    if not initial:
        return []
    folder = runs / "initial" / initial
    if not (folder / "training.jsonl").exists():
        _train(initial, runs / initial, folder, [*_initial(initial, runs, data), *data])
    return ["--initial", str(folder)]


def _train(name: str, run: Path, output: Path, options: Sequence[str]) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    places = ["--run-dir", str(run), "--output", str(output)]
    _run(train.main, name, "--resume", *places, *options)


def _effort(name: str) -> list[str]:
    """How finely a model is measured, as options of training.evaluate."""
    if not name.startswith(f"{STUDY}/"):
        return []
    return [*STUDY_EFFORT, *(["--fit-priors"] if name.removeprefix(f"{STUDY}/") in FAMILY else [])]


def _run(command: Command, *arguments: str) -> None:
    code = command(list(arguments))
    if code:
        raise Stopped(code)


# How long it takes


def outlook(expected: dict[str, float], runs: Path) -> str:
    """What is left, in words.

    The shipped logs tell how long each training took on the machine that made them. How much longer
    training and measuring take on this one is known once a model is finished.
    """
    spent = {name: _state(runs / name).get("seconds", 0.0) for name in expected}
    finished = [name for name in expected if _is_finished(name, runs / name)]
    left = sum(max(0, expected[name] - spent[name]) for name in expected.keys() - finished)
    trained = sum(expected[name] for name in finished)
    if not trained:
        return f"about {_hours(left)} of training by the shipped logs, and the measuring"
    pace = sum(spent[name] for name in finished) / trained
    return f"about {_hours(pace * left)} left, at {pace:.1f} times the time of the shipped logs"


def expected_seconds(name: str, folder: Path) -> float:
    """What the recipe's training should take by the log in `folder`; 0 without one.

    What it begins with has no log there, and is taken to be as long an epoch.
    """
    log = folder / "training.jsonl"
    if not log.exists():
        return 0.0
    own = sum(json.loads(line).get("seconds", 0.0) for line in log.read_text().splitlines())
    return float(own * _epochs(name) / RECIPES[name].epochs)


def _epochs(name: str) -> int:
    """Of a recipe and of all that it begins with."""
    recipe = RECIPES[name]
    return recipe.epochs + (_epochs(recipe.initial) if recipe.initial else 0)


def _hours(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


# What is known of a run, in its folder


def _is_finished(name: str, run: Path) -> bool:
    return bool(_state(run).get("finished") == _plain(asdict(RECIPES[name])))


@contextmanager
def _clock(run: Path) -> Iterator[None]:
    """Adds the time in it to the run's, however it ends."""
    began = time.monotonic()
    try:
        yield
    finally:
        before = _state(run).get("seconds", 0.0)
        _note(run, seconds=before + time.monotonic() - began)


def _state(run: Path) -> dict[str, Any]:
    file = run / "state.json"
    state: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return state


def _note(run: Path, **known: Any) -> None:
    write_atomically(run / "state.json", json.dumps({**_state(run), **known}).encode())


def _plain(recipe: dict[str, Any]) -> Any:
    """A recipe as it comes back from JSON."""
    return json.loads(json.dumps(recipe))


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.weights", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="RECIPE", help="which (default: all that are shipped)"
    )
    parser.add_argument("--data", metavar="DIR", help="the four MNIST files")
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", default=user_cache() / "weights", help="unfinished work"
    )
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - RECIPES.keys())
    if unknown:
        parser.error(f"no recipe {', '.join(unknown)}")
    names = options.names or shipped(WEIGHTS)
    try:
        make(names, options.runs, WEIGHTS, *(["--data", options.data] if options.data else []))
    except Stopped as stopped:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return int(stopped.args[0])
    print(f"all {len(names)} are finished; without {options.runs} they would begin anew")
    return results.main()


if __name__ == "__main__":
    sys.exit(main())
