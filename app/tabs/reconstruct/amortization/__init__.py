"""One button that optimizes q(z|x) for one image alone; amortization.js shows the gain."""

from pathlib import Path

import gradio as gr

from app.frontend.mount import component
from app.frontend.payloads import Payload, ServerFunction, finite, pack_images
from app.frontend.requests import ImageRequest, unit
from app.model import amortization
from app.registry.models import ModelRegistry

MARKUP = f"""
<div class="heading"><h3>Amortization gap</h3>
  <button type="button" class="action" data-action="refine">Refine q(z|x) for this image</button>
</div>
<p class="note">One encoder serves all images. The button optimizes
  <span class="mu">μ</span> and <span class="sigma">log σ²</span> for this image only, in
  {amortization.STEPS} steps of gradient ascent on its ELBO. The decoder does not change.</p>
<p class="standing" role="status"></p>
<div class="refined" hidden>
  <figure><figcaption>x</figcaption><canvas class="digit" data-image="x" role="img"
    aria-label="The image"></canvas></figure>
  <figure><figcaption>at the encoder's μ</figcaption><canvas class="digit" data-image="before"
    role="img" aria-label="Reconstruction at the encoder's μ"></canvas></figure>
  <figure><figcaption>at the refined μ</figcaption><canvas class="digit" data-image="after"
    role="img" aria-label="Reconstruction at the refined μ"></canvas></figure>
  <div class="plot"></div>
</div>
"""


def amortization_gap(elem_id: str = "amortization", digit: str = "digit") -> gr.HTML:
    """Return the component for the image in the store's key `digit`."""
    return component(
        Path(__file__).with_name("amortization.js"), MARKUP, elem_id=elem_id, digit=digit
    )


def amortization_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions of this component, for the RPC endpoint."""

    def refine(request: ImageRequest) -> Payload:
        """Optimize q(z|x) of one image.

        Return steps, and at each of them reconstruction and kl; images, decoded at the encoder's
        mu and at the refined one; gain, in nats.
        """
        model = registry[request.model]
        found = amortization.refine(model.vae, unit(request.pixels), request.seed)
        return {
            "model": model.name,
            "steps": found.steps,
            "reconstruction": finite(found.reconstruction),
            "kl": finite(found.kl),
            "images": pack_images(found.x_hat),
            "gain": found.gain,
        }

    return [refine]
