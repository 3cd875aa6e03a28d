"""The page's table of contents: header, model choice, tabs in order, footer."""

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from app.catalogue import Catalogue
from app.limits import RequestLimits
from app.live import objective_replay, page_decoder
from app.live.about import footer, header
from app.live.bridge import bridge
from app.live.component import STYLES, serve_modules, store_event
from app.live.share import share
from app.tabs.api import api
from app.tabs.compare import compare
from app.tabs.how_it_works import how_it_works
from app.tabs.interpolate import interpolate
from app.tabs.latent_map import latent_map
from app.tabs.objective import objective
from app.tabs.reconstruct import reconstruct
from app.tabs.sample import sample

CACHE_SECONDS = (600, 3600)  # every ten minutes, what visitors sent an hour ago is deleted


def build(catalogue: Catalogue) -> gr.Blocks:
    """The whole page over a catalogue of models, ready to be launched."""
    serve_modules()
    with gr.Blocks(
        title="Variational autoencoder", analytics_enabled=False, delete_cache=CACHE_SECONDS
    ) as page:
        bridge(catalogue)
        with gr.Row(elem_id="top"):
            header()
            model = gr.Radio(
                catalogue.names,
                value=catalogue.names[0],
                label="Model",
                elem_id="model",
                container=False,
            )
            share()
        model.change(None, model, js=store_event("model"), api_visibility="private")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Reconstruct"):
                reconstruct()
            with gr.Tab("Sample"):
                sample()
            with gr.Tab("Interpolate"):
                interpolate()
            with gr.Tab("Latent map"):
                latent_map()
            if catalogue.study is not None:
                with gr.Tab("Compare"):
                    compare(catalogue.study)
                with gr.Tab("Objective"):
                    objective(catalogue.study)
            with gr.Tab("How it works"):
                how_it_works()
        api(catalogue)
        footer(catalogue.device.type.upper())
    assert isinstance(page, gr.Blocks)
    return page


def launch_options(catalogue: Catalogue) -> dict[str, Any]:
    """What `Blocks.launch` needs to know: Gradio 6 takes theme and styles there."""
    return {
        "theme": gr.themes.Default(primary_hue="indigo", radius_size="sm"),
        "css_paths": STYLES,
        "max_file_size": "20mb",
        "show_error": False,  # True would send file paths to the visitor
        "run_history": False,  # a visitor's drawings stay with the visitor's page
        "ssr_mode": False,
        "footer_links": ["api"],
        "app_kwargs": {
            "middleware": [Middleware(RequestLimits)],
            "routes": [page_decoder.route(catalogue), *objective_replay.routes(catalogue.study)],
        },
    }
