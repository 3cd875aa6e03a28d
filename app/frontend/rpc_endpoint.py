"""RPC endpoint: registers every server function on one hidden component.

It is mounted with the page, before any tab, so that components of unopened tabs can call Python.
The server keeps no state between two calls; the page's store has the visitor's state.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
import numpy as np

from app import images
from app.components.image_upload import read_uploaded
from app.components.latent_map import figure as plots
from app.frontend import page_decoder, requests
from app.frontend.mount import component
from app.frontend.payloads import (
    Payload,
    ServerFunction,
    finite,
    guarded,
    pack_bytes,
    pack_images,
)
from app.frontend.requests import (
    DecodeRequest,
    EncodeRequest,
    ModelRequest,
    PathRequest,
    ResampleRequest,
    SampleRequest,
    UploadRequest,
    unit,
)
from app.model import inference
from app.model.density import aggregate_posterior
from app.registry.models import EncodedTestSet, Model, ModelRegistry

MAP_CELLS = 96  # per side, of the aggregate posterior on the map
REGION_MASS = 0.99  # of q(z), within the region that the map calls data


def rpc_endpoint(registry: ModelRegistry, functions: Sequence[ServerFunction]) -> gr.HTML:
    """Return the hidden component that registers the tabs' server functions and its own.

    Its props describe the models that are offered for selection.
    """
    return component(
        Path(__file__).with_name("bootstrap.js"),
        "",
        elem_id="bridge",
        visible="hidden",
        models=[
            {
                "name": name,
                "data": data.name,
                "digits": data.digits,
                "prepare": data.prepare,
                "card": registry.card(name).exists(),
            }
            for name, data in registry.data.items()
        ],
        server_functions=[
            guarded(function) for function in [*server_functions(registry), *functions]
        ],
    )


def server_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the page's server functions: request in, payload out, ValueError for bad input."""

    def model_info(request: ModelRequest) -> Payload:
        """Return the description of a model (see `summary`)."""
        return summary(registry[request.model])

    def encode(request: EncodeRequest) -> Payload:
        """Return the encoding and reconstruction of one image (see `encoding`)."""
        model, x = registry[request.model], requests.load_input(registry, request)
        checked = registry.typicality if model.data.digits else None
        remark = "" if checked is None or checked.is_digit(x) else images.NO_DIGIT
        return {**encoding(model, x), "remark": remark}

    def read_upload(request: UploadRequest) -> Payload:
        """Return an uploaded image in both versions that the switch selects from.

        Return raw; prepared, null without strokes; others, the readings that may be right too;
        remark, one sentence or "".
        """
        image = images.open_image(read_uploaded(request.path))
        raw = pack_images(images.resize_raw(image))
        try:
            result = images.read_image(image, registry.typicality)
        except ValueError as error:
            return {"raw": raw, "prepared": None, "others": [], "remark": str(error)}
        return {
            "raw": raw,
            "prepared": pack_images(result.x),
            "others": [pack_images(other) for other in result.others],
            "remark": result.remark,
        }

    def decode(request: DecodeRequest) -> Payload:
        """Return images, the decoded codes."""
        return {"images": pack_images(requests.decode(registry, request))}

    def resample(request: ResampleRequest) -> Payload:
        """Return images, decoded at z ~ q(z|x)."""
        vae = registry[request.model].vae
        posterior = inference.encode(vae, unit(request.pixels)[None])
        drawn = inference.posterior_codes(posterior, request.count, request.seed)
        return {"images": pack_images(inference.decode(vae, drawn))}

    def sample(request: SampleRequest) -> Payload:
        """Return z (B, Z), sampled from the prior, and its images."""
        z, drawn = requests.sample(registry, request)
        return {"z": z.tolist(), "images": pack_images(drawn)}

    def interpolate(request: PathRequest) -> Payload:
        """Return z (steps, Z) and its images."""
        path, frames = requests.interpolate(registry, request)
        return {"z": path.tolist(), "images": pack_images(frames)}

    def animate(request: PathRequest) -> Payload:
        """Return the frames of a path as two files in base64, gif and strip (PNG)."""
        inference.check_range("steps", request.steps, 2, inference.MAX_STEPS)
        _, frames = requests.interpolate(registry, request)
        files = {
            "gif": images.animation(frames),
            "strip": images.png(images.tile(frames, len(frames))),
        }
        return {kind: base64.b64encode(file).decode("ascii") for kind, file in files.items()}

    def latent_map(request: ModelRequest) -> Payload:
        """Return figure and support of the latent map (see `map_payload`)."""
        return map_payload(registry[request.model])

    return [
        model_info,
        encode,
        read_upload,
        decode,
        resample,
        sample,
        interpolate,
        animate,
        latent_map,
    ]


