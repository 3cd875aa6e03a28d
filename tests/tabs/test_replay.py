"""The replay's files: read unchanged, served by name, and nothing else from the disk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.registry.ablations import Ablations
from app.registry.snapshots import Replay, read_replay
from app.tabs.objective import objective_functions
from app.tabs.objective import replay as objective_replay

MU = np.array([[[0.5, -1.25], [2, 3]], [[4, 5], [-6, 7]]], np.float16)  # two moments, two images


def moment(step: int, **changes: Any) -> dict[str, Any]:
    terms = {"epoch": step / 234, "reconstruction": 500.0 / step, "kl": 0.5 * step}
    return {"step": step, **terms, "plane": f"step-{step}.png", **changes}


def write(folder: Path, moments: list[dict[str, Any]], images: int = 2) -> Path:
    (folder / "moments.json").write_text(json.dumps({"steps_per_epoch": 234, "moments": moments}))
    for one in moments:
        (folder / one["plane"]).write_bytes(b"a PNG of " + one["plane"].encode())
    np.savez(folder / "codes.npz", mu=MU[:, :images], label=np.arange(2, dtype=np.uint8))
    return folder


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    found = read_replay(write(tmp_path, [moment(1), moment(10)]))
    assert found is not None
    return found


@pytest.fixture
def client(replay: Replay) -> TestClient:
    routes = objective_replay.routes(Ablations({}, {}, replay))
    return TestClient(Starlette(routes=list(routes)))


def test_the_moments_and_their_codes_are_read(replay: Replay) -> None:
    assert [moment.step for moment in replay.snapshots] == [1, 10]
    assert replay.snapshots[1].kl == 5.0
    np.testing.assert_array_equal(replay.mu, MU)
    assert replay.manifold_png("step-10.png") == b"a PNG of step-10.png"


def test_a_folder_without_a_replay_has_none(tmp_path: Path) -> None:
    assert read_replay(tmp_path) is None
    assert objective_replay.routes(None) == objective_replay.routes(Ablations({}, {})) == []


def test_codes_of_another_training_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected mu \(2, 2, 2\), got \(2, 1, 2\)"):
        read_replay(write(tmp_path, [moment(1), moment(10)], images=1))


def test_each_address_leads_to_what_it_names(replay: Replay, client: TestClient) -> None:
    answer = objective_replay.timeline(replay)
    planes = [client.get(moment["plane"]) for moment in answer["moments"]]
    assert [plane.content for plane in planes] == [b"a PNG of step-1.png", b"a PNG of step-10.png"]
    codes = client.get(answer["codes"])
    np.testing.assert_array_equal(np.frombuffer(codes.content, "<f2").reshape(MU.shape), MU)
    for found in (*planes, codes):
        assert "immutable" in found.headers["Cache-Control"]  # another replay has other addresses


def test_another_replay_has_other_addresses(replay: Replay, tmp_path: Path) -> None:
    before = objective_replay.timeline(replay)
    other = read_replay(write(tmp_path, [moment(1), moment(10, kl=7.0)]))
    assert other is not None
    after = objective_replay.timeline(other)
    assert before["codes"] != after["codes"]
    assert before["moments"][0]["plane"] != after["moments"][0]["plane"]


@pytest.mark.parametrize(
    "name", ["codes.npz", "moments.json", "step-2.png", "..%2Fsecret.png", "%2Fetc%2Fpasswd", ""]
)
def test_no_other_file_is_served(client: TestClient, replay: Replay, name: str) -> None:
    (replay.folder.parent / "secret.png").write_bytes(b"secret")
    answer = client.get(f"/replay/{name}")
    assert answer.status_code == 404
    assert answer.content != b"secret"


def test_the_view_holds_the_prior_and_the_codes(replay: Replay) -> None:
    half = objective_replay.timeline(replay)["half"]
    assert 3 <= half <= 7
    assert (np.abs(MU) <= half).mean() > 0.8


def test_a_study_without_a_replay_says_so() -> None:
    functions = {function.__name__: function for function in objective_functions(Ablations({}, {}))}
    with pytest.raises(ValueError, match="no training snapshots were stored"):
        functions["replay"]({})
