"""The one road from the page's scripts to Python: every server function, on one hidden component.

It is mounted with the page, before any tab, so a component in a tab that was never opened can still
be answered. Python keeps nothing between two calls: what a visitor has lies in the page.
"""

import base64
from collections.abc import Sequence

import gradio as gr
import numpy as np

from app import images, inference, plots
from app.catalogue import Catalogue, Codes, Model
from app.density import aggregate_posterior
from app.live import page_decoder
from app.live.compare_functions import compare_functions
from app.live.component import component
from app.live.image_input import read_uploaded
from app.live.objective_functions import objective_functions
from app.live.path_options import MAX_STEPS
from app.live.slow_pass import slow_pass_functions
from app.live.wire import (
    Payload,
    ServerFunction,
    finite,
    guarded,
    pack_bytes,
    pack_images,
    read_bytes,
    read_codes,
    read_image,
    read_number,
    read_whole,
)

MAP_CELLS = 96  # a side, of the aggregate posterior on the map
SUPPORT_MASS = 0.99  # of it lies where the map says that test images are
PAD_SIDE = 84  # what the drawing pad sends: three times the model's image


def bridge(catalogue: Catalogue) -> gr.HTML:
    """The hidden component, with what the page knows from the start as props."""
    return component(
        "bridge",
        "",
        elem_id="bridge",
        visible="hidden",
        models=[
            {"name": name, "data": data.name, "digits": data.digits, "prepare": data.prepare}
            for name, data in catalogue.data.items()
        ],
        server_functions=[guarded(function) for function in server_functions(catalogue)],
    )


def server_functions(catalogue: Catalogue) -> list[ServerFunction]:
    """The page's server functions: payload in, payload out, ValueError for bad input."""

    def about(payload: Payload) -> Payload:
        """In: model. Out: what the page needs to know of it before any picture."""
        return summary(catalogue[payload.get("model")])

    def see(payload: Payload) -> Payload:
        """What a model makes of one picture.

        In: model; pixels (base64 of 84x84 or 28x28 bytes); prepare (whether an 84x84 drawing is
        prepared as the model's data was, or plainly resized; a 28x28 picture is taken as it is).
        """
        model = catalogue[payload.get("model")]
        seen = seen_image(payload, model.data.prepare)
        checked = catalogue.typicality if model.data.digits else None
        remark = "" if checked is None or checked.is_digit(seen) else images.NO_DIGIT
        return {**describe(model, seen), "remark": remark}

    def read_upload(payload: Payload) -> Payload:
        """Prepare an uploaded picture in both versions that the switch chooses from.

        In: path, of the upload. Out: raw; prepared, null without strokes; others, the readings that
        may be right too; remark, one sentence or "".
        """
        image = images.open_image(read_uploaded(payload.get("path")))
        raw = pack_images(images.resize_raw(image))
        try:
            result = images.read_image(image, catalogue.typicality)
        except ValueError as error:
            return {"raw": raw, "prepared": None, "others": [], "remark": str(error)}
        return {
            "raw": raw,
            "prepared": pack_images(result.x),
            "others": [pack_images(other) for other in result.others],
            "remark": result.remark,
        }

    def decode(payload: Payload) -> Payload:
        """In: model, z (Z) or (B, Z). Out: images."""
        model = catalogue[payload.get("model")]
        z = read_codes(payload.get("z"), model.vae.config.latent_dim, inference.MAX_IMAGES)
        return {"images": pack_images(inference.decode(model.vae, z))}

    def resample(payload: Payload) -> Payload:
        """In: model, pixels (28x28), count, seed. Out: images at z ~ q(z|x)."""
        model = catalogue[payload.get("model")]
        posterior = inference.encode(model.vae, read_image(payload, "pixels")[None])
        count, seed = read_whole(payload, "count"), read_whole(payload, "seed")
        drawn = inference.posterior_codes(posterior, count, seed)
        return {"images": pack_images(inference.decode(model.vae, drawn))}

    def sample(payload: Payload) -> Payload:
        """In: model, count, temperature, seed, pixels (whether to draw them). Out: z, images."""
        model = catalogue[payload.get("model")]
        seed = read_whole(payload, "seed")
        z, drawn = inference.sample(
            model.vae, read_whole(payload, "count"), read_number(payload, "temperature"), seed
        )
        if payload.get("pixels") is True:
            drawn = inference.draw_pixels(model.vae, drawn, seed)
        return {"z": z.tolist(), "images": pack_images(drawn)}

    def interpolate(payload: Payload) -> Payload:
        """In: model, z_a, z_b, steps, method. Out: z (steps, Z), images along it."""
        model = catalogue[payload.get("model")]
        path = read_path(payload, model)
        return {"z": path.tolist(), "images": pack_images(inference.decode(model.vae, path))}

    def animate(payload: Payload) -> Payload:
        """In: as for interpolate. Out: gif, strip (PNG) of the path, each a file in base64."""
        inference.check_range("steps", read_whole(payload, "steps"), 2, MAX_STEPS)
        model = catalogue[payload.get("model")]
        frames = inference.decode(model.vae, read_path(payload, model))
        files = {
            "gif": images.animation(frames),
            "strip": images.png(images.tile(frames, len(frames))),
        }
        return {kind: base64.b64encode(file).decode("ascii") for kind, file in files.items()}

    def latent_map(payload: Payload) -> Payload:
        """In: model. Out: figure and support, the map of its test codes."""
        return test_map(catalogue[payload.get("model")])

    return [
        *(about, see, read_upload, decode, resample, sample, interpolate, animate, latent_map),
        *slow_pass_functions(catalogue),
        *(compare_functions(catalogue) if catalogue.study is not None else ()),
        *(objective_functions(catalogue.study) if catalogue.study is not None else ()),
    ]


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
        "plane": model.plane.tolist(),
        "decoder": page_decoder.address(model),
    }


