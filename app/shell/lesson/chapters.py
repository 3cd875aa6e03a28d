"""Chapters of the lesson, read from chapters.yaml and checked, with their measured figures."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.frontend.templates import decimals, percent
from app.registry.ablations import VAE_NAME, Ablations
from app.registry.models import ModelRegistry

FILE = Path(__file__).with_name("chapters.yaml")
FILLED = ("text", "task", "answer")  # fields that contain measured figures
MODELS = ("vae-2d", "vae-32d")  # the models of the chapters


class State(BaseModel):
    """The state that a chapter opens, by the names in the address (share_link/properties.js)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tab: Literal["Reconstruct", "Sample", "Compare", "Objective", "How it works"]
    model: Literal["vae-2d", "vae-32d"] | None = None
    traced: Literal["study/ae"] | None = None
    step: str | None = None
    compare: str | None = None
    objective: str | None = None
    kl_weight: float | None = Field(default=None, alias="lambda")
    details: Literal["1"] | None = None

    def properties(self) -> dict[str, str]:
        """Return the properties of the address."""
        return {
            name: f"{value:g}" if isinstance(value, float) else value
            for name, value in self.model_dump(by_alias=True, exclude_none=True).items()
        }


class Chapter(BaseModel):
    """One chapter.

    Attributes:
        key: the name in the address.
        text: a paragraph in plain words.
        formula: LaTeX.
        task: one thing to do.
        question, answer: the answer is hidden at first.
        state: what the chapter opens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    text: str
    formula: str | None = None
    task: str
    question: str
    answer: str
    state: State

    def with_figures(self, figures: dict[str, str]) -> "Chapter":
        """Return the chapter with each {NAME} in its text, task and answer replaced by a figure.

        Raises:
            KeyError: there is no figure of this name.
        """
        filled = {name: getattr(self, name).format_map(figures) for name in FILLED}
        return self.model_copy(update=filled)


def read_chapters() -> list[Chapter]:
    """Return the chapters in order, with the names of figures in braces."""
    return TypeAdapter(list[Chapter]).validate_python(yaml.safe_load(FILE.read_text()))


def figures(registry: ModelRegistry) -> dict[str, str] | None:
    """Return the chapters' figures by name; None without the shipped models and ablations."""
    ablations = registry.ablations
    if ablations is None or not set(MODELS) <= set(registry.names):
        return None
    metrics = [registry[name].metrics for name in MODELS]
    if None in metrics:
        return None
    small, large = (found or {} for found in metrics)
    terms = small["binarised"]
    bound, nll = terms["negative_elbo"]["mean"], terms["nll_quadrature"]["mean"]
    return {
        **_of_study(ablations),
        "reconstruction": decimals(terms["reconstruction"]["mean"], 1),
        "kl": decimals(terms["kl"]["mean"], 1),
        "negative_elbo": decimals(bound, 1),
        "nll": decimals(nll, 1),
        "gap": decimals(bound - nll, 1),
        "confident": percent(small["samples"]["model"]["confident"]),
        "frechet_2d": decimals(small["samples"]["model"]["frechet_distance"], 1),
        "frechet_32d": decimals(large["samples"]["model"]["frechet_distance"], 1),
    }


def _of_study(ablations: Ablations) -> dict[str, str]:
    plain = ablations.metrics["ae"]
    found = {
        "ae_std_1": decimals(plain["codes"]["std"][0], 1),
        "ae_std_2": decimals(plain["codes"]["std"][1], 1),
        "ae_frechet": decimals(plain["samples"]["model"]["frechet_distance"], 1),
        "ae_frechet_mixture": decimals(plain["samples"]["mixture"]["frechet_distance"], 1),
        "small_reconstruction": decimals(_term(ablations, VAE_NAME, "reconstruction"), 0),
    }
    sweep = list(ablations.by_lambda.items())
    for end, (weight, name) in (("low", sweep[0]), ("high", sweep[-1])):
        found[f"lambda_{end}"] = f"{weight:g}"
        for term in ("reconstruction", "kl"):
            found[f"{term}_{end}"] = decimals(_term(ablations, name, term), 1)
    return found


def _term(ablations: Ablations, name: str, term: str) -> float:
    return float(ablations.metrics[name]["binarised"][term]["mean"])
