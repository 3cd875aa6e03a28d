import gradio as gr

from app.catalogue import Catalogue


def reconstruct(catalogue: Catalogue) -> None:
    gr.Markdown("reconstruct")
