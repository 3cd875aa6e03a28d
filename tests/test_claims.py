"""Every result that the page states is borne out by the figures beside it."""

from pathlib import Path

import pytest

from app.claims import Claim, shown
from app.registry.ablations import Study, read_study
from app.tabs.compare.claims import CLAIMS as COMPARE

WEIGHTS = Path(__file__).parent.parent / "weights"
CLAIMS = [*COMPARE]


@pytest.fixture(scope="module")
def study() -> Study:
    """The figures that are shipped."""
    study = read_study(WEIGHTS)
    assert study is not None, "the study is not whole"
    return study


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.panel)
def test_a_claim_holds_for_the_shipped_weights(study: Study, claim: Claim) -> None:
    assert claim.holds(study), claim.text(study)


def test_what_does_not_hold_is_not_shown() -> None:
    study = Study({}, {})
    claims = [
        Claim("one", lambda _: "so it is", lambda _: True),
        Claim("one", lambda _: "so it is not", lambda _: False),
        Claim("two", lambda _: "nor this", lambda _: False),
    ]
    assert shown(study, claims) == {"one": ["so it is"]}


def test_a_claim_follows_the_figures(study: Study) -> None:
    worse = {**study.metrics["dae"]["rmse_of_corrupted"]["noise"], "0.3": 1.0}
    dae = {**study.metrics["dae"], "rmse_of_corrupted": {"noise": worse}}
    changed = Study({**study.metrics, "dae": dae}, study.logs)
    before, after = (shown(of, COMPARE)["reconstruct-2"] for of in (study, changed))
    assert len(after) == len(before) - 1
