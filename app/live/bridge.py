"""The one road from the page's scripts to Python: every server function, on one hidden component.

It is mounted with the page, before any tab, so a component in a tab that was never opened can still
be answered. Python keeps nothing between two calls: what a visitor has lies in the page.
"""

from collections.abc import Sequence

import gradio as gr

from app import images, inference
from app.catalogue import Catalogue, Model
from app.live.component import component
from app.live.wire import (
    Endpoint,
    Payload,
    endpoint,
    finite,
    pack_images,
    read_bytes,
    read_codes,
    read_image,
    read_number,
    read_whole,
)

PAD_SIDE = 84  # what the drawing pad sends: three times the model's image


def bridge(catalogue: Catalogue, extra: Sequence[Endpoint] = ()) -> gr.HTML:
    """The hidden component, with what the page knows from the start as props."""
    functions = [*server_functions(catalogue), *extra]
    return component(
        "bridge",
        "",
        elem_id="bridge",
        visible="hidden",
        models=[{"name": name} for name in catalogue.names],
        server_functions=[endpoint(function) for function in functions],
    )


def server_functions(catalogue: Catalogue) -> list[Endpoint]:
    """The page's server functions: payload in, payload out, ValueError for bad input."""

    def about(payload: Payload) -> Payload:
        """In: model. Out: what the page needs to know of it before any picture."""
        return summary(catalogue[payload.get("model")])

    def see(payload: Payload) -> Payload:
        """What a model makes of one picture.

        In: model; pixels (base64 of 84x84 or 28x28 bytes); prepare (whether an 84x84 drawing is
        prepared as MNIST was, or plainly resized; a 28x28 picture is taken as it is).
        """
        model = catalogue[payload.get("model")]
        return describe(model, seen_image(payload))

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
            drawn = inference.draw_pixels(drawn, seed)
        return {"z": z.tolist(), "images": pack_images(drawn)}

    def interpolate(payload: Payload) -> Payload:
        """In: model, z_a, z_b, steps, method. Out: z (steps, Z), images along it."""
        model = catalogue[payload.get("model")]
        latent_dim = model.vae.config.latent_dim
        z_a, z_b = (read_codes(payload.get(name), latent_dim, 1)[0] for name in ("z_a", "z_b"))
        method = str(payload.get("method"))
        path = inference.interpolate(z_a, z_b, read_whole(payload, "steps"), method)
        return {"z": path.tolist(), "images": pack_images(inference.decode(model.vae, path))}

    return [about, see, decode, resample, sample, interpolate]


def summary(model: Model) -> Payload:
    """Name, kind and latent space of a model."""
    active = None if model.codes is None else model.codes.active.tolist()
    return {
        "name": model.name,
        "latent_dim": model.vae.config.latent_dim,
        "deterministic": model.vae.config.variance_head == "none",
        "active": active,
        "plane": model.plane.tolist(),
    }


def seen_image(payload: Payload) -> inference.Array:
    """What the model sees, (28, 28) in [0, 1], of a drawing or an already prepared picture."""
    pixels, side = read_bytes(payload, "pixels", (28, PAD_SIDE))
    if side == 28:
        return read_image(payload, "pixels")
    drawing = images.from_bytes(pixels, side)
    return (
        images.resize_raw(drawing) if payload.get("prepare") is False else images.prepare(drawing)
    )


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
