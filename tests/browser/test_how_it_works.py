"""The tab "How it works" in the real page: the forward pass, step by step."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.actions import expect_no_sideways_scroll, open_tab
from tests.browser.conftest import visit

STAGES = (
    *("x", "encoder", "mu", "std", "eps", "z", "decoder", "x_hat"),
    *("reconstruction", "kl", "elbo"),
    *("sampled_gradient", "reparameterized_gradient"),
)
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e−?\d+)?")


class Pass:
    """The opened tab, once it shows the visitor's digit."""

    def __init__(self, page: Page) -> None:
        self.page = page
        expect(page.locator("#elbo .sum")).to_contain_text("nats", timeout=30_000)
        open_tab(page, "How it works")
        self.root = page.locator("#slow-pass")
        expect(self.root.locator(".pass.filled")).to_be_visible(timeout=30_000)
        self.panel = self.root.locator("[data-panel]:visible")
        self.play = self.root.locator("[data-action=play]")
        self.announced = self.root.locator("[role=status]")

    def button(self, stage: str) -> Locator:
        return self.root.locator(f"[data-stage={stage}]")

    def open(self, stage: str) -> Locator:
        self.button(stage).click()
        self.expect_at(stage)
        return self.panel

    def expect_at(self, stage: str, timeout: float = 5000) -> None:
        """Wait until this stage, and no other, is in view."""
        expect(self.panel).to_have_attribute("data-panel", stage, timeout=timeout)
        expect(self.panel).to_have_count(1)
        expect(self.button(stage)).to_have_attribute("aria-current", "step")

    def press(self, action: str) -> None:
        self.root.locator(f"[data-action={action}]").click()

    def choose(self, model: str) -> None:
        self.page.locator("#model").get_by_label(model).check()

    def gradient(self, name: str) -> Locator:
        """Return a cell of the table of gradients: "TERM WITH-RESPECT-TO"."""
        return self.panel.locator(f"[data-gradient='{name}']")


@pytest.fixture(scope="module")
def tab(desktop: BrowserContext, server: str) -> Iterator[Pass]:
    """Open the tab once for all tests that go to their stage and leave digit and model alone."""
    with visit(desktop, server) as page:
        yield Pass(page)


def number(text: str) -> float:
    found = NUMBER.search(text)
    assert found, text
    return float(found.group().replace("−", "-"))


def numbers(cells: Locator) -> list[float]:
    return [number(text) for text in cells.all_inner_texts()]


def test_every_stage_is_one_click_away(tab: Pass) -> None:
    for stage in reversed(STAGES):
        panel = tab.open(stage)
        expect(panel.locator(".formula math:visible").first).to_be_visible()
        expect(panel.locator("code:visible").first).to_be_visible()
        expect(panel.locator(".figure > *").first).to_be_visible()


def test_step_and_back_stop_at_the_ends(page: Page) -> None:
    tab = Pass(page)
    tab.expect_at("x")
    expect(tab.root.locator("[data-action=back]")).to_be_disabled()
    tab.press("step")
    tab.press("step")
    tab.expect_at("mu")
    expect(tab.announced).to_contain_text("3 of 13")
    tab.press("back")
    tab.expect_at("encoder")
    tab.open(STAGES[-1])
    expect(tab.root.locator("[data-action=step]")).to_be_disabled()


def test_the_arrow_keys_step_and_the_space_bar_plays(page: Page) -> None:
    tab = Pass(page)
    page.keyboard.press("ArrowRight")  # right after the tab was opened
    tab.expect_at("encoder")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    tab.expect_at("encoder")
    tab.open("std")
    page.keyboard.press("ArrowRight")
    tab.expect_at("eps")
    expect(tab.button("eps")).to_be_focused()
    page.keyboard.press("Space")
    expect(tab.play).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(tab.play).to_have_text("Play")
    tab.expect_at("eps")


def test_the_arrow_keys_belong_to_this_tab_only(page: Page) -> None:
    tab = Pass(page)
    open_tab(page, "Sample")
    page.keyboard.press("ArrowRight")
    open_tab(page, "How it works")
    tab.expect_at("x")


def test_play_goes_on_by_itself_until_a_hand_takes_over(page: Page) -> None:
    tab = Pass(page)
    tab.open("sampled_gradient")
    tab.play.click()
    tab.expect_at("reparameterized_gradient", timeout=10_000)
    expect(tab.play).to_have_text("Play")  # it has come to the end
    tab.play.click()
    tab.expect_at("x")  # and starts again
    expect(tab.play).to_have_text("Pause")
    tab.press("step")
    expect(tab.play).to_have_text("Play")


def test_z_is_mu_plus_sigma_times_epsilon(tab: Pass) -> None:
    rows = tab.open("z").locator(".equation tbody tr")
    for row in rows.all():
        mu, std, eps, z = numbers(row.locator("td"))
        assert z == pytest.approx(mu + std * eps, abs=2e-3)


def test_the_terms_add_up(tab: Pass) -> None:
    kl = tab.open("kl")
    each = numbers(kl.locator("td.kl:not(.bar)"))
    whole = number(kl.locator(".total b").inner_text())
    assert whole == pytest.approx(sum(each), abs=0.06)
    reconstruction = number(tab.open("reconstruction").locator(".total b").inner_text())
    parts = numbers(tab.open("elbo").locator(".sum b"))
    assert parts[:2] == [reconstruction, whole]
    assert parts[2] == pytest.approx(parts[0] + parts[1], abs=0.11)
    expect(tab.panel.locator(".note")).to_contain_text("averages over several")


