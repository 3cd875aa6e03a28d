"""Chips that show something worth seeing with one click."""

import json
import re
from urllib.parse import parse_qs

import pytest
import torch
from playwright.sync_api import Page, expect

from app.components.try_this import Chip, read_chips
from app.frontend.assets import url
from app.images import example_digits
from tests.browser.actions import gray_when, open_tab
from tests.browser.test_linked_state import stored, wait_for_store
from tests.browser.test_page import TABS
from tests.browser.test_reconstruct import settle
from training.evaluation.classifier import FOLDER, Classifier, predict

CHIPS = read_chips()
# Where a click is seen: a selector, and a text within it.
SEEN = {
    "Not a digit": ("#pad .found", "does not look like one digit"),
    "32 numbers instead of 2": ("#header .of-model", "32 numbers"),
    "Four autoencoders": ("#compare_panels [data-panel=reconstruct][open]", "Input, corrupted"),
    "Temperature 1.5": ("#sample", "With T above 1"),
    "Temperature 0.5": ("#sample", "With T below 1"),
    "400 samples": ("#sample", ""),
    "Samples in 32 dimensions": ("#header .of-model", "32 numbers"),
    "Spherical in 32 dimensions": ("#path-options", "the spherical path keeps their length"),
    "Decoded images": ("#map-and-decode .map-layers:has([data-layer=grid]:checked)", ""),
    "Density of the codes": ("#map-and-decode .map-layers:has([data-layer=density]:checked)", ""),
    "The path on the map": ("#latent-map .map-path", ""),
    "Path from 3 to 8": ("#latent-map .map-path", ""),
    "A plane in 32 dimensions": ("#map-and-decode .map-note", "principal components"),
    "Samples": ("#compare_panels [data-panel=sample][open]", "Resample"),
    "Codes in 32 dimensions": ("#compare_panels [data-panel=codes][open]", "Shown is the plane"),
    "From A to B": ("#compare_panels [data-panel=interpolate][open]", "distance in z"),
    "Likelihood of an image": ("#compare_panels [data-panel=density][open]", "nats"),
    "λ = 0.1": ("#objective_panels [data-text=terms]", "λ = 0.1:"),
    "λ = 784": ("#objective_panels [data-text=terms]", "λ = 784:"),
    "Why log σ²": ("#objective_panels [data-panel=heads][open]", "Trained with each"),
    "Replay a training": ("#objective_panels [data-panel=replay][open]", "The plane decoded"),
    "The KL term": ("#slow-pass [data-panel=kl]", "The KL term"),
    "Why sampling blocks gradients": (
        "#slow-pass [data-panel=sampled_gradient]",
        "Sampling blocks",
    ),
    "The reparameterization trick": ("#slow-pass [data-panel=reparameterized_gradient]", "trick"),
}
READ = """async ([module, query]) => Object.keys((await import(module)).readChanges(query))"""


def press(page: Page, tab: str, text: str) -> None:
    """Open a tab and press one of its chips."""
    open_tab(page, tab)
    expect(page.locator(".live[inert]").filter(visible=True)).to_have_count(0)
    chip = page.get_by_role("group", name="Try this").get_by_role("button", name=text, exact=True)
    chip.filter(visible=True).click()


def test_each_tab_has_three_or_four_chips() -> None:
    assert list(CHIPS) == list(TABS)
    for chips in CHIPS.values():
        assert 3 <= len(chips) <= 4


@pytest.mark.parametrize("tab", CHIPS)
def test_a_click_on_a_chip_is_seen(page: Page, tab: str) -> None:
    settle(page)
    for chip in CHIPS[tab]:
        if chip.state:
            press(page, tab, chip.text)
            expect_state(page, chip)


def expect_state(page: Page, chip: Chip) -> None:
    properties = url("components/share_link/properties.js")
    assert len(page.evaluate(READ, [properties, chip.query])) == len(chip.state), "all are known"
    if chip.text in SEEN:
        selector, text = SEEN[chip.text]
        expect(page.locator(selector)).to_be_visible(timeout=30_000)
        expect(page.locator(selector)).to_contain_text(text, timeout=30_000)
    # The address has what differs from the initial state.
    fields = {name: str(value) for name, value in chip.state.items()}
    same = {"compare": "reconstruct", "dimensions": "2", "objective": "lambda"}
    fields = {name: value for name, value in fields.items() if same.get(name) != value}
    page.wait_for_function(
        """fields => {
          const found = new URLSearchParams(location.hash.slice(1));
          return Object.entries(fields).every(([name, value]) => found.get(name) === value);
        }""",
        arg=fields,
    )


def test_the_ambiguous_digit_is_a_4_and_a_9_to_a_classifier(page: Page) -> None:
    settle(page)
    before = stored(page, "digit")["elbo"]
    press(page, "Reconstruct", "Half a 4, half a 9")
    wait_for_store(page, "get('digit') && get('digit').elbo !== arg", before)
    seen = gray_when(page.locator("#seen canvas"), lambda levels: bool(levels.any()))
    x = torch.tensor(seen.copy()).float()[None, None] / 255
    probabilities = predict(Classifier.from_pretrained(FOLDER).eval(), x)[1][0]
    assert probabilities[[4, 9]].min() > 0.2


@pytest.mark.parametrize(("text", "a", "b"), [("From 1 to 7", 1, 7), ("From 4 to 9", 4, 9)])
def test_a_path_leads_from_one_digit_to_another(page: Page, text: str, a: int, b: int) -> None:
    settle(page)
    press(page, "Interpolate", text)
    for key, digit in (("source_a", a), ("source_b", b)):
        drawn = [stroke["points"] for stroke in stored(page, key)["drawing"]["strokes"]]
        assert json.dumps(drawn) == json.dumps(example_digits()[digit])
    expect(page.locator("#filmstrip .frame")).to_have_count(17)


def test_chips_that_need_digits_or_another_model_are_hidden_without_them(page: Page) -> None:
    settle(page)
    chips = page.get_by_role("group", name="Try this").filter(visible=True).get_by_role("button")
    expect(chips).to_have_count(4)
    page.evaluate(
        f"""async () => {{
          const {{ store }} = await import('{url("frontend/js/store.js")}');
          const [first] = store.get("models");
          store.set({{ models: [{{ ...first, digits: false }}] }});
        }}"""
    )
    expect(chips).to_have_text(["Four autoencoders"])


def test_on_a_phone_the_chips_are_below_the_answer(phone: Page) -> None:
    settle(phone)
    chips = phone.get_by_role("group", name="Try this").filter(visible=True).bounding_box()
    answer = phone.locator("#elbo .scale").bounding_box()
    assert chips and answer
    assert chips["y"] > answer["y"]
    press(phone, "Sample", "Temperature 1.5")
    phone.wait_for_function("location.hash.includes('temperature=1.5')")
    assert parse_qs(re.sub(".*#", "", phone.url))["tab"] == ["Sample"]
