"""Markup of sliders and radio buttons; controls.js synchronizes their elements."""

from html import escape


def slider(name: str, label: str, low: float, high: float, value: float, step: float) -> str:
    """Return a number box and a slider for one number, within `[data-field=NAME]`."""
    limits = f'min="{low:g}" max="{high:g}" step="{step:g}" value="{value:g}"'
    label = escape(label)
    return f"""
<div class="field" data-field="{escape(name)}">
  <span class="field-name">{label}</span>
  <input type="number" inputmode="decimal" aria-label="{label}" {limits}>
  <input type="range" aria-label="{label}, slider" {limits}>
</div>"""


def choice(name: str, label: str, options: dict[str, str], value: str) -> str:
    """Return radio buttons for `options` (value -> text), within `[data-field=NAME]`."""
    buttons = "".join(
        f'<label><input type="radio" name="{escape(name)}" value="{escape(option)}"'
        f"{' checked' if option == value else ''}><span>{escape(text)}</span></label>"
        for option, text in options.items()
    )
    return f"""
<fieldset class="field choice" data-field="{escape(name)}">
  <legend class="field-name">{escape(label)}</legend>{buttons}
</fieldset>"""
