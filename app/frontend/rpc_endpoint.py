"""RPC endpoint: registers every server function on one hidden component.

It is mounted with the page, before any tab, so that components of unopened tabs get answers too.
Python keeps no state between two calls: the page holds the visitor's state.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
import numpy as np

from app import images
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
    unit,
)
from app.model import inference
from app.model.density import aggregate_posterior
from app.registry.models import EncodedTestSet, Model, ModelRegistry

MAP_CELLS = 96  # a side, of the aggregate posterior on the map
SUPPORT_MASS = 0.99  # of it lies where the map says that test images are


def bridge(registry: ModelRegistry, functions: Sequence[ServerFunction]) -> gr.HTML:
    """Return the hidden component that registers the tabs' server functions and its own.

    Its props are what the page needs from the start.
    """
    return component(
        Path(__file__).with_name("bridge.js"),
        "",
        elem_id="bridge",
        visible="hidden",
        models=[
            {"name": name, "data": data.name, "digits": data.digits, "prepare": data.prepare}
            for name, data in registry.data.items()
        ],
        server_functions=[
            guarded(function) for function in [*server_functions(registry), *functions]
        ],
    )


def server_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the page's server functions: request in, payload out, ValueError for bad input."""

    def about(request: ModelRequest) -> Payload:
        """Return what the page needs to know of a model before any image."""
        return summary(registry[request.model])

    def see(request: EncodeRequest) -> Payload:
        """Return what a model makes of one image."""
        return describe(registry[request.model], requests.encode(registry, request))

    def decode(request: DecodeRequest) -> Payload:
        """Return images."""
        return {"images": pack_images(requests.decode(registry, request))}

    def resample(request: ResampleRequest) -> Payload:
        """Return images at z ~ q(z|x)."""
        vae = registry[request.model].vae
        posterior = inference.encode(vae, unit(request.pixels)[None])
        drawn = inference.posterior_codes(posterior, request.count, request.seed)
        return {"images": pack_images(inference.decode(vae, drawn))}

    def sample(request: SampleRequest) -> Payload:
        """Return z and its images."""
        z, drawn = requests.sample(registry, request)
        return {"z": z.tolist(), "images": pack_images(drawn)}

    def interpolate(request: PathRequest) -> Payload:
        """Return z (steps, Z) and its images."""
        path, frames = requests.interpolate(registry, request)
        return {"z": path.tolist(), "images": pack_images(frames)}

    def animate(request: PathRequest) -> Payload:
        """Return a path as gif and strip (PNG), each a file in base64."""
        inference.check_range("steps", request.steps, 2, inference.MAX_STEPS)
        _, frames = requests.interpolate(registry, request)
        files = {
            "gif": images.animation(frames),
            "strip": images.png(images.tile(frames, len(frames))),
        }
        return {kind: base64.b64encode(file).decode("ascii") for kind, file in files.items()}

    def latent_map(request: ModelRequest) -> Payload:
        """Return figure and support, the map of a model's test codes."""
        return test_map(registry[request.model])

    return [about, see, decode, resample, sample, interpolate, animate, latent_map]


def summary(model: Model) -> Payload:
    """Name, kind and latent space of a model."""
    codes = model.codes
    active = None if codes is None else codes.active.tolist()
    mean = None
    if codes is not None and codes.kl is not None:
        mean = [float(codes.reconstruction.mean()), float(codes.kl.mean())]
    return {
        "name": model.name,
        "latent_dim": model.vae.config.latent_dim,
        "deterministic": model.vae.config.variance_head == "none",
        "active": active,
        "test_terms": mean,
        "test_images": None if codes is None else len(codes.label),
        "ready": [] if codes is None or model.data.digits else ready(codes, model.data.classes),
        "plane": model.projection.tolist(),
        "decoder": page_decoder.address(model),
    }


def ready(codes: EncodedTestSet, classes: Sequence[str]) -> list[Payload]:
    """What a pad offers to start from in place of digits: the classes and codes of test images."""
    return [{"name": classes[codes.label[i]], "z": codes.mu[i].tolist()} for i in codes.exemplars]


def test_map(model: Model) -> Payload:
    """The map of a model's test codes: only the prior where there are none yet.

    Out: figure, its JSON; support, the square [-half, half]^2 of cells as bits (base64, row by row
    from below, each row filled up to whole bytes), 1 where test codes are, or null.
    """
    if model.codes is None:
        none = np.empty((0, 2), np.float32), np.empty(0, np.int64)
        figure = plots.latent_map(*none, ("z₁", "z₂"), model.data.classes)
        return {"figure": figure.to_json(), "support": None}
    codes, plane = model.codes, model.projection
    axes = ("z₁", "z₂")
    if model.vae.config.latent_dim > 2:
        axes = ("first principal component", "second principal component")
    points = codes.mu @ plane.T
    spread = np.sqrt(codes.std**2 @ (plane**2).T)  # of each axis; the map draws no correlation
    half = plots.first_view(points)
    density = aggregate_posterior(points, spread, half, MAP_CELLS)
    bits = np.packbits(density.region(SUPPORT_MASS), axis=1)
    figure = plots.latent_map(points, codes.label, axes, model.data.classes, density)
    return {
        "figure": figure.to_json(),
        "support": {"half": half, "cells": MAP_CELLS, "bits": pack_bytes(bits)},
    }


def describe(model: Model, seen: inference.Array) -> Payload:
    """One picture (28, 28) and what the model makes of it, for the page's store."""
    result = inference.reconstruct(model.vae, seen[None])
    posterior = result.posterior
    elbo = None if result.elbo is None else float(result.elbo[0])
    return {
        "model": model.name,
        "seen": pack_images(seen[None]),
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
