"""Titles and descriptions of the shipped models; others are shown by their folder's name."""

TITLES = {"vae-2d": "2-D map", "vae-32d": "32-D sharp"}
DESCRIPTIONS = {
    "vae-2d": "2 numbers per image, a point on the map; coarser images.",
    "vae-32d": "32 numbers per image; sharper, but the map shows a plane.",
}


def label(name: str) -> str:
    """Return a model's title with the name of its folder, which links and the API use."""
    return f"{TITLES[name]} ({name})" if name in TITLES else name
