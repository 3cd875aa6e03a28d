import gradio as gr

from app.catalogue import Catalogue


def latent_map(catalogue: Catalogue) -> None:
    gr.Markdown("latent_map")
