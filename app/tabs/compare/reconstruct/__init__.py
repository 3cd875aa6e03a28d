"""The panel of the reconstructions of a corrupted image by each model."""

from app.components.controls import choice, slider
from app.components.panels import Panel
from app.registry.ablations import Study
from app.tabs.compare.columns import Measure, Table, columns, pad, percent, row

DAMAGES = {"noise": "noise", "occlusion": "a gray patch"}


def reconstruct_panel(study: Study, measured: str) -> Panel:
    """Return the panel for the study; `measured` is the markup of its results."""
    return Panel(
        "reconstruct",
        "Reconstruct",
        "Damage the image more and more. Which reconstructions still show your image?",
        f"""
<div class="beside-pad">
  <div class="given">{pad("source", 3)}</div>
  <div class="shown">
    <div class="controls">{choice("damage", "Damage", DAMAGES, "noise")}
      {slider("amount", "Share of the image", 0, 0.6, 0.3, 0.05)}</div>
    <div class="damaged">
      <section class="input"><h3>Input, damaged</h3>
        <canvas class="digit" role="img" aria-label="The damaged image"></canvas></section>
      {columns(study, lambda _: _RESTORED, _restored_tables(study))}
    </div>
    {measured}
  </div>
</div>""",
        "With as many code dimensions as pixels, what could a plain autoencoder learn, and what "
        "a denoising one?",
        "The plain one could copy its input: a perfect reconstruction that has learned nothing "
        "about digits. The denoising one has to return the clean image, so a copy would be wrong. "
        "It has to learn what digits look like, to map a damaged image back to one. Here the code "
        "has far fewer dimensions than pixels, so no model can copy.",
    )


_RESTORED = f"""
<canvas class="digit" role="img" aria-label="Reconstruction by the NAME"></canvas>
<dl class="figures">{row("this image, RMSE", '<output data-text="rmse">–</output>')}</dl>"""


def _restored_tables(study: Study) -> list[Table]:
    clean = Measure("test images, clean", lambda m: float(m["grey"]["rmse"]["mean"]), _rmse, min)
    tables = [Table([clean])]
    for kind, shares in study.metrics["ae"]["rmse_of_corrupted"].items():
        if kind in DAMAGES:
            measures = [_damaged(kind, share) for share in shares]
            tables.append(Table(measures, f'data-damage="{kind}"'))
    return tables


def _damaged(kind: str, share: str) -> Measure:
    label = f"with {percent(float(share))} {'noise' if kind == 'noise' else 'covered'}"
    return Measure(label, lambda m: float(m["rmse_of_corrupted"][kind][share]), _rmse, min)


def _rmse(value: float) -> str:
    return f"{value:.3f}"
