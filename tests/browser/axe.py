"""axe-core, which finds what makes a page unusable without sight or pointer."""

from importlib.resources import files

from playwright.sync_api import Page

_SCRIPT = (files("axe_playwright_python") / "axe.min.js").read_text()
# The last rule is not on by itself: who speaks what a button shows must reach that button.
_RUN = """async ([within, only]) => {
  const rules = { "label-content-name-mismatch": { enabled: true } };
  const options = { rules, resultTypes: ["violations"], ...(only && { runOnly: only }) };
  const { violations } = await axe.run(within ?? document, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => (
    `${id}: ${target.join(" ")}: ${failureSummary}`)));
}"""
OF_COLORS = ["color-contrast", "link-in-text-block"]  # the rules that depend on the theme


def findings(page: Page, within: str | None = None, only: list[str] | None = None) -> list[str]:
    """Return axe's findings.

    Args:
        page: a page whose animations are over.
        within: a selector of the part to check; default the whole page.
        only: the rules to check; default all.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    found: list[str] = page.evaluate(_RUN, [within, only])
    return found
