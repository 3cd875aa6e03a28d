"""Server functions: model description, encoding, decoding, and the check for digits."""

from collections.abc import Sequence

from app import images
from app.frontend import page_networks, requests
from app.frontend.payloads import Payload, ServerFunction, finite, pack_images
from app.frontend.requests import DecodeRequest, EncodeRequest, ModelRequest
from app.model import inference
from app.registry.models import EncodedTestSet, Model, ModelRegistry


def encoding_functions(registry: ModelRegistry) -> list[ServerFunction]:
    """Return the server functions, for the RPC endpoint."""

    def model_info(request: ModelRequest) -> Payload:
        """Return the description of a model (see `summary`)."""
        return summary(registry[request.model])

    def encode(request: EncodeRequest) -> Payload:
        """Return the encoding and reconstruction of one image (see `encoding`)."""
        return encoding(registry[request.model], requests.load_input(registry, request))

    def check_digit(request: EncodeRequest) -> Payload:
        """Return a remark if the image does not look like a digit, otherwise ""."""
        typicality = registry.typicality if registry[request.model].data.digits else None
        x = requests.load_input(registry, request)
        accepted = typicality is None or typicality.is_digit(x)
        return {"remark": "" if accepted else images.NO_DIGIT}

    def decode(request: DecodeRequest) -> Payload:
        """Return the images decoded from the codes."""
        return {"images": pack_images(requests.decode(registry, request))}

    return [model_info, encode, check_digit, decode]


def summary(model: Model) -> Payload:
    """Return a model's name, latent space and test terms, for the page's store."""
    codes = model.codes
    active = None if codes is None else codes.active.tolist()
    test_terms = None
    if codes is not None and codes.kl is not None:
        test_terms = [float(codes.reconstruction.mean()), float(codes.kl.mean())]
    metrics = model.metrics or {}
    offered = [] if codes is None or model.data.digits else examples(codes, model.data.classes)
    return {
        "name": model.name,
        "latent_dim": model.vae.config.latent_dim,
        "deterministic": model.vae.config.variance_head == "none",
        "active": active,
        "test_terms": test_terms,
        "binarized": metrics.get("binarised", {}).get("negative_elbo", {}).get("mean"),
        "test_images": None if codes is None else len(codes.label),
        "examples": offered,
        "projection": model.projection.tolist(),
        "encoder": page_networks.address("encoder", model),
        "decoder": page_networks.address("decoder", model),
    }


def examples(codes: EncodedTestSet, classes: Sequence[str]) -> list[Payload]:
    """Return class name and code of each exemplar, which a pad shows instead of example digits."""
    return [{"name": classes[codes.label[i]], "z": codes.mu[i].tolist()} for i in codes.exemplars]


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
        else model.codes.share_above(-elbo),
    }
