"""Markup of a grid of pictures; tile_grid.js fills it."""


def tile_grid(elem_id: str) -> str:
    """The element `#ELEM_ID`, empty as yet."""
    return f"""
<div class="tile-grid" id="{elem_id}">
  <canvas role="img" aria-label="Samples"></canvas>
  <button type="button" class="tile" hidden></button>
</div>"""