def summary(model: Model) -> Payload:
    """Return a model's name, latent space and test terms, for the page's store."""
    codes = model.codes
    active = None if codes is None else codes.active.tolist()
    test_terms = None
    if codes is not None and codes.kl is not None:
        test_terms = [float(codes.reconstruction.mean()), float(codes.kl.mean())]
    return {
        "name": model.name,
        "latent_dim": model.vae.config.latent_dim,
        "deterministic": model.vae.config.variance_head == "none",
        "active": active,
        "test_terms": test_terms,
        "test_images": None if codes is None else len(codes.label),
        "ready": [] if codes is None or model.data.digits else examples(codes, model.data.classes),
        "plane": model.projection.tolist(),
        "decoder": page_decoder.address(model),
    }


def examples(codes: EncodedTestSet, classes: Sequence[str]) -> list[Payload]:
    """Return class name and code of each exemplar, which a pad offers instead of digits."""
    return [{"name": classes[codes.label[i]], "z": codes.mu[i].tolist()} for i in codes.exemplars]


def map_payload(model: Model) -> Payload:
    """Return the latent map of a model's test codes; without test codes it shows the prior only.

    figure: the Plotly figure as JSON.
    support: the highest-density region of q(z) as a bit mask on the square [-half, half]^2 (base64;
    rows in order of increasing y, each padded to whole bytes), or null.
    """
    if model.codes is None:
        empty = np.empty((0, 2), np.float32), np.empty(0, np.int64)
        figure = plots.latent_map(*empty, ("z₁", "z₂"), model.data.classes)
        return {"figure": figure.to_json(), "support": None}
    codes, projection = model.codes, model.projection
    axes = ("z₁", "z₂")
    if model.vae.config.latent_dim > 2:
        axes = ("first principal component", "second principal component")
    points = codes.mu @ projection.T
    std = np.sqrt(codes.std**2 @ (projection**2).T)  # per axis; the map ignores the correlation
    extent = plots.initial_extent(points)
    density = aggregate_posterior(points, std, extent, MAP_CELLS)
    bits = np.packbits(density.region(REGION_MASS), axis=1)
    figure = plots.latent_map(points, codes.label, axes, model.data.classes, density)
    return {
        "figure": figure.to_json(),
        "support": {"half": extent, "cells": MAP_CELLS, "bits": pack_bytes(bits)},
    }


def encoding(model: Model, x: inference.Array) -> Payload:
    """Return the encoding and reconstruction of one image (28, 28), for the page's store."""
    result = inference.reconstruct(model.vae, x[None])
    posterior = result.posterior
    elbo = None if result.elbo is None else float(result.elbo[0])
    return {
        "model": model.name,
        "seen": pack_images(x[None]),
        "x_hat": pack_images(result.x_hat),
        "mu": finite(posterior.mu[0]),
        "std": finite(posterior.std[0]),
        "reconstruction": float(result.reconstruction[0]),
        "kl": None if posterior.kl is None else finite(posterior.kl[0]),
        "elbo": elbo,
        "share_above": None
        if model.codes is None or elbo is None
        else model.codes.elbo_percentile(-elbo),
        "plane": finite(model.projection @ posterior.mu[0]),
    }
