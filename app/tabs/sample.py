import gradio as gr

from app.catalogue import Catalogue


def sample(catalogue: Catalogue) -> None:
    gr.Markdown("sample")