def test_another_epsilon_changes_z_and_not_mu(tab: Pass) -> None:
    panel = tab.open("z")
    mu, eps = (panel.locator(f"tbody td.{name}").first for name in ("mu", "epsilon"))
    before = mu.inner_text(), eps.inner_text()
    tab.press("draw")
    expect(eps).not_to_have_text(before[1])
    expect(mu).to_have_text(before[0])


def test_it_follows_the_digit(page: Page) -> None:
    tab = Pass(page)
    value = tab.button("reconstruction").locator(".value")
    before = value.text_content() or ""
    open_tab(page, "Reconstruct")
    page.get_by_role("button", name="Start from a ready 7").click()
    open_tab(page, "How it works")
    expect(value).not_to_have_text(before)


def test_it_follows_the_model_and_folds_many_dimensions(page: Page) -> None:
    tab = Pass(page)
    panel = tab.open("mu")
    expect(panel.locator("tbody tr")).to_have_count(2)
    expect(panel.locator(".plane")).to_be_visible()
    tab.choose("vae-32d")
    expect(panel.locator("tbody tr")).to_have_count(8)
    expect(panel).to_contain_text("and 24 more")


def test_the_encoder_ends_in_mu_and_log_variance(page: Page) -> None:
    tab = Pass(page)
    panel = tab.open("encoder")
    tab.choose("vae-32d")
    expect(tab.button("encoder").locator(".value")).to_have_text("784 → 64", timeout=10_000)
    expect(panel.locator(".layers figcaption").last).to_contain_text("64")


def test_a_plain_autoencoder_can_be_traced_instead_of_the_selected_model(page: Page) -> None:
    tab = Pass(page)
    tab.root.get_by_label("plain autoencoder").check()
    expect(tab.root.locator(".pass[data-head=none]")).to_be_visible()
    panel = tab.open("mu")
    expect(panel).to_contain_text("A point, not a distribution")
    expect(panel).to_contain_text("h\xa0=\xa0f(x)")
    expect(tab.root.locator("[data-action=draw]")).to_be_disabled()
    for stage in STAGES:
        panel = tab.open(stage)
        expect(panel.locator(".formula math:visible").first).to_be_visible()
        expect(panel.locator("code:visible").first).to_be_visible()
    expect(tab.panel).to_contain_text("The gradient reaches the encoder")
    assert number(tab.gradient("reconstruction encoder").inner_text()) > 0
    tab.root.get_by_label("selected above").check()
    expect(tab.gradient("reconstruction logvar")).to_be_visible()


def test_without_a_digit_it_invites(page: Page) -> None:
    tab = Pass(page)
    open_tab(page, "Reconstruct")
    page.locator("#pad .clear").click()
    open_tab(page, "How it works")
    expect(tab.root.locator(".invitation")).to_be_visible()
    expect(tab.play).to_be_disabled()
    tab.root.get_by_role("button", name="use a new sample").click()
    expect(tab.root.locator(".invitation")).to_be_hidden()
    expect(tab.play).to_be_enabled()


def test_pointing_at_a_symbol_marks_it_everywhere(tab: Pass) -> None:
    panel = tab.open("z")
    places = [
        panel.locator(".formula .sigma").first,
        panel.locator("code .sigma").first,
        panel.locator("td.sigma").first,
        tab.button("std").locator(".label .sigma"),
    ]
    for pointed in places:
        pointed.hover()
        for place in places:
            expect(place).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
        tab.page.mouse.move(2, 2)
        expect(places[0]).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_the_legend_marks_by_keyboard_and_keeps_by_a_press(page: Page) -> None:
    tab = Pass(page)
    formula = tab.open("z").locator(".formula .epsilon")
    legend = tab.root.get_by_role("button", name="Highlight epsilon")
    legend.focus()
    expect(formula).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    legend.press("Enter")
    tab.button("z").focus()
    expect(legend).to_have_attribute("aria-pressed", "true")
    page.mouse.move(2, 2)
    expect(formula).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_sampling_blocks_the_gradient_and_epsilon_outside_frees_it(tab: Pass) -> None:
    tab.open("sampled_gradient")
    for to in ("mu", "logvar", "encoder"):
        expect(tab.gradient(f"reconstruction {to}")).to_have_text("no gradient")
        assert number(tab.gradient(f"kl {to}").inner_text()) > 0, "KL needs no sample"
    decoder = tab.gradient("reconstruction decoder").inner_text()
    tab.open("reparameterized_gradient")
    for to in ("mu", "logvar", "encoder"):
        assert number(tab.gradient(f"reconstruction {to}").inner_text()) > 0
    expect(tab.gradient("reconstruction decoder")).to_have_text(decoder)
    norm = tab.gradient("reconstruction mu")
    before = norm.inner_text()
    tab.press("draw")
    expect(norm).not_to_have_text(before)


def test_a_pixel_tells_its_term(tab: Pass) -> None:
    panel = tab.open("reconstruction")
    panel.locator("canvas").last.hover(position={"x": 3, "y": 3})
    expect(panel.locator(".readout")).to_have_text("Pixel 1, 1: x = 0.00, x̂ = 0.00, 0.00 nats")


def test_on_a_phone_every_stage_fits_and_a_tap_opens_it(phone: Page) -> None:
    tab = Pass(phone)
    for stage in STAGES:
        tab.button(stage).tap()
        tab.expect_at(stage)
        expect_no_sideways_scroll(phone)


def test_the_reconstruction_has_the_menu_of_every_image(page: Page) -> None:
    tab = Pass(page)
    tab.open("x_hat").get_by_role("button", name="x̂").click()
    page.get_by_role("menuitem", name="Reconstruct").click()
    expect(page.locator("#pad canvas")).to_be_visible()
    expect(page.locator("#notice")).to_contain_text("This is your image now")