def ready(codes: Codes, classes: Sequence[str]) -> list[Payload]:
    """What a pad offers to start from in place of digits: the classes and codes of test images."""
    return [{"name": classes[codes.label[i]], "z": codes.mu[i].tolist()} for i in codes.typical]


def test_map(model: Model) -> Payload:
    """The map of a model's test codes: only the prior where there are none yet.

    Out: figure, its JSON; support, the square [-half, half]^2 of cells as bits (base64, row by row
    from below, each row filled up to whole bytes), 1 where test codes are, or null.
    """
    if model.codes is None:
        none = np.empty((0, 2), np.float32), np.empty(0, np.int64)
        figure = plots.latent_map(*none, ("z₁", "z₂"), model.data.classes)
        return {"figure": figure.to_json(), "support": None}
    codes, plane = model.codes, model.plane
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


def read_path(payload: Payload, model: Model) -> inference.Array:
    """The codes (steps, Z) of an interpolation as the payload of `interpolate` describes it."""
    latent_dim = model.vae.config.latent_dim
    z_a, z_b = (read_codes(payload.get(name), latent_dim, 1)[0] for name in ("z_a", "z_b"))
    steps, method = read_whole(payload, "steps"), str(payload.get("method"))
    return inference.interpolate(z_a, z_b, steps, method)


def seen_image(payload: Payload, prepare: str) -> inference.Array:
    """What the model sees, (28, 28) in [0, 1], of a drawing or an already prepared picture.

    `prepare`: a key of images.PREPARATIONS, for drawings.
    """
    pixels, side = read_bytes(payload, "pixels", (28, PAD_SIDE))
    if side == 28:
        return read_image(payload, "pixels")
    wanted = "resize" if payload.get("prepare") is False else prepare
    return images.PREPARATIONS[wanted](images.from_bytes(pixels, side))


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
        else model.codes.share_above(-elbo),
        "plane": finite(model.plane @ posterior.mu[0]),
    }
