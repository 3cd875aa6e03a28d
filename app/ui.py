"""The page: its parts in order, their server functions, and the options of its launch."""

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr
from gradio.themes.utils.fonts import LocalFont
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from app.api import ExampleAddress, api, example_route
from app.components.glossary import glossary
from app.components.image_upload import upload_functions
from app.components.latent_map import latent_map, latent_map_functions
from app.components.model_info import INTRODUCTION, footer, header
from app.components.model_info.titles import label
from app.components.sampling import sampling_functions
from app.components.share_link import share
from app.components.try_this import try_this
from app.frontend import assets, fonts, metadata, page_networks
from app.frontend.assets.compression import PageCompression
from app.frontend.encodings import encoding_functions
from app.frontend.mount import STYLES, store_event
from app.frontend.payloads import ServerFunction
from app.frontend.rpc_endpoint import rpc_endpoint
from app.registry.ablations import Ablations
from app.registry.models import ModelRegistry
from app.request_limits import RequestLimits
from app.shell.first_view import FirstView
from app.shell.lesson import lesson
from app.shell.view import view_options
from app.tabs.compare import compare, compare_functions
from app.tabs.how_it_works import how_it_works, how_it_works_functions
from app.tabs.interpolate import interpolate, interpolate_functions
from app.tabs.objective import objective, objective_functions
from app.tabs.objective import replay as objective_replay
from app.tabs.reconstruct import reconstruct, reconstruct_functions
from app.tabs.sample import sample

TITLE = "Variational autoencoder"
# Gradio 6.31 ships the weight 600 as a Cyrillic subset, whose only Latin letters are A and B: bold
# text would mix two typefaces inside a word.
MONO = LocalFont("IBM Plex Mono", weights=(400, 700))
# Every API call without a session hash opens a session of up to 125 kB; the oldest one is evicted
# when there are more than this. A session contains nothing of a visitor, so eviction is harmless.
SESSIONS = 100
CACHE_SECONDS = (600, 3600)  # uploads older than an hour are deleted every ten minutes


def build(registry: ModelRegistry) -> gr.Blocks:
    """Return the page for a registry of models, ready to be launched."""
    with gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=CACHE_SECONDS,
        fill_width=True,  # otherwise 128 px of a window 895 px wide are margins
    ) as page:
        rpc_endpoint(server_functions(registry))
        with gr.Row(elem_id="top"):
            header(registry.names[0])
            model = gr.Radio(
                [(label(name), name) for name in registry.names],
                value=registry.names[0],
                label="Model",
                elem_id="model",
                container=False,
            )
            view_options()
            share()
        lesson(registry)
        model.change(None, model, js=store_event("model"), api_visibility="private")
        with gr.Tabs(elem_id="tabs"):
            for name, layout in tabs(registry.ablations).items():
                with gr.Tab(name):
                    try_this(name)
                    layout()
        api(registry)
        footer(registry.device.type.upper())
        glossary()
    assert isinstance(page, gr.Blocks)
    return page


def tabs(ablations: Ablations | None) -> dict[str, Callable[[], object]]:
    """Return the tabs in order: the name of each, and the function that adds its components."""
    found: dict[str, Callable[[], object]] = {
        "Reconstruct": reconstruct,
        "Sample": sample,
        "Interpolate": interpolate,
        "Latent map": latent_map,
    }
    if ablations is not None:
        found |= {
            "Compare": partial(compare, ablations),
            "Objective": partial(objective, ablations),
        }
    return {**found, "How it works": partial(how_it_works, ablations)}


def server_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of all components and tabs."""
    found = [
        *encoding_functions(registry),
        *upload_functions(registry),
        *latent_map_functions(registry),
        *sampling_functions(registry),
        *reconstruct_functions(registry),
        *interpolate_functions(registry),
        *how_it_works_functions(registry),
    ]
    if registry.ablations is not None:
        found += [*compare_functions(registry), *objective_functions(registry.ablations)]
    return found


def launch_options(registry: ModelRegistry) -> dict[str, Any]:
    """Return the arguments of `Blocks.launch`, which in Gradio 6 include theme and styles."""
    return {
        "theme": gr.themes.Default(
            primary_hue="indigo",
            radius_size="sm",
            font=[fonts.PageFont(), *fonts.STACK, "ui-sans-serif", "system-ui", "sans-serif"],
            font_mono=[MONO, "ui-monospace", "Consolas", "monospace"],
        ).set(  # a shade deeper than Gradio's, for a contrast of 4.5
            button_primary_background_fill="*primary_600",
            button_primary_background_fill_hover="*primary_700",
            body_text_color_subdued="*neutral_500",
        ),
        "css_paths": STYLES,
        "favicon_path": metadata.ICON,
        "max_file_size": "20mb",
        "state_session_capacity": SESSIONS,
        "show_error": False,  # True would send file paths to the visitor
        "run_history": False,  # a visitor's drawings stay with the visitor's page
        "ssr_mode": False,
        "footer_links": ["api"],
        "app_kwargs": {
            "middleware": [
                Middleware(RequestLimits),
                # For the map; a call that follows the pointer is small.
                Middleware(GZipMiddleware, minimum_size=20_000, compresslevel=6),
                Middleware(PageCompression),
                # Within the compression, which they could not read.
                Middleware(ExampleAddress),
                Middleware(metadata.PageMetadata, title=TITLE, description=INTRODUCTION),
                Middleware(FirstView, registry=registry),
            ],
            "routes": [
                *assets.routes(),
                fonts.route(),
                example_route(),
                *page_networks.routes(registry),
                *metadata.routes(registry),
                *objective_replay.routes(registry.ablations),
            ],
        },
    }
