"""Markup of a grid of images; tile_grid.js draws them."""


def tile_grid(elem_id: str) -> str:
    """Return the empty grid `#ELEM_ID`."""
    return f"""
<div class="tile-grid" id="{elem_id}">
  <canvas role="img" aria-label="Samples"></canvas>
  <button type="button" class="tile" hidden></button>
</div>"""
