"""The tab "Latent map": the map component, decoded at the pointer."""

from app.components.latent_map import latent_map as latent_map_component


def latent_map() -> None:
    """Add the map to the page."""
    latent_map_component()
