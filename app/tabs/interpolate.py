import gradio as gr

from app.catalogue import Catalogue


def interpolate(catalogue: Catalogue) -> None:
    gr.Markdown("interpolate")
