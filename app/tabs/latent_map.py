"""The tab "Latent map": the plane of codes, decoded wherever the pointer is."""

from app.components.latent_map import latent_map as live_map


def latent_map() -> None:
    """Lays the tab out."""
    live_map()
